import type { Context } from '../../core/context.ts';
import type { ProviderFacts } from '../../core/identity/providers/facts.ts';
import type { ProviderKind } from '../../core/identity/providers/settings.ts';
import { createProvider, type Provider } from '../../core/identity/providers/store.ts';
import { newId } from '../../core/ids.ts';
import { OPERATOR } from './company.ts';

const SETTINGS: Record<ProviderKind, Record<string, unknown>> = {
  oidc: { issuer: 'https://idp.example.com', clientId: 'gatehouse' },
  oauth2: { clientId: 'gatehouse', organisations: ['1'] },
  saml: { idpEntityId: 'https://idp.example.com', metadataUrl: 'https://idp.example.com/metadata' },
  ldap: { urls: ['ldaps://ldap.example.com'], baseDn: 'dc=example,dc=com' },
  header: { networks: ['10.0.0.0/8'], subjectHeader: 'X-User' },
};

/** An enabled provider of a kind, nowhere in particular unless the settings say where. */
export async function aProvider<Kind extends ProviderKind = 'oidc'>(
  ctx: Context,
  given: {
    kind?: Kind;
    key?: string;
    name?: string;
    enabled?: boolean;
    maxAgeHours?: number;
    settings?: Record<string, unknown>;
    secrets?: Record<string, string>;
  } = {},
): Promise<Provider<Kind>> {
  const kind = given.kind ?? ('oidc' as Kind);
  const unique = newId().slice(-8);
  const made = await createProvider(ctx, OPERATOR, {
    key: given.key ?? `p-${unique}`,
    kind,
    name: given.name ?? `Provider ${unique}`,
    enabled: given.enabled ?? true,
    maxAgeHours: given.maxAgeHours ?? 12,
    settings: { ...SETTINGS[kind], ...given.settings },
    secrets: given.secrets,
  });
  return made as Provider<Kind>;
}

/** What a provider tells: somebody new, in no group, unless said otherwise. */
export const facts = (given: Partial<ProviderFacts> = {}): ProviderFacts => ({
  subject: newId(),
  groups: [],
  roles: 'not_asked',
  active: 'not_told',
  ...given,
});
