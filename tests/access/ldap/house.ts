import { Attribute, Change, type Client } from 'ldapts';
import { newId } from '../../../core/ids.ts';
import type { Context } from '../../../core/context.ts';
import { signInAtDirectory } from '../../../core/identity/ldap/sign-in.ts';
import type { Log, LogFields } from '../../../core/log.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { aProvider } from '../../factories/providers.ts';
import { test as onApi } from '../../flow/api/api.ts';
import { NO_SLAPD, SERVICE, startSlapd, SUFFIX, type Slapd } from '../../setup/slapd.ts';

if (NO_SLAPD !== null) process.stdout.write(`${NO_SLAPD}\n`);

/** A test with `slapd`, a real directory on this machine, one for all tests of a file. */
export const test = onApi.extend<{ $file: { slapd: Slapd } }>({
  slapd: [
    // oxlint-disable-next-line no-empty-pattern -- the first argument must be destructured, even where nothing is taken
    async ({}, use) => {
      const slapd = await startSlapd();
      await use(slapd);
      await slapd.stop();
    },
    { scope: 'file' },
  ],
});

/** A provider at this directory, over ldaps unless said otherwise. */
export const aDirectory = (
  ctx: Context,
  slapd: Slapd,
  settings: Record<string, unknown> = {},
  secrets: Record<string, string> = { bindPassword: SERVICE.password },
): Promise<Provider<'ldap'>> =>
  aProvider(ctx, {
    kind: 'ldap',
    secrets,
    settings: {
      urls: [slapd.secureUrl],
      caCertificate: slapd.certificate,
      baseDn: SUFFIX,
      bindDn: SERVICE.dn,
      newPeople: 'user',
      triesPerLogin: 20,
      ...settings,
    },
  });

export type Account = { dn: string; login: string; password: string };

/** An account in the directory. */
export async function anAccount(slapd: Slapd, given: Record<string, unknown> = {}): Promise<Account> {
  const login = String(given['uid'] ?? `u-${newId().slice(-10)}`);
  const password = `secret of ${login}`;
  const dn = `uid=${login},${SUFFIX}`;
  await slapd.asRoot((root) =>
    root.add(dn, {
      objectClass: ['inetOrgPerson'],
      cn: `Name of ${login}`,
      sn: 'Name',
      mail: `${login}@example.com`,
      userPassword: password,
      ...(given as Record<string, string>),
    }),
  );
  return { dn, login, password };
}

/** An account as Active Directory has them. */
export const anAdAccount = (slapd: Slapd, given: Record<string, unknown> = {}): Promise<Account> => {
  const login = `ad-${newId().slice(-10)}`;
  return anAccount(slapd, {
    uid: login,
    objectClass: ['user'],
    sAMAccountName: login,
    userPrincipalName: `${login}@corp.example.com`,
    objectCategory: 'person',
    userAccountControl: '512',
    objectGUID: Buffer.from(crypto.randomUUID().replaceAll('-', ''), 'hex'),
    ...given,
  });
};

export const ACTIVE_DIRECTORY = { directory: 'active_directory' } as const;

/** How a sign-in ends: `in`, or the reason or code of the refusal. */
export const signIn = (
  ctx: Context,
  provider: Provider<'ldap'>,
  account: { login: string; password: string },
): Promise<string> =>
  signInAtDirectory(ctx, provider, { address: null, device: null, ...account }).then(
    () => 'in',
    (error: { code?: string; details?: { reason?: string } }) => error.details?.reason ?? error.code ?? String(error),
  );

/** The person whom a sign-in gives. */
export const personOf = async (ctx: Context, provider: Provider<'ldap'>, { login, password }: Account) =>
  (await signInAtDirectory(ctx, provider, { login, password, address: null, device: null })).person;

/** Sets attributes of an entry, or takes them away where there is nothing. */
export const change = (
  slapd: Slapd,
  dn: string,
  attributes: Readonly<Record<string, string | string[]>>,
): Promise<void> =>
  slapd.asRoot((root: Client) =>
    root.modify(
      dn,
      Object.entries(attributes).map(
        ([type, value]) =>
          new Change({ operation: 'replace', modification: new Attribute({ type, values: [value].flat() }) }),
      ),
    ),
  );

/** A log that can be read: each line with what it says of an error as well. */
export function aLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = ({ error, ...fields }: LogFields, event: string): void => {
    lines.push(JSON.stringify({ ...fields, event, error: error instanceof Error ? error.name : null }));
  };
  return { log: { debug: write, info: write, warn: write, error: write }, lines };
}
