import { describe, expect } from 'vitest';
import { approveRequest, declineRequest } from '../../core/access/requests/answer.ts';
import { askForAccess } from '../../core/access/requests/ask.ts';
import { closeDead, recordEndedGrants } from '../../core/access/requests/close-dead.ts';
import { summaryOf } from '../../core/access/requests/lists.ts';
import { breakGlass } from '../../core/access/break-glass/open.ts';
import { decide } from '../../core/access/decide.ts';
import { createGrant } from '../../core/access/grants.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import type { Context } from '../../core/context.ts';
import { newId } from '../../core/ids.ts';
import { aGrant, aGroup, aKnowledgeBase, aPassage, aPerson, OPERATOR, toPerson } from '../factories/company.ts';
import type { TestPerson } from '../factories/company.ts';
import { test } from '../flow/api/api.ts';

const REASON = 'I take over the audit of line 4 next week';
const DAY_MS = 24 * 3_600_000;
const by = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
const at = (ctx: Context, now: Date): Context => ({ ...ctx, clock: { now: () => now } });
const reads = async (ctx: Context, { id }: TestPerson, base: { id: string }) =>
  (await scopeOf(ctx, id)).knowledgeBaseIds.includes(base.id);

/** A knowledge base of somebody that others may find, with a document whose title must not show. */
async function findable(ctx: Context, ownedBy?: TestPerson) {
  const owner = ownedBy ?? (await aPerson(ctx));
  const base = await aKnowledgeBase(ctx, { ownedBy: owner });
  await ctx.db.knowledgeBase.update({
    where: { id: base.id },
    data: { discoverable: true, description: 'Batch records of line 4. Never to be shown: Project Falcon.' },
  });
  return { owner, base };
}

const ask = (
  ctx: Context,
  who: TestPerson,
  base: { id: string },
  level: 'use' | 'contribute' | 'manage' = 'use',
  until: Date | null = null,
) => askForAccess(ctx, by(who), { knowledgeBaseId: base.id, reason: REASON, level, until });

describe('who may not read a knowledge base', () => {
  test('is told of none that is not discoverable, and asking for it is asking for what is not there', async ({
    api,
    ctx,
  }) => {
    const [owner, asker] = [await aPerson(ctx), await aPerson(ctx)];
    const hidden = await aKnowledgeBase(ctx, { ownedBy: owner });
    const gone = await findable(ctx, owner);
    await ctx.db.knowledgeBase.update({ where: { id: gone.base.id }, data: { deletedAt: new Date() } });
    const client = await api.session(asker);
    const answers = [];
    for (const { id } of [hidden, gone.base, { id: newId() }])
      answers.push(await client.call('POST', '/access-requests', { knowledgeBaseId: id, reason: REASON }));
    const plain = answers.map(({ status, body }) => ({ status, body: { ...body, correlationId: '' } }));
    expect(plain[0]).toMatchObject({ status: 404 });
    expect(plain[1]).toEqual(plain[0]);
    expect(plain[2]).toEqual(plain[0]);
    const { items } = (await client.call('GET', '/findable-knowledge-bases')).body;
    expect(items.map(({ id }: { id: string }) => id)).not.toContain(hidden.id);
    expect(await ctx.db.accessRequest.count({ where: { personId: asker.id } })).toBe(0);
  });

  test('sees a name, one sentence and the owner of a discoverable one: no title, no count, no second sentence', async ({
    api,
    ctx,
  }) => {
    const { owner, base } = await findable(ctx);
    await aPassage(ctx, base, { text: 'The reactor runs at 37 degrees.', documentName: 'Project Falcon.md' });
    const client = await api.session(await aPerson(ctx));
    const { body } = await client.call('GET', `/findable-knowledge-bases?q=${encodeURIComponent(base.name)}`);
    expect(body.items).toEqual([
      {
        id: base.id,
        name: base.name,
        summary: 'Batch records of line 4.',
        owner: { kind: 'person', name: owner.name },
        requestId: null,
      },
    ]);
    expect((await client.call('GET', `/knowledge-bases/${base.id}`)).status).toBe(404);
    expect(summaryOf(`${'A'.repeat(300)}. And more.`)).toHaveLength(200);
  });

  test('is nobody at work here: a pending account, a deactivated one, a program and a key ask for nothing', async ({
    api,
    ctx,
  }) => {
    const { base } = await findable(ctx);
    const pending = await aPerson(ctx, { role: 'pending' });
    const deactivated = await aPerson(ctx, { status: 'deactivated' });
    const program = await aPerson(ctx);
    await ctx.db.person.update({ where: { id: program.id }, data: { kind: 'service' } });
    for (const who of [pending, deactivated, program])
      await expect(ask(ctx, who, base)).rejects.toMatchObject({ code: 'not_found' });
    const key = await api.key(await aPerson(ctx), 'all');
    const refused = await key.call('POST', '/access-requests', { knowledgeBaseId: base.id, reason: REASON });
    expect(refused.status).toBe(403);
  });

  test('asks with a reason, for what they lack, until an end to come, and not without end', async ({ api, ctx }) => {
    const { owner, base } = await findable(ctx);
    const asker = await aPerson(ctx);
    const client = await api.session(asker);
    const body = { knowledgeBaseId: base.id, reason: REASON };
    expect((await client.call('POST', '/access-requests', { ...body, reason: '        .' })).status).toBe(400);
    expect((await client.call('POST', '/access-requests', { ...body, until: inDays(-1).toISOString() })).status).toBe(
      400,
    );
    await expect(ask(ctx, owner, base, 'manage')).rejects.toMatchObject({ code: 'conflict' });
    await aGrant(ctx, base, toPerson(asker));
    await expect(ask(ctx, asker, base)).rejects.toMatchObject({ code: 'conflict' });
    const busy = await aPerson(ctx);
    for (let count = 0; count < 20; count += 1) await ask(ctx, busy, { id: newId() }).catch(() => {});
    await expect(ask(ctx, busy, base)).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  test('asks nobody where nobody looks after it', async ({ ctx }) => {
    const { owner, base } = await findable(ctx);
    await ctx.db.person.update({ where: { id: owner.id }, data: { status: 'deactivated' } });
    await expect(ask(ctx, await aPerson(ctx), base)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('asking twice is asking once, at the same moment too', async ({ ctx }) => {
    const { base } = await findable(ctx);
    const asker = await aPerson(ctx);
    const made = await Promise.all([ask(ctx, asker, base), ask(ctx, asker, base, 'manage')]);
    const again = await ask(ctx, asker, base, 'contribute');
    expect(new Set([...made, again].map(({ id }) => id)).size).toBe(1);
    expect(again.level).toBe(made[0].level);
    expect(await ctx.db.accessRequest.count({ where: { personId: asker.id } })).toBe(1);
  });
});

describe('a request', () => {
  test('is answered by nobody but the owner: not by its asker, an administrator, a break-glass or who only manages it', async ({
    api,
    ctx,
  }) => {
    const { owner, base } = await findable(ctx);
    const [asker, admin, manager, stranger] = [
      await aPerson(ctx),
      await aPerson(ctx, { role: 'admin' }),
      await aPerson(ctx),
      await aPerson(ctx),
    ];
    await aGrant(ctx, base, toPerson(manager), 'manage');
    const { id } = await ask(ctx, asker, base);
    await breakGlass(ctx, by(admin), {
      resource: { kind: 'knowledge_base', id: base.id },
      level: 'manage',
      reason: 'The owner is away',
    });
    for (const who of [admin, manager, stranger]) {
      const client = await api.session(who);
      expect((await client.call('GET', `/access-requests/${id}`)).status, who.name).toBe(404);
      expect((await client.call('POST', `/access-requests/${id}/approve`, { level: 'use', until: null })).status).toBe(
        404,
      );
      expect((await client.call('POST', `/access-requests/${id}/decline`, {})).status).toBe(404);
      expect((await client.call('DELETE', `/access-requests/${id}`)).status).toBe(404);
      expect((await client.call('GET', '/access-requests?side=decider')).body.items).toEqual([]);
    }
    await expect(approveRequest(ctx, by(asker), id, 'as_asked')).rejects.toMatchObject({ code: 'forbidden' });
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { ownerId: asker.id } });
    await expect(approveRequest(ctx, by(asker), id, 'as_asked')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(approveRequest(ctx, by(owner), id, 'as_asked')).rejects.toMatchObject({ code: 'not_found' });
    expect((await ctx.db.accessRequest.findUniqueOrThrow({ where: { id } })).state).toBe('open');
    expect(await ctx.db.grant.count({ where: { toId: asker.id } })).toBe(0);
  });

  test('of a group is answered by its managers, not by its members and not by who has just stopped managing it', async ({
    ctx,
  }) => {
    const [asker, manager, former, member] = [
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
    ];
    const group = await aGroup(ctx, { managers: [manager, former], members: [member] });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true } });
    const { id } = await ask(ctx, asker, base);
    await ctx.db.membership.updateMany({ where: { personId: former.id }, data: { manager: false } });
    for (const who of [member, former])
      await expect(approveRequest(ctx, by(who), id, 'as_asked')).rejects.toMatchObject({ code: 'not_found' });
    expect(await approveRequest(ctx, by(manager), id, 'as_asked')).toMatchObject({ state: 'approved' });
    expect(await reads(ctx, asker, base)).toBe(true);
  });

  test('is answered once, whoever of the owners comes second', async ({ ctx }) => {
    const [one, other, asker] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { managers: [one, other] });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true } });
    const { id } = await ask(ctx, asker, base);
    const outcomes = await Promise.allSettled([
      declineRequest(ctx, by(one), id, 'Not now'),
      approveRequest(ctx, by(other), id, 'as_asked'),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const { state } = await ctx.db.accessRequest.findUniqueOrThrow({ where: { id } });
    expect(await reads(ctx, asker, base)).toBe(state === 'approved');
    await expect(approveRequest(ctx, by(one), id, 'as_asked')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('gives never more than was asked for without saying so, and takes nothing away', async ({ ctx }) => {
    const { owner, base } = await findable(ctx);
    const asker = await aPerson(ctx);
    const until = inDays(10);
    const { id } = await ask(ctx, asker, base, 'use', until);
    for (const given of [
      { level: 'contribute', until },
      { level: 'use', until: inDays(11) },
      { level: 'use', until: null },
    ] as const)
      await expect(approveRequest(ctx, by(owner), id, given)).rejects.toMatchObject({ code: 'conflict' });
    await expect(approveRequest(ctx, by(owner), id, { level: 'use', until: inDays(-1) })).rejects.toMatchObject({
      code: 'bad_input',
    });
    expect(await reads(ctx, asker, base)).toBe(false);
    const given = { level: 'contribute', until: null, moreThanAsked: true } as const;
    expect(await approveRequest(ctx, by(owner), id, given)).toMatchObject({
      state: 'approved',
      answer: { by: owner.name, given: { level: 'contribute', until: null } },
    });
    const more = await ask(ctx, asker, base, 'manage', until);
    await expect(approveRequest(ctx, by(owner), more.id, 'as_asked')).rejects.toMatchObject({ code: 'conflict' });
    expect((await decide(ctx, asker.id, 'knowledge.contribute', { kind: 'knowledge_base', id: base.id })).allowed).toBe(
      true,
    );
  });

  test('ends with its asker, its knowledge base, its owner and its wished end, and comes not back', async ({ ctx }) => {
    const { owner, base } = await findable(ctx);
    const [leaving, wishing, waiting] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)];
    const left = await ask(ctx, leaving, base);
    await ctx.db.person.update({ where: { id: leaving.id }, data: { status: 'deactivated' } });
    await expect(approveRequest(ctx, by(owner), left.id, 'as_asked')).rejects.toMatchObject({ code: 'conflict' });
    await ctx.db.person.update({ where: { id: leaving.id }, data: { status: 'active' } });
    await expect(approveRequest(ctx, by(owner), left.id, 'as_asked')).rejects.toMatchObject({ code: 'conflict' });

    const wished = await ask(ctx, wishing, base, 'use', inDays(1));
    const later = at(ctx, inDays(2));
    await expect(approveRequest(later, by(owner), wished.id, 'as_asked')).rejects.toMatchObject({ code: 'conflict' });

    const waited = await ask(ctx, waiting, base);
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { deletedAt: new Date() } });
    await closeDead(ctx);
    const { base: orphan, owner: going } = await findable(ctx);
    const orphaned = await ask(ctx, waiting, orphan);
    await ctx.db.person.update({ where: { id: going.id }, data: { status: 'deactivated' } });
    await closeDead(ctx);
    for (const { id } of [left, wished, waited, orphaned]) {
      expect(await ctx.db.accessRequest.findUniqueOrThrow({ where: { id } })).toMatchObject({ state: 'lapsed' });
      const recorded = { action: 'access.request_lapsed', detail: { path: ['requestId'], equals: id } };
      expect(await ctx.db.auditEntry.count({ where: recorded })).toBe(1);
    }
  });

  test('is not closed by whoever names one that is not there, and answers are counted', async ({ api, ctx }) => {
    const { base } = await findable(ctx);
    const { id } = await ask(at(ctx, inDays(-31)), await aPerson(ctx), base);
    const stranger = await aPerson(ctx);
    const client = await api.session(stranger);
    for (const named of [id, newId()])
      for (const what of ['approve', 'decline'])
        expect(
          (await client.call('POST', `/access-requests/${named}/${what}`, { level: 'use', until: null })).status,
        ).toBe(404);
    expect((await ctx.db.accessRequest.findUniqueOrThrow({ where: { id } })).state).toBe('open');
    await Promise.all(Array.from({ length: 96 }, () => declineRequest(ctx, by(stranger), newId(), '').catch(() => {})));
    await expect(declineRequest(ctx, by(stranger), id, '')).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  test('is answered by who decides at that moment, beside what the asker has at that moment', async ({ ctx }) => {
    const { owner, base } = await findable(ctx);
    const [asker, next] = [await aPerson(ctx), await aPerson(ctx)];
    const { id } = await ask(ctx, asker, base);
    const late = (change: () => Promise<unknown>): Context => ({
      ...ctx,
      db: new Proxy(ctx.db, {
        get: (db, key) =>
          key === '$transaction'
            ? (work: Parameters<typeof db.$transaction>[0]) => change().then(() => db.$transaction(work))
            : Reflect.get(db, key),
      }),
    });
    const owns = (ownerId: string) => ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { ownerId } });
    for (const answer of [
      (given: Context) => approveRequest(given, by(owner), id, 'as_asked'),
      (given: Context) => declineRequest(given, by(owner), id, ''),
    ]) {
      await expect(answer(late(() => owns(next.id)))).rejects.toMatchObject({ code: 'not_found' });
      await owns(owner.id);
    }
    const more = late(() => aGrant(ctx, base, toPerson(asker), 'contribute'));
    await expect(approveRequest(more, by(owner), id, 'as_asked')).rejects.toMatchObject({ code: 'conflict' });
    expect(await ctx.db.grant.findMany({ where: { toId: asker.id } })).toMatchObject([{ level: 'contribute' }]);
    expect((await ctx.db.accessRequest.findUniqueOrThrow({ where: { id } })).state).toBe('open');
  });

  test('that is open stands before those that are closed, however old, page by page', async ({ api, ctx }) => {
    const { owner } = await findable(ctx);
    const asker = await aPerson(ctx);
    const made: string[] = [];
    for (const [index, days] of [-4, -3, -2, -1].entries()) {
      const { base } = await findable(ctx, owner);
      const { id } = await ask(at(ctx, inDays(days)), asker, base);
      made.push(id);
      if (index > 1) await declineRequest(ctx, by(owner), id, '');
    }
    const client = await api.session(asker);
    const read: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await client.call('GET', `/access-requests?limit=1${page}`);
      read.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(read).toEqual([made[1], made[0], made[3], made[2]]);
  });

  test('goes from the portal to the owner and back, and every step is recorded', async ({ api, ctx }) => {
    const { owner, base } = await findable(ctx);
    const asker = await aPerson(ctx);
    const [asking, owning] = [await api.session(asker), await api.session(owner)];
    const until = inDays(30).toISOString();
    const body = { knowledgeBaseId: base.id, reason: REASON, level: 'contribute', until };
    const made = await asking.call('POST', '/access-requests', body);
    expect(made).toMatchObject({ status: 201, body: { state: 'open', level: 'contribute', until, reason: REASON } });
    const path = `/access-requests/${made.body.id}`;
    const waiting = (await owning.call('GET', '/access-requests?side=decider&open=true')).body.items;
    expect(waiting).toMatchObject([{ person: { name: asker.name }, knowledgeBase: { name: base.name }, held: null }]);
    const given = { level: 'use', until };
    expect(await owning.call('POST', `${path}/approve`, given)).toMatchObject({
      status: 200,
      body: { state: 'approved' },
    });
    const [mine] = (await asking.call('GET', '/access-requests')).body.items;
    expect(mine).toMatchObject({ state: 'approved', answer: { by: owner.name, given } });
    expect(await reads(ctx, asker, base)).toBe(true);
    const actions = await ctx.db.auditEntry.findMany({
      where: { subjectId: base.id },
      orderBy: { id: 'asc' },
      select: { action: true, actorId: true },
    });
    expect(actions).toEqual(
      expect.arrayContaining([
        { action: 'access.requested', actorId: asker.id },
        { action: 'grant.created', actorId: owner.id },
        { action: 'access.request_approved', actorId: owner.id },
      ]),
    );

    const other = await findable(ctx, owner);
    const second = await asking.call('POST', '/access-requests', { ...body, knowledgeBaseId: other.base.id });
    await owning.call('POST', `/access-requests/${second.body.id}/decline`, { word: 'Ask again in May' });
    expect((await asking.call('GET', '/access-requests')).body.items[0]).toMatchObject({
      state: 'declined',
      answer: { word: 'Ask again in May', given: null },
    });
    const third = await asking.call('POST', '/access-requests', { ...body, knowledgeBaseId: other.base.id });
    expect((await asking.call('DELETE', `/access-requests/${third.body.id}`)).status).toBe(204);
    expect((await asking.call('DELETE', `/access-requests/${third.body.id}`)).status).toBe(409);
    expect((await owning.call('POST', `/access-requests/${third.body.id}/approve`, given)).status).toBe(409);
    await ctx.db.knowledgeBase.update({ where: { id: other.base.id }, data: { discoverable: false, name: 'Renamed' } });
    for (const { knowledgeBase } of (await asking.call('GET', '/access-requests')).body.items)
      expect(knowledgeBase.name).toBe(knowledgeBase.id === base.id ? base.name : null);
  });
});

describe('a knowledge base is made discoverable', () => {
  test('by its owner, not by who was given it to manage and not by break-glass', async ({ api, ctx }) => {
    const [owner, manager, admin] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(manager), 'manage');
    await breakGlass(ctx, by(admin), {
      resource: { kind: 'knowledge_base', id: base.id },
      level: 'manage',
      reason: 'The owner is away',
    });
    const change = async (who: TestPerson, body: object) =>
      (await (await api.session(who)).call('PATCH', `/knowledge-bases/${base.id}`, body)).status;
    for (const who of [manager, admin]) {
      expect(await change(who, { discoverable: true })).toBe(403);
      expect(await change(who, { discoverable: false, notice: 'Check it.' })).toBe(200);
    }
    expect(await change(owner, { discoverable: true })).toBe(200);
    expect(await change(manager, { discoverable: false })).toBe(403);
  });
});

describe('a grant that ends', () => {
  test('opens nothing from its end on, is shown to end soon before, and its end is recorded once', async ({
    api,
    ctx,
  }) => {
    const { base } = await findable(ctx);
    const person = await aPerson(ctx);
    const expiresAt = inDays(3);
    const resource = { kind: 'knowledge_base', id: base.id } as const;
    await createGrant(ctx, OPERATOR, { resource, to: toPerson(person), level: 'use', expiresAt });
    const client = await api.session(person);
    expect((await client.call('GET', '/account/ending-soon')).body.items).toEqual([
      { knowledgeBase: { id: base.id, name: base.name }, level: 'use', until: expiresAt.toISOString() },
    ]);
    expect(await reads(at(ctx, new Date(expiresAt.getTime() - 1)), person, base)).toBe(true);
    const after = at(ctx, expiresAt);
    expect(await reads(after, person, base)).toBe(false);
    expect((await decide(after, person.id, 'knowledge.read', resource)).allowed).toBe(false);
    for (let count = 0; count < 2; count += 1) await recordEndedGrants(after);
    const expired = { action: 'grant.expired', subjectId: base.id };
    expect(await ctx.db.auditEntry.count({ where: expired })).toBe(1);
    // Prolonged, it ends again.
    await createGrant(ctx, OPERATOR, { resource, to: toPerson(person), level: 'use', expiresAt: inDays(5) });
    await recordEndedGrants(at(ctx, inDays(6)));
    expect(await ctx.db.auditEntry.count({ where: expired })).toBe(2);
  });

  test('is not said to end soon where another grant goes on', async ({ api, ctx }) => {
    const { base } = await findable(ctx);
    const person = await aPerson(ctx);
    const group = await aGroup(ctx, { members: [person] });
    await aGrant(ctx, base, { kind: 'group', id: group.id });
    const resource = { kind: 'knowledge_base', id: base.id } as const;
    await createGrant(ctx, OPERATOR, { resource, to: toPerson(person), level: 'use', expiresAt: inDays(3) });
    expect((await (await api.session(person)).call('GET', '/account/ending-soon')).body.items).toEqual([]);
  });
});
