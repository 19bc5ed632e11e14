import type { ProviderFacts, ToldGroup } from '../providers/facts.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import { listAt, textAt, toldAt, type Claims } from './claims.ts';
import { entraIdentity, groupsFromGraph, groupsLeftOut, saidByEntra } from './entra.ts';

/** What came of a sign-in or a renewal, checked already: the ID token's claims and the user information. */
export type Told = Readonly<{
  idToken: Claims;
  userInfo: Claims | null;
  accessToken: string;
  refreshToken: string | undefined;
}>;

/** What an OpenID Connect provider says about a person, by its settings. @throws AppError 'provider_failed'. */
export async function oidcFacts(provider: Provider<'oidc'>, told: Told): Promise<ProviderFacts> {
  const { settings } = provider;
  const sources = [told.idToken, ...(told.userInfo === null ? [] : [told.userInfo])];
  const entra = settings.subject === 'entra' ? entraIdentity(provider, told.idToken) : null;
  const sub = textAt([told.idToken], 'sub');
  const subject = entra ? `${entra.tid}:${entra.oid}` : sub;
  if (subject === undefined || subject.length > 500)
    throw providerFailed('not_trusted', 'the ID token names no subject');
  const email = textAt(sources, settings.emailClaim);
  const verified = toldAt(sources, 'email_verified');
  const name = textAt(sources, settings.nameClaim) ?? fullName(sources);
  const language = languageOf(textAt(sources, 'locale'));
  return {
    subject,
    groups: await groupsOf(provider, sources, told.accessToken),
    roles: rolesOf(provider, sources),
    active: 'not_told',
    ...(email === undefined ? {} : { email, emailVerified: verified !== false && verified !== 'false' }),
    ...(name === undefined ? {} : { name }),
    ...(language === undefined ? {} : { language }),
    ...(entra !== null && saidByEntra(told.idToken, entra.tid) ? { chat: entra } : {}),
    ...(told.refreshToken === undefined ? {} : { refreshToken: told.refreshToken }),
  };
}

async function groupsOf(
  provider: Provider<'oidc'>,
  sources: readonly Claims[],
  accessToken: string,
): Promise<ProviderFacts['groups']> {
  const { groupsClaim, followGroupOverage, missingGroups } = provider.settings;
  if (groupsClaim === null) return 'not_asked';
  // Where Entra leaves them out, what may stand there anyhow is not the whole list.
  if (!sources.some(groupsLeftOut)) return listAt(sources, groupsClaim);
  if (followGroupOverage) return groupsFromGraph(provider, accessToken);
  // Where a missing list counts as an empty one, one that is too long to be told would take every group away.
  if (missingGroups === 'none') throw providerFailed('misconfigured', 'GROUPS_LEFT_OUT_TOO_MANY');
  return 'missing';
}

function rolesOf(provider: Provider<'oidc'>, sources: readonly Claims[]): ProviderFacts['roles'] {
  const { rolesClaim } = provider.settings;
  if (rolesClaim === null) return 'not_asked';
  const roles = listAt(sources, rolesClaim);
  return roles === 'missing' ? roles : roles.map(({ id }: ToldGroup) => id);
}

function fullName(sources: readonly Claims[]): string | undefined {
  const parts = ['given_name', 'family_name'].flatMap((claim) => textAt(sources, claim) ?? []);
  return parts.length > 0 ? parts.join(' ') : textAt(sources, 'preferred_username');
}

const languageOf = (locale: string | undefined): string | undefined => {
  const tag = locale?.replace('_', '-');
  return tag !== undefined && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) ? tag : undefined;
};
