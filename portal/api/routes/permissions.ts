import { decide, demand } from '../../../core/access/decide.ts';
import { changePermissionRules, permissionLines, withholdPermissions } from '../../../core/access/permission-rules.ts';
import { effectOfJoining, membersAllowedElsewhere } from '../../../core/access/takes-away.ts';
import type { Context } from '../../../core/context.ts';
import * as contract from '../../contract/permissions.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'groups.manage');

const mayAdminister = async (ctx: Context, caller: Caller): Promise<boolean> =>
  (await decide(ctx, caller.person.id, 'groups.manage')).allowed;

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
    const change = (await mayAdminister(ctx, caller)) ? changePermissionRules : withholdPermissions;
    return { rules: await change(ctx, actorOf(caller), params.id, body.rules) };
  }),

  route(contract.listAllowedElsewhere, async ({ ctx, caller, params }) => {
    await manages(ctx, caller, params.id);
    const [found, names] = await Promise.all([membersAllowedElsewhere(ctx, params.id), mayAdminister(ctx, caller)]);
    return { permissions: found.map((each) => ({ ...each, groups: names ? each.groups : [] })) };
  }),

  route(contract.previewMember, async ({ ctx, caller, params }) => {
    await manages(ctx, caller, params.id);
    const { gives, takesAway, modelsTakenAway } = await effectOfJoining(ctx, params.id, params.personId);
    const takesSomething = takesAway.length + modelsTakenAway.length > 0;
    if (!(await mayAdminister(ctx, caller))) return { takesSomething, gives: [], takesAway: [], modelsTakenAway: [] };
    return { takesSomething, gives: [...gives], takesAway: [...takesAway], modelsTakenAway: [...modelsTakenAway] };
  }),
];
