import { claimAt, listAt, textAt, toldAt, type Claims } from '../oidc/claims.ts';
import type { ProviderFacts, ToldGroup } from '../providers/facts.ts';
import { connectionFailure, providerFailed } from '../providers/failure.ts';
import { providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';

const PER_PAGE = 100;
const MOST_PAGES = 50;

/** What the API of a provider tells of the person whose token this is. */
export type Told = Readonly<{ user: Claims; accessToken: string; refreshToken: string | undefined }>;

/** Asks who a token belongs to. @throws AppError 'provider_failed'. */
export async function userOf({ settings }: Provider<'oauth2'>, accessToken: string): Promise<Claims> {
  const { body } = await ask(settings.userUrl, accessToken);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw providerFailed('misconfigured', 'user: not a person');
  return body as Claims;
}

/** What such a provider says about a person, by its settings. @throws AppError 'provider_failed'. */
export async function oauth2Facts(provider: Provider<'oauth2'>, told: Told): Promise<ProviderFacts> {
  const { settings } = provider;
  const { user, accessToken, refreshToken } = told;
  const subject = subjectOf(claimAt(user, settings.subjectField));
  if (settings.organisations.length > 0) await demandOrganisation(provider, accessToken);
  const name = textAt([user], settings.nameField) ?? textAt([user], 'login');
  const email = textAt([user], settings.emailField);
  const verified = toldAt([user], 'email_verified');
  return {
    subject,
    groups: settings.teamsUrl === null ? 'not_asked' : await teamsOf(provider, settings.teamsUrl, accessToken),
    roles: 'not_asked',
    active: 'not_told',
    ...(email === undefined ? {} : { email, emailVerified: verified !== false && verified !== 'false' }),
    ...(name === undefined ? {} : { name }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}

/** A whole number, or a text that is no address: both would be somebody else's one day otherwise. */
function subjectOf(value: unknown): string {
  const subject = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof subject !== 'string' || !/^[^\s@]{1,300}$/.test(subject))
    throw providerFailed('misconfigured', 'user: no lasting id');
  return subject;
}

async function demandOrganisation({ settings }: Provider<'oauth2'>, accessToken: string): Promise<void> {
  const { organisations, organisationsUrl } = settings;
  const theirs = await allOf(organisationsUrl, accessToken);
  if (theirs === null) throw providerFailed('misconfigured', 'organisations: not to be read');
  const ids = listAt([{ theirs }], 'theirs');
  if (ids === 'missing') throw providerFailed('misconfigured', 'organisations: not a list');
  if (!ids.some(({ id }) => organisations.includes(id))) throw providerFailed('denied', 'in none of the organisations');
}

/** The teams that count, by number; missing where the token may not read them. */
async function teamsOf(
  { settings }: Provider<'oauth2'>,
  teamsUrl: string,
  accessToken: string,
): Promise<readonly ToldGroup[] | 'missing'> {
  const teams = await allOf(teamsUrl, accessToken);
  if (teams === null) return 'missing';
  const { organisations } = settings;
  const counting = teams.filter((team) => organisations.length === 0 || organisations.includes(organisationOf(team)));
  return listAt([{ counting }], 'counting');
}

/** The number of a team's organisation; empty where none is told. */
function organisationOf(team: unknown): string {
  const id = typeof team === 'object' && team !== null ? claimAt(team as Claims, 'organization.id') : undefined;
  return typeof id === 'number' || typeof id === 'string' ? String(id) : '';
}

/** Every page of a list; null where the token may not read it. A list that is not whole would take rights away. */
async function allOf(address: string, accessToken: string): Promise<unknown[] | null> {
  const first = new URL(address);
  first.searchParams.set('per_page', String(PER_PAGE));
  const items: unknown[] = [];
  let next: URL | null = first;
  for (let page = 0; next !== null; page += 1) {
    if (page === MOST_PAGES) throw providerFailed('misconfigured', 'list: too many pages');
    const { status, body, link } = await ask(next.href, accessToken, [403, 404]);
    if (status !== 200) return null;
    if (!Array.isArray(body)) throw providerFailed('misconfigured', 'list: not a list');
    items.push(...(body as unknown[]));
    next = nextOf(link, next);
  }
  return items;
}

/** The token goes to no other machine than the settings name, whatever a page says comes next. */
function nextOf(link: string | null, from: URL): URL | null {
  const address = /<([^<>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  if (address === undefined) return null;
  const next = URL.parse(address, from.href);
  if (next?.origin !== from.origin) throw providerFailed('not_trusted', 'list: the next page is elsewhere');
  return next;
}

async function ask(
  address: string,
  accessToken: string,
  refusals: readonly number[] = [],
): Promise<{ status: number; body: unknown; link: string | null }> {
  try {
    const response = await providerFetch(address, {
      headers: { Accept: 'application/json', Authorization: `Bearer ${accessToken}`, 'User-Agent': 'Gatehouse' },
    });
    const { status } = response;
    if (status !== 200 && !refusals.includes(status))
      throw providerFailed(status >= 500 || status === 429 ? 'unreachable' : 'misconfigured', `api: ${status}`);
    return { status, body: await response.json().catch(() => null), link: response.headers.get('link') };
  } catch (error) {
    throw connectionFailure(error) ?? error;
  }
}
