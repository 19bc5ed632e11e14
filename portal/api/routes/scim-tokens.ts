import { demand } from '../../../core/access/decide.ts';
import type { Context } from '../../../core/context.ts';
import { createScimToken, listScimTokens, revokeScimToken } from '../../../core/identity/scim/tokens.ts';
import * as contract from '../../contract/scim.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'settings.manage');

/** Tokens with which providers come in at /scim/v2. */
export const scimTokenRoutes = [
  route(contract.listScimTokens, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    const found = await listScimTokens(ctx, params.id);
    return {
      items: found.map(({ id, name, createdAt, expiresAt, lastUsedAt }) => ({
        id,
        name,
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        lastUsedAt: lastUsedAt?.toISOString() ?? null,
      })),
      nextCursor: null,
    };
  }),

  route(contract.createScimToken, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    const { id, token, expiresAt } = await createScimToken(ctx, actorOf(caller), params.id, body);
    return { id, token, expiresAt: expiresAt.toISOString(), url: `${ctx.config.PUBLIC_URL}/scim/v2` };
  }),

  route(contract.revokeScimToken, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await revokeScimToken(ctx, actorOf(caller), params.id, params.tokenId);
  }),
];
