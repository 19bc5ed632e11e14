import type { Context } from '../../core/context.ts';
import type { Provider } from '../../core/identity/providers/store.ts';
import { createScimToken } from '../../core/identity/scim/tokens.ts';
import { newId } from '../../core/ids.ts';
import type { Answer, TestApi } from './api.ts';
import { OPERATOR } from './company.ts';

export type ScimClient = {
  token: string;
  tokenId: string;
  /** A path below /scim/v2. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
};

/** A provider's provisioning: comes in with a token of its own. */
export async function aScimClient(ctx: Context, api: TestApi, provider: Pick<Provider, 'id'>): Promise<ScimClient> {
  const { token, id } = await createScimToken(ctx, OPERATOR, provider.id, { name: 'test', days: 1 });
  return { token, tokenId: id, call: scimCaller(api, `Bearer ${token}`) };
}

/** Calls with this Authorization, or without one. */
export const scimCaller =
  (api: TestApi, authorization: string | null): ScimClient['call'] =>
  async (method, path, body, headers = {}) => {
    const response = await fetch(`${api.url}/scim/v2${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** A user as a client sends one, with a name and an id of its own unless said otherwise. */
export function aScimUser(given: Record<string, unknown> = {}): Record<string, unknown> {
  const unique = newId().slice(-10);
  return {
    schemas: [USER],
    userName: `${unique}@example.com`,
    externalId: `ext-${unique}`,
    displayName: `Person ${unique}`,
    active: true,
    ...given,
  };
}

export const aScimGroup = (given: Record<string, unknown> = {}): Record<string, unknown> => ({
  schemas: [GROUP],
  displayName: `Group ${newId().slice(-10)}`,
  ...given,
});

export const patch = (...operations: Record<string, unknown>[]) => ({ schemas: [PATCH], Operations: operations });
