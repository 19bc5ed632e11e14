import { decide, demand } from '../../../core/access/decide.ts';
import {
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  updateGroup,
  type GroupEntry,
} from '../../../core/access/groups.ts';
import { addMember, listMembers, removeMember, setManager, type MemberEntry } from '../../../core/access/members.ts';
import type { Context } from '../../../core/context.ts';
import * as contract from '../../contract/groups.ts';
import { actorOf, type Caller } from '../caller.ts';
import { byName, namePosition, pageOf } from '../pages.ts';
import { route } from '../route.ts';

const isAdmin = async (ctx: Context, caller: Caller): Promise<boolean> =>
  (await decide(ctx, caller.person.id, 'groups.manage')).allowed;

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'groups.manage');

const manages = (ctx: Context, caller: Caller, id: string): Promise<void> =>
  demand(ctx, caller.person.id, 'group.manage', { kind: 'group', id });

const shownMember = (member: MemberEntry): contract.Member => ({ ...member, sources: [...member.sources] });

async function shownTo(ctx: Context, caller: Caller, group: GroupEntry): Promise<contract.Group> {
  const { allowed } = await decide(ctx, caller.person.id, 'group.manage', { kind: 'group', id: group.id });
  return {
    ...group,
    modelClasses: [...group.modelClasses],
    mayManage: allowed,
    createdAt: group.createdAt.toISOString(),
  };
}

/** A group that the caller may see: any for an administrator, else one that they are in. */
async function visible(ctx: Context, caller: Caller, id: string): Promise<GroupEntry> {
  return getGroup(ctx, id, (await isAdmin(ctx, caller)) ? undefined : caller.person.id);
}

/** Groups and their members. */
export const groupRoutes = [
  route(contract.listGroups, async ({ ctx, caller, query }) => {
    const { q, cursor, limit } = query;
    const memberId = (await isAdmin(ctx, caller)) ? {} : { memberId: caller.person.id };
    const found = await listGroups(ctx, { find: q, ...memberId, after: namePosition(cursor), limit: limit + 1 });
    const { items, nextCursor } = pageOf(found, limit, byName, (group) => group);
    return { items: await Promise.all(items.map((group) => shownTo(ctx, caller, group))), nextCursor };
  }),

  route(contract.createGroup, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return shownTo(ctx, caller, await createGroup(ctx, actorOf(caller), body));
  }),

  route(contract.getGroup, async ({ ctx, caller, params }) =>
    shownTo(ctx, caller, await visible(ctx, caller, params.id)),
  ),

  route(contract.updateGroup, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    return shownTo(ctx, caller, await updateGroup(ctx, actorOf(caller), params.id, body));
  }),

  route(contract.deleteGroup, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await deleteGroup(ctx, actorOf(caller), params.id);
  }),

  route(contract.listMembers, async ({ ctx, caller, params, query }) => {
    await manages(ctx, caller, params.id);
    await getGroup(ctx, params.id);
    const { cursor, limit } = query;
    const found = await listMembers(ctx, params.id, { after: namePosition(cursor), limit: limit + 1 });
    return pageOf(found, limit, (member) => byName(member.person), shownMember);
  }),

  route(contract.addMember, async ({ ctx, caller, params, body }) => {
    await manages(ctx, caller, params.id);
    // Who manages a group takes people in; who manages it is for administrators to say.
    if (body.manager) await administers(ctx, caller);
    return shownMember(await addMember(ctx, actorOf(caller), params.id, body));
  }),

  route(contract.updateMember, async ({ ctx, caller, params, body }) => {
    await manages(ctx, caller, params.id);
    await administers(ctx, caller);
    return shownMember(await setManager(ctx, actorOf(caller), params.id, { personId: params.personId, ...body }));
  }),

  route(contract.removeMember, async ({ ctx, caller, params }) => {
    await manages(ctx, caller, params.id);
    await removeMember(ctx, actorOf(caller), params.id, params.personId);
  }),
];
