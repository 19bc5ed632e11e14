/** What must be set for the tests on a real Keycloak; its client knows the portal at ORIGIN. */
export const missingKeycloak = (): string[] =>
  ['SAML_IDP_METADATA', 'KEYCLOAK_ADMIN_API'].filter((name) => !process.env[name]);

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

/** Changes the attributes of the SAML client; gives back what puts them as they were. */
export async function setSamlClient(attributes: Record<string, string>): Promise<() => Promise<void>> {
  const clientId = encodeURIComponent(`${ORIGIN}/auth/saml/keycloak`);
  const [client] = await administer<{ id: string; attributes: Record<string, string> }[]>(
    'GET',
    `/clients?clientId=${clientId}`,
  );
  const put = (all: Record<string, string>) =>
    administer('PUT', `/clients/${client!.id}`, { ...client, attributes: all });
  await put({ ...client!.attributes, ...attributes });
  return async () => void (await put(client!.attributes));
}
