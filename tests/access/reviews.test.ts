import { describe, expect } from 'vitest';
import { createGrant } from '../../core/access/grants.ts';
import { askForAccess } from '../../core/access/requests/ask.ts';
import { grantsToReview, overdueReviews, reviewGrants } from '../../core/access/reviews/review.ts';
import { noteUse } from '../../core/access/reviews/usage.ts';
import { breakGlass } from '../../core/access/break-glass/open.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import type { Context } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPerson,
  EVERYONE,
  OPERATOR,
  toGroup,
  toPerson,
} from '../factories/company.ts';
import { test } from '../flow/api/api.ts';

const DAY_MS = 24 * 3_600_000;
const by = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
const later = (ctx: Context, days: number): Context => ({ ...ctx, clock: { now: () => inDays(days) } });
const ALL = { after: null, limit: 100 };

describe('a review list', () => {
  test('is the owner’s: administrators, managers by a grant and break-glass see none of it and decide nothing', async ({
    api,
    ctx,
  }) => {
    const [owner, reader, manager, admin] = [
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx, { role: 'admin' }),
    ];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const grant = await aGrant(ctx, base, toPerson(reader));
    await aGrant(ctx, base, toPerson(manager), 'manage');
    await breakGlass(ctx, by(admin), {
      resource: { kind: 'knowledge_base', id: base.id },
      level: 'manage',
      reason: 'The owner is away',
    });
    for (const who of [reader, manager, admin]) {
      const client = await api.session(who);
      expect((await client.call('GET', '/access-reviews')).body.items).toEqual([]);
      for (const kind of ['keep', 'take_back'])
        expect(
          await client.call('POST', '/access-reviews', { grantIds: [grant.id], decision: { kind } }),
          who.name,
        ).toMatchObject({ status: 404 });
      expect((await client.call('PUT', `/knowledge-bases/${base.id}/review-days`, { days: 7 })).status).toBe(403);
    }
    expect((await (await api.session(owner)).call('GET', '/overdue-reviews')).status).toBe(403);
    expect(
      (
        await (
          await api.session(await aPerson(ctx))
        ).call('PUT', `/knowledge-bases/${base.id}/review-days`, { days: 7 })
      ).status,
    ).toBe(404);
    expect(await ctx.db.grant.findUniqueOrThrow({ where: { id: grant.id } })).toMatchObject({ reviewedAt: null });
  });

  test('decides about all that are named or about none', async ({ ctx }) => {
    const [owner, other, reader] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const own = await aGrant(ctx, await aKnowledgeBase(ctx, { ownedBy: owner }), toPerson(reader));
    const foreign = await aGrant(ctx, await aKnowledgeBase(ctx, { ownedBy: other }), toPerson(reader));
    for (const id of [foreign.id, newId()])
      await expect(reviewGrants(ctx, by(owner), [own.id, id], { kind: 'take_back' })).rejects.toMatchObject({
        code: 'not_found',
      });
    expect(await ctx.db.grant.count({ where: { id: { in: [own.id, foreign.id] } } })).toBe(2);
  });

  test('lets nobody confirm or prolong what is given to themself', async ({ ctx }) => {
    const manager = await aPerson(ctx);
    const group = await aGroup(ctx, { managers: [manager] });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    const resource = { kind: 'knowledge_base', id: base.id } as const;
    const grant = await createGrant(ctx, OPERATOR, {
      resource,
      to: toPerson(manager),
      level: 'use',
      expiresAt: inDays(5),
    });
    for (const decision of [{ kind: 'keep' }, { kind: 'set_end', until: inDays(6) }] as const)
      await expect(reviewGrants(ctx, by(manager), [grant.id], decision)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      reviewGrants(ctx, by(manager), [grant.id], { kind: 'set_end', until: inDays(-1) }),
    ).rejects.toMatchObject({ code: 'bad_input' });
    await reviewGrants(ctx, by(manager), [grant.id], { kind: 'set_end', until: inDays(4) });
    await reviewGrants(ctx, by(manager), [grant.id], { kind: 'take_back' });
    expect(await ctx.db.grant.count({ where: { id: grant.id } })).toBe(0);
  });

  test('says since when, by whom, how many, how broad and when it was last used, by the day', async ({ ctx }) => {
    const [owner, reader] = [await aPerson(ctx), await aPerson(ctx)];
    const gone = [await aPerson(ctx, { status: 'deactivated' }), await aPerson(ctx, { role: 'pending' })];
    const group = await aGroup(ctx, { members: [reader, await aPerson(ctx), ...gone] });
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await createGrant(ctx, by(owner), {
      resource: { kind: 'knowledge_base', id: base.id },
      to: toGroup(group),
      level: 'use',
      expiresAt: null,
    });
    await aGrant(ctx, base, EVERYONE);
    const on = (day: string): Context => ({ ...ctx, clock: { now: () => new Date(`${day}T23:16:17Z`) } });
    for (const day of ['2026-03-04', '2026-03-03']) await noteUse(on(day), reader.id, [base.id, base.id]);
    const found = await grantsToReview(ctx, owner.id, ALL);
    expect(found.map(({ to }) => to.kind)).toEqual(['group', 'everyone']);
    expect(found[0]).toMatchObject({
      knowledgeBase: { id: base.id, name: base.name, reviewDays: null },
      to: { kind: 'group', name: group.name },
      givenBy: owner.name,
      members: 2,
      broad: false,
      due: false,
    });
    expect(found[0]?.lastUsedAt?.toISOString().slice(0, 10)).toBe('2026-03-04');
    expect(found[1]).toMatchObject({ broad: true, givenBy: null });
  });

  test('is not read again for each answer, and an answer is not lost where its day cannot be kept', async ({ ctx }) => {
    const reader = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    let asked = 0;
    const pool = new Proxy(ctx.pool, {
      get: (target, key) => {
        if (key === 'query') asked += 1;
        return Reflect.get(target, key, target);
      },
    });
    const counting: Context = { ...ctx, pool };
    for (let count = 0; count < 3; count += 1) await noteUse(counting, reader.id, [base.id]);
    expect(asked).toBe(1);
    const warned: string[] = [];
    const lost: Context = {
      ...ctx,
      pool: Object.create(ctx.pool, { query: { value: () => Promise.reject(new Error('lost')) } }),
      log: { ...ctx.log, warn: (_, event) => void warned.push(event) },
    };
    await noteUse(lost, reader.id, [base.id]);
    expect(warned).toEqual(['use_not_kept']);
  });

  test('comes due after its days, is listed for administrators then, and is done by keeping, taking back and setting an end', async ({
    api,
    ctx,
  }) => {
    const [owner, admin] = [await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
    const people = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)] as const;
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const grants = [];
    for (const person of people) grants.push(await aGrant(ctx, base, toPerson(person)));
    const [kept, taken, ended] = grants.map(({ id }) => id) as [string, string, string];
    const client = await api.session(owner);
    const overdue = async (days: number) =>
      (await overdueReviews(later(ctx, days), admin.id, { after: null, limit: 1_000 })).filter(
        ({ knowledgeBase }) => knowledgeBase.id === base.id,
      );
    const due = async (days: number) =>
      (await grantsToReview(later(ctx, days), owner.id, ALL)).filter(({ due: is }) => is).length;

    expect(await due(89)).toBe(0);
    expect(await due(91)).toBe(3);
    expect(await overdue(89)).toEqual([]);
    expect(await overdue(91)).toMatchObject([{ owner: { kind: 'person', name: owner.name }, grants: 3 }]);
    expect((await client.call('PUT', `/knowledge-bases/${base.id}/review-days`, { days: 7 })).status).toBe(204);
    expect(await overdue(8)).toMatchObject([{ grants: 3 }]);

    const soon = later(ctx, 8);
    await reviewGrants(soon, by(owner), [kept], { kind: 'keep' });
    await reviewGrants(soon, by(owner), [taken], { kind: 'take_back' });
    await reviewGrants(soon, by(owner), [ended], { kind: 'set_end', until: inDays(9) });
    expect(await overdue(8)).toEqual([]);
    expect(await overdue(16)).toMatchObject([{ grants: 1 }]);
    const reads = async (days: number) =>
      Promise.all(
        people.map(async ({ id }) => (await scopeOf(later(ctx, days), id)).knowledgeBaseIds.includes(base.id)),
      );
    expect(await reads(8)).toEqual([true, false, true]);
    expect(await reads(10)).toEqual([true, false, false]);
    const recorded = await ctx.db.auditEntry.findMany({
      where: { subjectId: base.id, actorId: owner.id },
      orderBy: { id: 'asc' },
      select: { action: true },
    });
    expect(recorded.map(({ action }) => action)).toEqual([
      'knowledge_base.changed',
      'grant.confirmed',
      'grant.deleted',
      'grant.end_set',
    ]);
  });

  test('is counted for who owns, with the requests of others: not for who was only given it to manage', async ({
    api,
    ctx,
  }) => {
    const [owner, manager, asker] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true, reviewDays: 1 } });
    const grant = await aGrant(ctx, base, toPerson(manager), 'manage');
    await ctx.db.grant.update({ where: { id: grant.id }, data: { createdAt: inDays(-2) } });
    await askForAccess(ctx, by(asker), { knowledgeBaseId: base.id, reason: 'The audit', level: 'use', until: null });
    const counted = async (who: Awaited<ReturnType<typeof aPerson>>) =>
      (await (await api.session(who)).call('GET', '/account/to-decide')).body;
    for (const who of [manager, asker]) expect(await counted(who)).toEqual({ owns: false, requests: 0, reviews: 0 });
    expect(await counted(owner)).toEqual({ owns: true, requests: 1, reviews: 1 });
    await reviewGrants(ctx, by(owner), [grant.id], { kind: 'keep' });
    expect(await counted(owner)).toEqual({ owns: true, requests: 1, reviews: 0 });
  });

  test('is read page by page, all of it once', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    for (let count = 0; count < 3; count += 1) await aGrant(ctx, base, toPerson(await aPerson(ctx)));
    const client = await api.session(owner);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: { items: { grantId: string }[]; nextCursor: string | null } } = await client.call(
        'GET',
        `/access-reviews?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...body.items.map(({ grantId }) => grantId));
      cursor = body.nextCursor;
    }
    expect(new Set(seen).size).toBe(3);
    expect(seen).toHaveLength(3);
  });
});
