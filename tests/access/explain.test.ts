import { describe, expect } from 'vitest';
import { decide } from '../../core/access/decide.ts';
import { explain } from '../../core/access/explain.ts';
import type { Context } from '../../core/context.ts';
import { expireFacts } from '../../core/identity/expire-facts.ts';
import { newId } from '../../core/ids.ts';
import type { Client } from '../factories/api.ts';
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
import { aProvider } from '../factories/providers.ts';
import { test } from '../flow/api/api.ts';

const ask = (client: Client, asked: Record<string, string>) =>
  client.call('GET', `/explain?${new URLSearchParams(asked).toString()}`);
const texts = (chain: { text: string; decides: boolean }[]) =>
  chain.filter((link) => link.decides).map(({ text }) => text);
const without = (body: Record<string, unknown>) => ({ ...body, correlationId: 'another each time' });

describe('who may not know', () => {
  test('asks about others in vain, in the same words whether they exist or not', async ({ api, ctx }) => {
    const [asker, other] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: other });
    await aGrant(ctx, base, toPerson(asker), 'contribute');
    const client = await api.session(asker);
    for (const resource of [base.id, newId()]) {
      const [there, missing] = [
        await ask(client, { person: other.id, action: 'knowledge.read', resource }),
        await ask(client, { person: newId(), action: 'knowledge.read', resource }),
      ];
      expect(there.status).toBe(403);
      expect(without(there.body)).toEqual(without(missing.body));
    }
    expect((await ask(client, { person: other.id, action: 'chat.use' })).status).toBe(403);
  });

  test('is told of a knowledge base, a model and a group that are not theirs as of none', async ({ api, ctx }) => {
    const client = await api.session(await aPerson(ctx));
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    const group = await aGroup(ctx);
    for (const [action, resource] of [
      ['knowledge.read', base.id],
      ['group.manage', group.id],
    ] as const) {
      const hidden = await ask(client, { action, resource });
      expect(hidden.status).toBe(404);
      expect(without(hidden.body)).toEqual(without((await ask(client, { action, resource: newId() })).body));
    }
    expect((await ask(client, { action: 'model.use', resource: newId() })).status).toBe(404);
    expect((await ask(client, { action: 'knowledge.read' })).status).toBe(400);
  });

  test('as the manager of a knowledge base sees what leads to it, and no other group of a person', async ({
    api,
    ctx,
  }) => {
    const [owner, reader] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const [team, secret] = [await aGroup(ctx, { members: [reader] }), await aGroup(ctx, { members: [reader] })];
    await aGrant(ctx, base, toGroup(team));
    const { body } = await ask(await api.session(owner), {
      person: reader.id,
      action: 'knowledge.read',
      resource: base.id,
    });
    expect(body).toMatchObject({ allowed: true, person: { id: reader.id }, resource: { name: base.name } });
    expect(texts(body.chain)).toEqual([`Granted to the group ${team.name}: use`]);
    expect(JSON.stringify(body)).not.toContain(secret.name);
    const elsewhere = await aKnowledgeBase(ctx, { ownedBy: reader });
    const refused = await ask(await api.session(owner), {
      person: reader.id,
      action: 'knowledge.read',
      resource: elsewhere.id,
    });
    expect(refused.status).toBe(403);
  });
});

describe('a no is explained', () => {
  test('to somebody pending, deactivated or without a grant, by what stands in the way', async ({ api, ctx }) => {
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    const [pending, gone, stranger] = [
      await aPerson(ctx, { role: 'pending' }),
      await aPerson(ctx, { status: 'deactivated' }),
      await aPerson(ctx),
    ];
    for (const person of [pending, gone]) await aGrant(ctx, base, toPerson(person));
    const why = async (person: { id: string }) => {
      const { body } = await ask(admin, { person: person.id, action: 'knowledge.read', resource: base.id });
      expect(body.allowed).toBe(false);
      return texts(body.chain);
    };
    expect(await why(pending)).toEqual(['The account waits for approval']);
    expect(await why(gone)).toEqual(['The account is deactivated']);
    expect(await why(stranger)).toEqual(['No grant, group or ownership reaches it']);
  });

  test('an administrator is told that the role reads nothing', async ({ api, ctx }) => {
    const person = await aPerson(ctx, { role: 'admin' });
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    const { body } = await ask(await api.session(person), { action: 'knowledge.read', resource: base.id });
    expect(body).toMatchObject({ allowed: false, resource: { kind: 'knowledge_base', name: base.name } });
    expect(body.chain).toContainEqual({
      about: 'role',
      code: 'role_admin',
      text: 'Administrator: administers, and reads nothing without a grant',
      decides: false,
    });
  });

  test('a deny names its group and what it outvotes; an unknown key is denied', async ({ api, ctx }) => {
    const person = await aPerson(ctx);
    const generous = await aGroup(ctx, { members: [person], permissions: { 'tools.code': 'allow' } });
    const strict = await aGroup(ctx, { members: [person], permissions: { 'tools.code': 'deny' } });
    const client = await api.session(person);
    const { body } = await ask(client, { action: 'tools.code' });
    expect(body.allowed).toBe(false);
    expect(texts(body.chain)).toEqual([`Denied by the group ${strict.name}`]);
    expect(body.chain).toContainEqual(
      expect.objectContaining({ text: `Allowed by the group ${generous.name}`, decides: false }),
    );
    expect((await ask(client, { action: 'tools.everything' })).body).toMatchObject({ allowed: false });
  });

  test('a model that a group keeps from its members names the group and its classes', async ({ api, ctx }) => {
    const person = await aPerson(ctx);
    const group = await aGroup(ctx, { members: [person] });
    await ctx.db.group.update({ where: { id: group.id }, data: { modelClasses: ['small'] } });
    const server = await ctx.db.modelServer.create({
      data: { id: newId(), name: `Server ${newId()}`, kind: 'ollama', baseUrl: 'http://127.0.0.1:9' },
    });
    const model = await ctx.db.model.create({
      data: { id: newId(), serverId: server.id, name: 'huge:70b', kind: 'chat', classes: ['large'] },
    });
    await ctx.db.grant.create({
      data: { id: newId(), resourceKind: 'model', resourceId: model.id, toKind: 'everyone', level: 'use' },
    });
    const client = await api.session(person);
    const { body } = await ask(client, { action: 'model.use', resource: model.id });
    expect(body.allowed).toBe(false);
    expect(texts(body.chain)).toEqual([`The group ${group.name} has only models that are: small`]);
    await ctx.db.group.update({ where: { id: group.id }, data: { modelClasses: [] } });
    expect((await ask(client, { action: 'model.use', resource: model.id })).body.allowed).toBe(true);
  });
});

describe('a yes is explained', () => {
  test('by grants with level and end, groups with their source, and ownership', async ({ api, ctx }) => {
    const person = await aPerson(ctx);
    const group = await aGroup(ctx, { name: `Legal ${newId()}`, managers: [person] });
    const [mark, providerId, factsAt] = [newId(), newId(), new Date(Date.now() - 3_600_000)];
    await ctx.db.identityProvider.create({ data: { id: providerId, key: mark, kind: 'oidc', name: `Okta ${mark}` } });
    const source = `provider:${providerId}`;
    await ctx.db.membership.create({ data: { groupId: group.id, personId: person.id, source } });
    await ctx.db.identity.create({
      data: { id: newId(), personId: person.id, issuer: source, subject: mark, providerId, factsAt },
    });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    const grant = await aGrant(ctx, base, toPerson(person), 'contribute');
    await aGrant(ctx, base, EVERYONE);
    const until = new Date(Date.now() + 86_400_000);
    await ctx.db.grant.update({ where: { id: grant.id }, data: { expiresAt: until } });
    const { body } = await ask(await api.session(person), { action: 'knowledge.contribute', resource: base.id });
    expect(body).toMatchObject({ allowed: true, sentence: expect.stringContaining(`on ${base.name}`) });
    expect(body.chain).toEqual([
      expect.objectContaining({ about: 'account', code: 'active' }),
      expect.objectContaining({
        code: 'facts',
        name: `Okta ${mark}`,
        at: factsAt.toISOString(),
        until: new Date(factsAt.getTime() + 12 * 3_600_000).toISOString(),
      }),
      expect.objectContaining({ about: 'role', code: 'role_user' }),
      expect.objectContaining({
        about: 'group',
        text: `Manager of ${group.name}, added by hand and brought by Okta ${mark}`,
        sources: ['manual', `Okta ${mark}`],
      }),
      expect.objectContaining({ code: 'manager_of_owner', name: group.name, level: 'manage', decides: true }),
      expect.objectContaining({
        code: 'grant_to_person',
        level: 'contribute',
        until: until.toISOString(),
        decides: true,
      }),
      expect.objectContaining({ code: 'grant_to_everyone', level: 'use', decides: false }),
    ]);
  });

  test('as it was decided, and asking about another one is recorded', async ({ api, ctx }) => {
    const [admin, person] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: person });
    const client = await api.session(admin);
    for (const action of ['knowledge.manage', 'chat.use', 'people.manage', 'knowledge.create'] as const) {
      const { body } = await ask(client, { person: person.id, action, resource: base.id });
      const decided = await decide(ctx, person.id, action, { kind: 'knowledge_base', id: base.id });
      expect(body.allowed, action).toBe(decided.allowed);
      expect(texts(body.chain)).toEqual(decided.because.map(({ text }) => text));
    }
    const recorded = await ctx.db.auditEntry.count({
      where: { action: 'access.explained', subjectId: person.id, actorId: admin.id },
    });
    expect(recorded).toBe(4);
    const told = await explain(ctx, OPERATOR, { person: person.id, action: 'knowledge.read', resource: base.id });
    expect(told.allowed).toBe(true);
  });
});

describe('the age of what a provider told', () => {
  const HOUR_MS = 3_600_000;
  const now = new Date('2026-03-02T12:00:00Z');
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);

  /** Somebody of a provider whose word is good for twelve hours; what explains them to an operator, with the clock held still. */
  async function somebodyOf(ctx: Context, told: Record<string, unknown>, settings: Record<string, unknown> = {}) {
    const person = await aPerson(ctx);
    const provider = await aProvider(ctx, { settings });
    const identityId = newId();
    await ctx.db.identity.deleteMany({ where: { personId: person.id } });
    await ctx.db.identity.create({
      data: {
        id: identityId,
        personId: person.id,
        issuer: `provider:${provider.id}`,
        subject: identityId,
        providerId: provider.id,
        ...told,
      },
    });
    const chain = async () => {
      const asked = { person: person.id, action: 'chat.use' };
      const then = { ...ctx, clock: { now: () => now } };
      return (await explain(then, OPERATOR, asked)).chain
        .filter(({ code }) => code.startsWith('facts'))
        .map(({ code, at, until }) => [code, at?.toISOString(), until?.toISOString()]);
    };
    return { person, provider, identityId, chain };
  }
  const link = (code: string, toldHoursAgo: number) => [
    code,
    ago(toldHoursAgo).toISOString(),
    ago(toldHoursAgo - 12).toISOString(),
  ];

  test('is not told to who manages a knowledge base and nothing else of them', async ({ api, ctx }) => {
    const { person } = await somebodyOf(ctx, { factsAt: new Date(), groupsAt: new Date(), groups: ['x'] });
    const manager = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx);
    await aGrant(ctx, base, toPerson(manager), 'manage');
    const { body } = await ask(await api.session(manager), {
      person: person.id,
      action: 'knowledge.read',
      resource: base.id,
    });
    expect(body.chain.filter(({ code }: { code: string }) => code.startsWith('facts'))).toEqual([]);
  });

  test('is said of who they are, groups and roles each by itself, and what is too old', async ({ ctx }) => {
    const { chain } = await somebodyOf(ctx, {
      factsAt: ago(1),
      groupsAt: ago(13),
      groups: ['x'],
      rolesAt: ago(11),
      roles: ['y'],
    });
    expect(await chain()).toEqual([
      link('facts', 1),
      link('facts_groups_old', 13),
      link('facts_roles', 11),
      ['facts_ending', undefined, undefined],
    ]);
  });

  test('goes on being said after what was too old has ended', async ({ ctx }) => {
    const { chain, identityId } = await somebodyOf(ctx, { factsAt: ago(1), groupsAt: ago(13), groups: ['x'] });
    await expireFacts({ ...ctx, clock: { now: () => now } }, identityId);
    expect(await chain()).toEqual([link('facts', 1), link('facts_groups_old', 13)]);
  });

  test('asks for a sign-in where nothing is young enough', async ({ ctx }) => {
    const { chain } = await somebodyOf(ctx, { factsAt: ago(13) });
    expect(await chain()).toEqual([link('facts_old', 13), ['facts_aged', undefined, undefined]]);
  });

  test('is that of provisioning where this tells, and says since when it refuses something', async ({ ctx }) => {
    const given = await somebodyOf(ctx, { factsAt: ago(40) }, { groupsFrom: 'scim' });
    const { provider, identityId, chain } = given;
    await ctx.db.scimUser.create({
      data: { identityId, providerId: provider.id, userName: identityId, active: true, createdAt: now, updatedAt: now },
    });
    await ctx.db.scimToken.create({
      data: {
        id: newId(),
        providerId: provider.id,
        name: 't',
        tokenHash: Buffer.from(newId()),
        expiresAt: ago(-1_000),
        toldAt: ago(2),
      },
    });
    const kept = ['facts_kept', ago(40).toISOString(), undefined];
    expect(await chain()).toEqual([kept, link('facts_provisioned', 2)]);
    await ctx.db.scimUser.update({ where: { identityId }, data: { refusedAt: ago(5) } });
    expect(await chain()).toEqual([
      kept,
      link('facts_provisioned', 5),
      ['facts_refused', ago(5).toISOString(), undefined],
    ]);
  });
});
