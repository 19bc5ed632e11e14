import { demand } from '../../../core/access/decide.ts';
import { changePermissionRules, permissionLines } from '../../../core/access/permission-rules.ts';
import type { Context } from '../../../core/context.ts';
import * as contract from '../../contract/permissions.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'groups.manage');

const manages = (ctx: Context, caller: Caller, id: string): Promise<void> =>
  demand(ctx, caller.person.id, 'group.manage', { kind: 'group', id });

/** What is allowed and denied to everyone by default, and by each group. */
export const permissionRoutes = [
  route(contract.getEveryonePermissions, async ({ ctx, caller }) => {
    await administers(ctx, caller);
    return { rules: await permissionLines(ctx, null) };
  }),

  route(contract.setEveryonePermissions, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return { rules: await changePermissionRules(ctx, actorOf(caller), null, body.rules) };
  }),

  route(contract.getGroupPermissions, async ({ ctx, caller, params }) => {
    await manages(ctx, caller, params.id);
    return { rules: await permissionLines(ctx, params.id) };
  }),

  route(contract.setGroupPermissions, async ({ ctx, caller, params, body }) => {
    await manages(ctx, caller, params.id);
    await administers(ctx, caller);
    return { rules: await changePermissionRules(ctx, actorOf(caller), params.id, body.rules) };
  }),
];
