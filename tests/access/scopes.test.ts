import { describe, expect } from 'vitest';
import { admit } from '../../core/access/admission.ts';
import { PRIVATE, type Audience } from '../../core/access/scope.ts';
import { decide } from '../../core/access/decide.ts';
import { rightsOf } from '../../core/access/rights.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { newId } from '../../core/ids.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, EVERYONE, toGroup, toPerson } from '../factories/company.ts';
import { test, type TestContext } from '../factories/context.ts';

const shared = (audience: Audience) => ({ kind: 'shared', audience }) as const;

/** An engineer and a lawyer, a knowledge base for each of their groups and one for everyone. */
async function aHouse(ctx: TestContext) {
  const [engineer, lawyer] = [await aPerson(ctx), await aPerson(ctx)];
  const [engineering, legal] = [await aGroup(ctx, { members: [engineer] }), await aGroup(ctx, { members: [lawyer] })];
  const [designs, contracts, policies] = [
    await aKnowledgeBase(ctx),
    await aKnowledgeBase(ctx),
    await aKnowledgeBase(ctx),
  ];
  await aGrant(ctx, designs, toGroup(engineering));
  await aGrant(ctx, contracts, toGroup(legal));
  await aGrant(ctx, policies, EVERYONE);
  const own = (id: string) => [designs.id, contracts.id, policies.id].includes(id);
  const sharedIn = async (audience: Audience) =>
    (await admit(ctx, engineer.id, shared(audience))).shared.knowledgeBaseIds.filter(own);
  return { engineer, lawyer, engineering, designs, contracts, policies, sharedIn, own };
}

describe('nothing may be read', () => {
  test('by a person who is pending, deactivated or unknown, whatever is granted to them', async ({ ctx }) => {
    const { policies } = await aHouse(ctx);
    const pending = await aPerson(ctx, { role: 'pending' });
    const gone = await aPerson(ctx, { status: 'deactivated' });
    for (const person of [pending, gone]) await aGrant(ctx, policies, toPerson(person));
    for (const { id } of [pending, gone, { id: newId() }]) {
      await expect(admit(ctx, id, PRIVATE)).rejects.toMatchObject({ code: 'forbidden' });
      expect((await scopeOf(ctx, id)).knowledgeBaseIds).toEqual([]);
    }
  });

  test('in a place whose members could not be read', async ({ ctx }) => {
    const { sharedIn } = await aHouse(ctx);
    expect(await sharedIn({ kind: 'nobody' })).toEqual([]);
  });

  test('in a place where somebody has no rights at all any more', async ({ ctx }) => {
    const { sharedIn } = await aHouse(ctx);
    const pending = await aPerson(ctx, { role: 'pending' });
    expect(await sharedIn({ kind: 'members', personIds: [pending.id], unlinked: false })).toEqual([]);
  });

  test('by an administrator without a grant', async ({ ctx }) => {
    const { own, policies } = await aHouse(ctx);
    const admin = await aPerson(ctx, { role: 'admin' });
    const { personal } = await admit(ctx, admin.id, PRIVATE);
    expect(personal.knowledgeBaseIds.filter(own)).toEqual([policies.id]);
  });

  test('through a grant that has expired', async ({ ctx }) => {
    const { engineer, contracts } = await aHouse(ctx);
    const grant = await aGrant(ctx, contracts, toPerson(engineer));
    const before = await admit(ctx, engineer.id, PRIVATE);
    expect(before.personal.knowledgeBaseIds).toContain(contracts.id);
    await ctx.db.grant.update({ where: { id: grant.id }, data: { expiresAt: new Date(Date.now() - 1_000) } });
    const after = await admit(ctx, engineer.id, PRIVATE);
    expect(after.personal.knowledgeBaseIds).not.toContain(contracts.id);
  });
});

describe('a shared place', () => {
  test('reads only what all its members may read, and never more than the asker', async ({ ctx }) => {
    const { lawyer, policies, designs, sharedIn } = await aHouse(ctx);
    expect(await sharedIn({ kind: 'members', personIds: [lawyer.id], unlinked: false })).toEqual([policies.id]);
    expect(new Set(await sharedIn({ kind: 'members', personIds: [], unlinked: false }))).toEqual(
      new Set([policies.id, designs.id]),
    );
  });

  test('with somebody unknown in it, or open to everyone, reads what everyone has', async ({ ctx }) => {
    const { engineer, policies, sharedIn } = await aHouse(ctx);
    expect(await sharedIn({ kind: 'members', personIds: [engineer.id], unlinked: true })).toEqual([policies.id]);
    expect(await sharedIn({ kind: 'everyone' })).toEqual([policies.id]);
  });
});

describe('ownership', () => {
  test('gives the owner everything and ends with it; making something gives nothing for ever', async ({ ctx }) => {
    const [maker, next] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: maker });
    const on = { kind: 'knowledge_base', id: base.id } as const;
    expect((await decide(ctx, maker.id, 'knowledge.manage', on)).allowed).toBe(true);
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { ownerId: next.id, creatorId: maker.id } });
    expect((await decide(ctx, maker.id, 'knowledge.read', on)).allowed).toBe(false);
    expect((await decide(ctx, next.id, 'knowledge.manage', on)).allowed).toBe(true);
  });

  test('of a group lets its members use and its managers manage, and ends with the membership', async ({ ctx }) => {
    const [member, manager] = [await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { members: [member], managers: [manager] });
    const on = { kind: 'knowledge_base', id: (await aKnowledgeBase(ctx, { ownedByGroup: group })).id } as const;
    const may = async (person: { id: string }, action: 'knowledge.read' | 'knowledge.manage') =>
      (await decide(ctx, person.id, action, on)).allowed;
    expect([await may(member, 'knowledge.read'), await may(member, 'knowledge.manage')]).toEqual([true, false]);
    expect(await may(manager, 'knowledge.manage')).toBe(true);
    await ctx.db.membership.deleteMany({ where: { groupId: group.id } });
    expect([await may(member, 'knowledge.read'), await may(manager, 'knowledge.read')]).toEqual([false, false]);
  });
});

describe('permissions', () => {
  test('that nobody speaks of are denied, and so are those that do not exist', async ({ ctx }) => {
    const person = await aPerson(ctx);
    const may = (await rightsOf(ctx, { kind: 'person', id: person.id })).permissions;
    expect(may['tools.terminal']).toBe(false);
    expect((await decide(ctx, person.id, 'tools.everything' as never)).allowed).toBe(false);
  });

  test('a denial by one group outvotes the allowance of another, and says which', async ({ ctx }) => {
    const person = await aPerson(ctx);
    await aGroup(ctx, { members: [person], permissions: { 'tools.code': 'allow' } });
    expect((await rightsOf(ctx, { kind: 'person', id: person.id })).permissions['tools.code']).toBe(true);
    await aGroup(ctx, { name: 'Knowledge only', members: [person], permissions: { 'tools.code': 'deny' } });
    const decision = await decide(ctx, person.id, 'tools.code');
    expect(decision.allowed).toBe(false);
    expect(decision.because.map((reason) => reason.text)).toEqual(['Denied by the group Knowledge only']);
  });
});
