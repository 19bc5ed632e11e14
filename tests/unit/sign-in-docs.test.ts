import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settingFields } from '../../core/identity/providers/fields.ts';
import { addressesOf } from '../../core/identity/providers/addresses.ts';
import type { Provider } from '../../core/identity/providers/store.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'docs/sign-in');
const read = (name: string): Promise<string> => readFile(path.join(FOLDER, name), 'utf8');
const pages = (await readdir(FOLDER)).filter((name) => name.endsWith('.md'));

/** What stands between backticks on one line. */
const quoted = (text: string): string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);

/** All of the program that a page could quote. */
const program = await sources(['core', 'portal/api', 'portal/contract', 'scripts']);
async function sources(folders: string[]): Promise<string> {
  const files = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(path.join(ROOT, folder), { recursive: true });
      return names.filter((name) => name.endsWith('.ts')).map((name) => path.join(ROOT, folder, name));
    }),
  );
  return (await Promise.all(files.flat().map((file) => readFile(file, 'utf8')))).join('\n');
}

const settings = new Set([
  ...settingFields().flatMap(({ fields, secrets }) => [...fields.map(({ name }) => name), ...secrets]),
  'maxAgeHours',
]);

/** Names that look like settings and are the providers' own: attributes, claims and what is sent to a provider. */
const THEIRS = new Set([
  'displayName',
  'firstName',
  'sAMAccountName',
  'userPrincipalName',
  'objectGUID',
  'entryUUID',
  'ipaUniqueID',
  'nsUniqueId',
  'nsAccountLock',
  'memberOf',
  'userAccountControl',
  'accountExpires',
]);

describe('the pages on signing in', () => {
  test('lead only to pages and headings that are there, and the introduction leads to each of them', async () => {
    const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
    for (const name of pages) {
      expect(readme).toContain(`(docs/sign-in/${name})`);
      for (const [, target] of (await read(name)).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target!)) continue;
        const [file, heading] = target!.split('#');
        expect(existsSync(path.join(FOLDER, file!)), `${name}: ${target}`).toBe(true);
        if (heading === undefined) continue;
        const headings = [...(await read(file!)).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
          title!
            .toLowerCase()
            .replaceAll(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        );
        expect(headings, `${name}: ${target}`).toContain(heading);
      }
    }
  });

  // What SCIM sends are names of the standard, held together by tests/access/scim.
  test.for(pages.filter((name) => name !== 'scim.md'))('%s names only settings that there are', async (name) => {
    const looksLikeOne = quoted(await read(name)).filter((code) => /^[a-z]+([A-Z][A-Za-z]*)+$/.test(code));
    expect(looksLikeOne.filter((code) => !settings.has(code) && !THEIRS.has(code))).toEqual([]);
  });

  test.for(pages)('%s names only addresses that there are', async (name) => {
    const known = [
      ...(['oidc', 'oauth2', 'saml', 'header'] as const).flatMap((kind) => [
        `/auth/${kind}/{key}/start`,
        ...addressesOf({ config: { PUBLIC_URL: '' } } as never, { kind, key: '{key}', settings: {} } as Provider).map(
          ({ url }) => url,
        ),
      ]),
      '/auth/saml/{key}',
      '/scim/v2',
    ];
    const named = quoted(await read(name)).filter((code) => /^(PUBLIC_URL\/|\/auth\/)/.test(code));
    const unknown = named.filter(
      (code) => !known.includes(code.replace(/^PUBLIC_URL/, '').replace(/^(\/auth\/\w+\/)[a-z]+(?=$|\/)/, '$1{key}')),
    );
    expect(unknown).toEqual([]);
  });

  test.for(['oidc.md', 'saml.md', 'ldap.md'])('what %s says that the log says is in the program', async (name) => {
    const [, trouble] = (await read(name)).split(/^## When it (?:does not work|fails)$/m);
    const said = [...trouble!.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell]) => quoted(cell!));
    expect(said.length).toBeGreaterThan(5);
    const invented = said.filter((code) => {
      const fixed = code.replace(/ ?…$/, '');
      // A value at the end: `token: invalid_client` is written as `token: ${…}`.
      const begins = fixed.split(/(?<=:) |(?<=LDAP) /).slice(0, -1);
      const known = [fixed, ...begins.map((part) => `${part} \${`)].some((text) => program.includes(text));
      return !known && !FROM_BELOW.test(code);
    });
    expect(invented).toEqual([]);
  });

  test.for(pages)('%s names no code that is not in the program', async (name) => {
    const codes = quoted(await read(name)).flatMap((code) => /^[A-Z]+(?:_[A-Z0-9]+)+(?=$| )/.exec(code) ?? []);
    expect(codes.filter((code) => !program.includes(code) && !FROM_BELOW.test(code))).toEqual([]);
  });
});

/** What Node and the directory say themselves, passed on as it is. */
const FROM_BELOW = /^(DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_?|ERR_TLS_CERT_ALTNAME_INVALID|\d+)/;
