import * as core from '../../../core/access/service-accounts.ts';
import * as contract from '../../contract/service-accounts.ts';
import { shownKey } from '../api-keys.ts';
import { actorOf, type Caller } from '../caller.ts';
import { byName, namePosition, pageOf } from '../pages.ts';
import { route } from '../route.ts';

const by = (caller: Caller) => ({ ...actorOf(caller), personId: caller.person.id });

const shown = (account: core.ServiceAccount): contract.ServiceAccount => ({
  ...account,
  groups: [...account.groups],
  lastUsedAt: account.lastUsedAt?.toISOString() ?? null,
  createdAt: account.createdAt.toISOString(),
});

/** Members that are no humans, and their keys. */
export const serviceAccountRoutes = [
  route(contract.listServiceAccounts, async ({ ctx, caller, query }) => {
    const { q, unowned, cursor, limit } = query;
    const wanted = { find: q, unownedOnly: unowned, after: namePosition(cursor), limit: limit + 1 };
    return pageOf(await core.listServiceAccounts(ctx, caller.person.id, wanted), limit, byName, shown);
  }),

  route(contract.createServiceAccount, async ({ ctx, caller, body }) =>
    shown(await core.createServiceAccount(ctx, by(caller), body)),
  ),

  route(contract.getServiceAccount, async ({ ctx, caller, params }) =>
    shown(await core.getServiceAccount(ctx, caller.person.id, params.id)),
  ),

  route(contract.updateServiceAccount, async ({ ctx, caller, params, body }) =>
    shown(await core.updateServiceAccount(ctx, by(caller), params.id, body)),
  ),

  route(contract.deactivateServiceAccount, ({ ctx, caller, params }) =>
    core.deactivateServiceAccount(ctx, by(caller), params.id),
  ),

  route(contract.listServiceKeys, async ({ ctx, caller, params }) => {
    const found = await core.listServiceKeys(ctx, caller.person.id, params.id);
    return { items: found.map(shownKey), nextCursor: null };
  }),

  route(contract.createServiceKey, async ({ ctx, caller, params, body }) => {
    const { expiresAt, ...made } = await core.createServiceKey(ctx, by(caller), params.id, body);
    return { ...made, expiresAt: expiresAt.toISOString() };
  }),

  route(contract.revokeServiceKey, ({ ctx, caller, params }) =>
    core.revokeServiceKey(ctx, by(caller), params.id, params.keyId),
  ),
];
