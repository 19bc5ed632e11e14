import { describe, expect, test } from 'vitest';
import { settingFields } from '../../../core/identity/providers/fields.ts';
import { KINDS } from '../../../core/identity/providers/settings.ts';
import { inSections, keyFor, setting, typed } from '../../../portal/web/src/features/providers/fields.ts';
import { providerFieldsWords } from '../../../portal/web/src/features/providers/providerFields.words.ts';

type Words = Record<string, Record<string, string>>;
const { providerField, providerChoice } = providerFieldsWords.en as unknown as Record<string, Words>;
const kinds = settingFields().map(({ kind, fields, secrets }) => ({
  kind,
  secrets,
  fields: fields.map((field) => ({ ...field, choices: [...field.choices] })),
}));
const fieldOf = (kind: string, name: string) =>
  kinds.find((each) => each.kind === kind)!.fields.find((field) => field.name === name)!;

describe('the form of a provider', () => {
  test('says of every setting and secret what it is called and what it does', () => {
    const wordless = kinds.flatMap(({ kind, fields, secrets }) =>
      [...fields.map(({ name }) => name), ...secrets].filter((name) => {
        const said = providerField![`${kind}_${name}`] ?? providerField![name];
        return !said?.['label'] || !said['help'];
      }),
    );
    expect(wordless).toEqual([]);
  });

  test('names every choice that is not a sign of its own', () => {
    const wordless = kinds.flatMap(({ fields }) =>
      fields
        .filter(({ type }) => type === 'choice')
        .flatMap(({ name, choices }) => choices.map((choice) => [name, choice] as const))
        .filter(([name, choice]) => /\w/.test(choice) && !providerChoice![name]?.[choice]),
    );
    expect(wordless).toEqual([]);
  });

  test('shows every setting once, those that are needed first', () => {
    for (const { kind, fields } of kinds) {
      const { connection, people, more } = inSections(kind, fields);
      const shown = [...connection, ...people, ...more].map(({ name }) => name);
      expect(shown.toSorted(), kind).toEqual(fields.map(({ name }) => name).toSorted());
      expect(
        more.filter(({ required }) => required),
        kind,
      ).toEqual([]);
    }
  });

  test('sends back what it was given, where nothing was typed', () => {
    for (const { kind, fields } of kinds) {
      const needed = {
        oidc: { issuer: 'https://idp.example.com', clientId: 'us', authorizeParameters: { prompt: 'consent' } },
        oauth2: { clientId: 'us' },
        saml: { idpEntityId: 'https://idp.example.com', metadataUrl: 'https://idp.example.com/metadata' },
        ldap: { urls: ['ldaps://one.example.com', 'ldaps://two.example.com'], baseDn: 'dc=example,dc=com' },
        header: { networks: ['10.0.0.0/8'], subjectHeader: 'X-User' },
      }[kind];
      const stands: Record<string, unknown> = KINDS[kind].settings.parse(needed);
      const sent = Object.fromEntries(
        fields.map((field) => [field.name, setting(field, typed(field, stands[field.name]))]),
      );
      expect(KINDS[kind].settings.parse(sent), kind).toEqual(stands);
    }
  });

  test('takes an emptied setting as none, or as its default', () => {
    expect(setting(fieldOf('oidc', 'groupsClaim'), ' ')).toBeNull();
    expect(setting(fieldOf('oidc', 'nameClaim'), '')).toBeUndefined();
    expect(setting(fieldOf('oidc', 'tenants'), '\n')).toEqual([]);
  });

  test('keeps the lines of a certificate together, and takes several', () => {
    const one = '-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----';
    expect(setting(fieldOf('saml', 'certificates'), `${one}\n${one}\n`)).toEqual([one, one]);
  });

  test('makes a key of a name that an address can hold', () => {
    expect(keyFor('Überall & Söhne GmbH')).toBe('uberall-sohne-gmbh');
    expect(keyFor('  --- ')).toBe('');
    expect(keyFor('x'.repeat(60))).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
  });
});
