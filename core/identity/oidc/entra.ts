import { z } from 'zod';
import type { ToldGroup } from '../providers/facts.ts';
import { connectionFailure, providerFailed } from '../providers/failure.ts';
import { providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import type { Claims } from './claims.ts';

const uuid = z.uuid().toLowerCase();

/** Who somebody is for Entra: tenant and object id. `sub` differs from application to application, a name may change. */
export function entraIdentity(provider: Provider<'oidc'>, claims: Claims): { tid: string; oid: string } {
  const told = z.object({ tid: uuid, oid: uuid }).safeParse(claims);
  if (!told.success) throw providerFailed('not_trusted', 'the ID token names no tenant or no object id (tid, oid)');
  const { tenants } = provider.settings;
  if (tenants.length > 0 && !tenants.includes(told.data.tid))
    throw providerFailed('denied', 'the tenant is not listed');
  return told.data;
}

/**
 * Whether a checked ID token is Microsoft's own word about a tenant: only it knows which account in Teams somebody has.
 * Another issuer may put any `tid` and `oid` into its tokens.
 */
export const saidByEntra = ({ iss }: Claims, tid: string): boolean =>
  iss === `https://login.microsoftonline.com/${tid}/v2.0` || iss === `https://sts.windows.net/${tid}/`;

/** Whether Entra left the groups out because there are too many for a token. */
export function groupsLeftOut(claims: Claims): boolean {
  const names = z.object({ _claim_names: z.object({ groups: z.string() }) }).safeParse(claims);
  return names.success || claims['hasgroups'] === true || claims['hasgroups'] === 'true';
}

const page = z.object({ value: z.array(z.string().min(1).max(200)), '@odata.nextLink': z.string().optional() });
const MOST_PAGES = 50;

/**
 * All groups of the person whom an access token for Microsoft Graph belongs to, also those in groups. Only our own setting says where Graph is:
 * the address in the token is not followed. @throws AppError 'provider_failed': a list that is not whole would take rights away.
 */
export async function groupsFromGraph(provider: Provider<'oidc'>, accessToken: string): Promise<ToldGroup[]> {
  const { graphUrl } = provider.settings;
  const first = `${graphUrl.replace(/\/+$/, '')}/me/getMemberObjects`;
  const groups: string[] = [];
  let next: string | undefined = first;
  for (let pages = 0; next !== undefined; pages += 1) {
    if (pages === MOST_PAGES) throw providerFailed('misconfigured', 'graph: no end of pages');
    const answered = await ask(next, accessToken, next === first ? 'POST' : 'GET');
    groups.push(...answered.value);
    next = answered['@odata.nextLink'];
    if (next !== undefined && URL.parse(next)?.origin !== new URL(graphUrl).origin)
      throw providerFailed('not_trusted', 'graph: the next page lies elsewhere');
  }
  return groups.map((id) => ({ id }));
}

async function ask(url: string, accessToken: string, method: 'GET' | 'POST'): Promise<z.output<typeof page>> {
  const response = await providerFetch(url, {
    method,
    headers: { Authorization: `Bearer ${accessToken}`, Accept: 'application/json', 'Content-Type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify({ securityEnabledOnly: false }) } : {}),
  }).catch((error: unknown) => {
    throw connectionFailure(error) ?? providerFailed('unreachable', 'graph', error);
  });
  if (response.status !== 200)
    throw providerFailed(
      response.status >= 500 || response.status === 429 ? 'unreachable' : 'misconfigured',
      `graph: ${response.status}`,
    );
  const parsed = page.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw providerFailed('not_trusted', 'graph: not a list of ids');
  return parsed.data;
}
