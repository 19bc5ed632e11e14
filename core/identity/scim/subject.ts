import { z } from 'zod';
import type { Provider } from '../providers/store.ts';
import { refused } from './refusal.ts';
import type { UserAttributes } from './user-attributes.ts';

/**
 * Who somebody is for this provider, as a sign-in through it will say too, so that both are one identity.
 * @throws AppError 'bad_input' with scimType 'invalidValue' where the attribute that says so is missing or another one.
 */
export function subjectOf(provider: Provider, user: UserAttributes): string {
  const name = provider.settings.scimSubject;
  const value = user[name];
  if (value === null)
    throw refused('invalidValue', `${name} is missing: this provider says by it who somebody is, so it must be mapped`);
  return provider.kind === 'oidc' && provider.settings.subject === 'entra'
    ? entraSubject(provider, name, value)
    : value;
}

/** Entra's sign-in says tenant and object id, its provisioning the object id alone. */
function entraSubject(provider: Provider<'oidc'>, name: string, value: string): string {
  const { tenants, issuer } = provider.settings;
  const oid = z.uuid().toLowerCase().safeParse(value);
  if (!oid.success)
    throw refused('invalidValue', `${name} must be Entra's object id: map objectId to it in the provisioning`);
  const inIssuer = /^https:\/\/[^/]+\/([0-9a-f-]{36})(?:\/|$)/i.exec(issuer)?.[1]?.toLowerCase();
  const tenant = tenants.length === 1 ? tenants[0] : inIssuer;
  if (tenant === undefined)
    throw refused(
      'invalidValue',
      'The provider here must name exactly one tenant for provisioning to know whose people come',
    );
  return `${tenant}:${oid.data}`;
}
