/** What must be set for the tests on a real Keycloak; its client knows the portal at ORIGIN. */
export const missingKeycloak = (): string[] =>
  ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'SAML_IDP_METADATA', 'KEYCLOAK_ADMIN_API'].filter(
    (name) => !process.env[name],
  );

/** Where the portal under test listens, as Keycloak's clients were told: see PORTAL_ORIGIN there. */
export const ORIGIN = process.env['PORTAL_ORIGIN'] ?? 'http://localhost:3000';

const API = process.env['KEYCLOAK_ADMIN_API'] ?? '';

async function token(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'password',
    client_id: 'admin-cli',
    username: 'admin',
    password: 'admin',
  });
  const { origin } = new URL(API);
  const response = await fetch(`${origin}/realms/master/protocol/openid-connect/token`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** A call of Keycloak's own administration. */
export async function administer<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${API}${path}`, {
    method,
    headers: { Authorization: `Bearer ${await token()}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`Keycloak: ${method} ${path}: ${response.status}`);
  const text = await response.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

export const personThere = async (username: string): Promise<{ id: string }> =>
  (await administer<{ id: string }[]>('GET', `/users?exact=true&username=${username}`))[0]!;

/** Puts somebody into a group, or takes them out of it. */
export async function setMembership(username: string, group: string, member: boolean): Promise<void> {
  const { id } = await personThere(username);
  const found = await administer<{ id: string }>('GET', `/group-by-path/${group}`);
  await administer(member ? 'PUT' : 'DELETE', `/users/${id}/groups/${found.id}`);
}

/** A new person, whose password is their user name; gives their id there. */
export async function addPerson(account: { username: string; [field: string]: unknown }): Promise<string> {
  const credentials = [{ type: 'password', value: account.username, temporary: false }];
  await administer('POST', '/users', { enabled: true, emailVerified: true, ...account, credentials });
  return (await personThere(account.username)).id;
}

/** Changes somebody; gives back what puts them as they were. */
export async function setPerson(username: string, changed: Record<string, unknown>): Promise<() => Promise<void>> {
  const before = await personThere(username);
  const put = (person: object) => administer('PUT', `/users/${before.id}`, person);
  await put({ ...before, ...changed });
  return async () => void (await put(before));
}

type Client = { id: string; attributes: Record<string, string>; [field: string]: unknown };

/** Changes a client, of its attributes those that are given; gives back what puts it as it was. */
export async function setClient(
  clientId: string,
  { attributes = {}, ...changed }: { attributes?: Record<string, string>; [field: string]: unknown },
): Promise<() => Promise<void>> {
  const [client] = await administer<Client[]>('GET', `/clients?clientId=${encodeURIComponent(clientId)}`);
  const put = (all: object) => administer('PUT', `/clients/${client!.id}`, all);
  await put({ ...client, ...changed, attributes: { ...client!.attributes, ...attributes } });
  const added = Object.fromEntries(Object.keys(attributes).map((name) => [name, '']));
  return async () => void (await put({ ...client, attributes: { ...added, ...client!.attributes } }));
}

type Mapper = { id: string; name: string; config: Record<string, string> };

/** Has realm roles told in the ID token too: Keycloak tells them in its access tokens only, until an administrator changes that. */
export async function tellRealmRoles(): Promise<void> {
  const scopes = await administer<{ id: string; name: string; protocolMappers?: Mapper[] }[]>('GET', '/client-scopes');
  const scope = scopes.find(({ name }) => name === 'roles')!;
  const mapper = scope.protocolMappers!.find(({ name }) => name === 'realm roles')!;
  const config = { ...mapper.config, 'id.token.claim': 'true' };
  await administer('PUT', `/client-scopes/${scope.id}/protocol-mappers/models/${mapper.id}`, { ...mapper, config });
}
