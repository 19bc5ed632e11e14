import { describe, expect, onTestFinished } from 'vitest';
import { admit } from '../../../core/access/admission.ts';
import { PRIVATE } from '../../../core/access/scope.ts';
import type { Context } from '../../../core/context.ts';
import { replyInChat } from '../../../core/conversation/chat-reply.ts';
import { audienceOf, type ChatAccount } from '../../../core/identity/chat-accounts.ts';
import { setPassword } from '../../../core/identity/identity.sql.ts';
import { hashPassword } from '../../../core/identity/passwords.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { renew, renewDue } from '../../../core/identity/renewal.ts';
import { newId } from '../../../core/ids.ts';
import type { TestApi } from '../../factories/api.ts';
import { aContext } from '../../factories/context.ts';
import type { FreshDatabase } from '../../setup/database.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, OPERATOR, toGroup } from '../../factories/company.ts';
import type { Account } from '../../fakes/oidc/provider.ts';
import { aProvider, facts } from '../../factories/providers.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { test } from '../api/api.ts';
import { aHouse, somebody } from './house.ts';

const HOUR_MS = 3_600_000;
const later = <C extends Context>(ctx: C, hours: number): C => ({
  ...ctx,
  clock: { now: () => new Date(Date.now() + hours * HOUR_MS) },
});

/** Somebody who signed in once, is in a group there that reads something here, and from now on only writes to the bot. */
async function aChatter(ctx: Context, api: TestApi, given: { refreshTokens: boolean; maxAgeHours?: number }) {
  const house = await aHouse(ctx, api, {
    ...given,
    settings: { scopes: ['openid', 'groups'], groupsClaim: 'groups' },
  });
  onTestFinished(house.stop);
  const [group, knowledge] = [await aGroup(ctx), await aKnowledgeBase(ctx)];
  await aGrant(ctx, knowledge, toGroup(group));
  await addMapping(ctx, OPERATOR, house.provider.id, {
    toldAs: 'group',
    externalId: 'readers',
    label: '',
    to: { groupId: group.id },
  });
  const there: Account = somebody({ groups: ['readers'] });
  const browser = house.browser();
  await browser.signIn(there);
  const identity = await ctx.db.identity.findFirstOrThrow({ where: { providerId: house.provider.id } });
  const account: ChatAccount = {
    surface: 'slack',
    tenantId: 'T1',
    externalId: newId(),
    name: 'chatter',
    workspace: 'Works',
  };
  const { surface, tenantId, externalId, name, workspace } = account;
  await ctx.db.chatAccount.create({
    data: { id: newId(), personId: identity.personId, surface, tenantId, externalId, name, workspace },
  });
  /** What the bot does with a question: what they may read, or the sentence that it says instead. */
  const writes = async (hours: number, node = ctx): Promise<string[] | string> => {
    const then = later(node, hours);
    const reply = await replyInChat(then, { account, text: 'What is it?', direct: true, bot: 'bot' });
    if (reply.kind === 'say') return reply.text;
    const { personal } = await admit(then, reply.person.id, PRIVATE);
    return personal.knowledgeBaseIds.filter((id) => id === knowledge.id);
  };
  return { house, there, browser, identity, group, knowledge, account, writes, ctx };
}

/** A node of its own beside this one, on the same pool; `refused` is done once it wanted to renew what another one has. */
function anotherNode<C extends Context>(ctx: C) {
  const { promise: refused, resolve } = Promise.withResolvers<void>();
  const query = async (statement: { text: string; values: unknown[] }) => {
    const result = await ctx.pool.query(statement);
    if (statement.text.includes('SET renewing_until') && result.rows.length === 0) resolve();
    return result;
  };
  const pool = new Proxy(ctx.pool, { get: (of, name) => (name === 'query' ? query : Reflect.get(of, name, of)) });
  return { node: { ...ctx, pool }, refused };
}

const tokensAsked = ({ idp }: { idp: { asked: string[] } }) => idp.asked.filter((path) => path === '/token').length;

describe('somebody who only ever writes to the bot', () => {
  test('loses a group within the maximum age of the provider’s change, by their refresh token', async ({
    ctx,
    api,
  }) => {
    const { house, there, knowledge, writes } = await aChatter(ctx, api, { refreshTokens: true });
    expect(await writes(0)).toEqual([knowledge.id]);
    house.idp.says({ ...there, groups: [] });
    // Young enough: the provider is not asked by each question.
    expect(await writes(5)).toEqual([knowledge.id]);
    expect(tokensAsked(house)).toBe(1);
    expect(await writes(12.5)).toEqual([]);
    house.idp.says({ ...there, groups: ['readers'] });
    expect(await writes(30)).toEqual([knowledge.id]);
  });

  test('is asked to sign in where nothing can renew, and reads again after that', async ({ ctx, api }) => {
    const { browser, identity, knowledge, writes } = await aChatter(ctx, api, { refreshTokens: false });
    expect(await writes(11)).toEqual([knowledge.id]);
    expect(await writes(12.5)).toContain(`${ctx.config.PUBLIC_URL}/sign-in`);
    await expect(admit(later(ctx, 12.5), identity.personId, PRIVATE)).rejects.toMatchObject({ code: 'sign_in_again' });
    const factsAt = new Date(Date.now() - 13 * HOUR_MS);
    await ctx.db.identity.update({ where: { id: identity.id }, data: { factsAt } });
    expect(await writes(0)).toContain('/sign-in');
    await browser.signIn();
    expect(await writes(0)).toEqual([knowledge.id]);
  });

  test('is asked to sign in when the provider is away or takes the token no more, and never sooner', async ({
    ctx,
    api,
  }) => {
    const { house, identity, knowledge, writes } = await aChatter(ctx, api, { refreshTokens: true });
    house.idp.instead = (request, response) => {
      if (request.url !== '/token') return false;
      response.writeHead(503).end();
      return true;
    };
    expect(await writes(11)).toEqual([knowledge.id]);
    expect(await writes(12.5)).toContain('/sign-in');
    expect((await ctx.db.identity.findUniqueOrThrow({ where: { id: identity.id } })).refreshSealed).not.toBeNull();
    house.idp.instead = (request, response) => {
      if (request.url !== '/token') return false;
      response.writeHead(400, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: 'invalid_grant' }));
      return true;
    };
    expect(await writes(13)).toContain('/sign-in');
    expect((await ctx.db.identity.findUniqueOrThrow({ where: { id: identity.id } })).refreshSealed).toBeNull();
  });

  test('is renewed in the background before, by what they ask and by the workers, without waiting for it', async ({
    ctx,
    api,
  }) => {
    const { identity, knowledge, writes, house } = await aChatter(ctx, api, { refreshTokens: true });
    const told = async () =>
      (await ctx.db.identity.findUniqueOrThrow({ where: { id: identity.id } })).factsAt!.getTime();
    const first = await told();
    expect(await writes(7)).toEqual([knowledge.id]);
    await expect.poll(told, { timeout: 30_000 }).toBeGreaterThan(first + 6 * HOUR_MS);
    const second = await told();
    expect(await renewDue(later(ctx, 8))).toBe(0);
    expect(await renewDue(later(ctx, 14))).toBe(1);
    expect(await told()).toBeGreaterThan(second);
    expect(tokensAsked(house)).toBe(3);
  });
});

test('a refresh token is used once by several nodes at the same moment: one that comes twice is taken for stolen', async ({
  ctx,
  api,
}) => {
  const { house, identity, knowledge, writes } = await aChatter(ctx, api, { refreshTokens: true });
  let meanwhile: string[] = [];
  house.idp.bend = async (answer) => {
    meanwhile = await Promise.all([renew(ctx, identity.id), renew(ctx, identity.id)]);
    return answer;
  };
  expect(await renew(ctx, identity.id)).toBe('renewed');
  expect(meanwhile).toEqual(['busy', 'busy']);
  expect(tokensAsked(house)).toBe(2);
  house.idp.bend = null;
  expect(await Promise.all([writes(13), writes(13), writes(13)])).toEqual([
    [knowledge.id],
    [knowledge.id],
    [knowledge.id],
  ]);
});

test('whoever asks while another node, whose clock is ahead, renews what is theirs waits for it', async ({
  ctx,
  api,
}) => {
  const { house, identity, knowledge, writes } = await aChatter(ctx, api, { refreshTokens: true });
  const { node, refused } = anotherNode(ctx);
  let meanwhile: Promise<string[] | string> = Promise.resolve([]);
  house.idp.bend = async (answer) => {
    house.idp.bend = null;
    meanwhile = writes(13, node);
    await refused;
    return answer;
  };
  expect(await renew(later(ctx, 13.01), identity.id)).toBe('renewed');
  expect(await meanwhile).toEqual([knowledge.id]);
});

test('a refresh token that was given survives whatever fails after it: the used one is never sent again', async ({
  ctx,
  api,
}) => {
  const { house, identity, knowledge, writes } = await aChatter(ctx, api, { refreshTokens: true });
  house.idp.instead = (request, response) => {
    if (request.url !== '/me') return false;
    response.writeHead(503).end();
    return true;
  };
  expect(await renew(ctx, identity.id)).toBe('failed');
  house.idp.instead = null;
  expect(await writes(13)).toEqual([knowledge.id]);
  expect(await renew(later(ctx, 14), identity.id)).toBe('renewed');
});

describe('a stop in the middle of a renewal', () => {
  /** A provider that has been asked and answers when it is let go, and a process of its own that asked it. */
  async function asking(ctx: Context, api: TestApi, database: FreshDatabase) {
    const chatter = await aChatter(ctx, api, { refreshTokens: true });
    const node = { ...(await aContext(database)), secrets: ctx.secrets };
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    chatter.house.idp.bend = async (answer) => {
      asked.resolve();
      await held.promise;
      return answer;
    };
    return { ...chatter, node, asked: asked.promise, letGo: held.resolve };
  }

  test('waits for it: the refresh token that was given in place of the old one is not lost', async ({
    ctx,
    api,
    database,
  }) => {
    const { identity, account, knowledge, writes, node, asked, letGo } = await asking(ctx, api, database);
    const first = await ctx.db.identity.findUniqueOrThrow({ where: { id: identity.id } });
    await replyInChat(later(node, 7), { account, text: 'What is it?', direct: true, bot: 'bot' });
    await asked;
    const stopped = node.close();
    expect((await ctx.db.identity.findUniqueOrThrow({ where: { id: identity.id } })).renewingUntil).not.toBeNull();
    letGo();
    await stopped;
    const now = await ctx.db.identity.findUniqueOrThrow({ where: { id: identity.id } });
    expect(now.refreshSealed).not.toEqual(first.refreshSealed);
    expect(now.renewingUntil).toBeNull();
    expect(await writes(13)).toEqual([knowledge.id]);
  });

  test('begins none after it, by what is asked and by the workers', async ({ ctx, api, database }) => {
    const { house, identity } = await aChatter(ctx, api, { refreshTokens: true });
    const node = await aContext(database);
    await node.close();
    // What is left of the process still reads, by another's connections.
    const left = { ...later(node, 14), pool: ctx.pool, secrets: ctx.secrets };
    expect(await renewDue(left)).toBe(0);
    await expect(admit(left, identity.personId, PRIVATE)).rejects.toMatchObject({ code: 'sign_in_again' });
    expect(tokensAsked(house)).toBe(1);
  });
});

test('an answer that is about somebody else renews nothing', async ({ ctx, api }) => {
  const { house, identity, writes } = await aChatter(ctx, api, { refreshTokens: true });
  house.idp.bend = async (answer) => ({
    ...answer,
    id_token: await house.idp.sign({
      iss: house.idp.issuer,
      aud: 'gatehouse',
      sub: 'somebody-else',
      groups: ['readers'],
      iat: Math.floor(Date.now() / 1_000),
      exp: Math.floor(Date.now() / 1_000) + 60,
    }),
  });
  expect(await renew(ctx, identity.id)).toBe('failed');
  expect(await writes(13)).toContain('/sign-in');
});

test('what is too old ends sessions and API keys too, and says why', async ({ ctx, api }) => {
  const { browser, identity } = await aChatter(ctx, api, { refreshTokens: false });
  const person = { id: identity.personId, name: '', email: '', password: null };
  const key = await api.key(person, 'all');
  expect((await browser.call('GET', '/knowledge-bases')).status).toBe(200);
  expect((await key.call('GET', '/knowledge-bases')).status).toBe(200);
  await ctx.db.identity.update({
    where: { id: identity.id },
    data: { factsAt: new Date(Date.now() - 13 * HOUR_MS) },
  });
  expect((await browser.call('GET', '/session')).status).toBe(401);
  expect(await key.call('GET', '/knowledge-bases')).toMatchObject({ status: 403, body: { code: 'sign_in_again' } });
});

test('who reads along with facts that are too old counts as somebody unknown', async ({ ctx, api }) => {
  const { account, identity } = await aChatter(ctx, api, { refreshTokens: false });
  const readers = (hours: number) => audienceOf(later(ctx, hours), 'slack', account.tenantId, [account.externalId]);
  expect(await readers(11)).toEqual({ kind: 'members', personIds: [identity.personId], unlinked: false });
  expect(await readers(13)).toEqual({ kind: 'members', personIds: [], unlinked: true });
});

test('a local account goes on without what the provider has not confirmed for too long', async ({ ctx, api }) => {
  const { identity, writes, knowledge, account } = await aChatter(ctx, api, { refreshTokens: false });
  const local = await aPerson(ctx);
  await ctx.db.identity.updateMany({
    where: { personId: local.id },
    data: { personId: identity.personId },
  });
  await setPassword(ctx.pool, identity.personId, local.email, await hashPassword('a long enough secret'), false);
  const readers = (hours: number) => audienceOf(later(ctx, hours), 'slack', account.tenantId, [account.externalId]);
  expect(await writes(11)).toEqual([knowledge.id]);
  // Nobody has looked yet whether they still may: in a place they count as somebody unknown.
  expect(await readers(13)).toEqual({ kind: 'members', personIds: [], unlinked: true });
  expect(await writes(13)).toEqual([]);
  expect(await ctx.db.membership.count({ where: { personId: identity.personId } })).toBe(0);
  expect(await readers(13)).toEqual({ kind: 'members', personIds: [identity.personId], unlinked: false });
});

test('what a sign-in did not tell ages although it said who somebody is: groups and roles, each by itself', async ({
  ctx,
}) => {
  const provider = await aProvider(ctx, { settings: { missingGroups: 'keep', newPeople: 'user' } });
  const map = async (toldAs: 'group' | 'role') => {
    const [group, knowledge] = [await aGroup(ctx), await aKnowledgeBase(ctx)];
    await aGrant(ctx, knowledge, toGroup(group));
    await addMapping(ctx, OPERATOR, provider.id, { toldAs, externalId: 'x', label: '', to: { groupId: group.id } });
    return knowledge.id;
  };
  const [byGroup, byRole] = [await map('group'), await map('role')];
  const subject = newId();
  const tells = (hours: number, groups: 'missing' | [{ id: 'x' }], roles: 'missing' | ['x']) =>
    signOn(later(ctx, hours), provider, facts({ subject, groups, roles }));
  const { person } = await tells(0, [{ id: 'x' }], ['x']);
  const account = { surface: 'slack', tenantId: 'T1', externalId: newId(), name: 'n', workspace: 'w' };
  await ctx.db.chatAccount.create({ data: { id: newId(), personId: person.id, ...account } });
  const readsAlong = async (hours: number) => {
    const audience = await audienceOf(later(ctx, hours), 'slack', 'T1', [account.externalId]);
    return audience.kind === 'members' && audience.personIds.includes(person.id);
  };
  const reads = async (hours: number) => {
    const { personal } = await admit(later(ctx, hours), person.id, PRIVATE);
    return { byGroup: personal.knowledgeBaseIds.includes(byGroup), byRole: personal.knowledgeBaseIds.includes(byRole) };
  };
  await tells(11, 'missing', ['x']);
  expect(await reads(11.5)).toEqual({ byGroup: true, byRole: true });
  expect([await readsAlong(11.5), await readsAlong(13)]).toEqual([true, false]);
  expect(await reads(13)).toEqual({ byGroup: false, byRole: true });
  expect(await readsAlong(13)).toBe(true);
  await tells(14, [{ id: 'x' }], 'missing');
  expect(await reads(14)).toEqual({ byGroup: true, byRole: true });
  await tells(22, [{ id: 'x' }], 'missing');
  expect(await reads(24)).toEqual({ byGroup: true, byRole: false });
});

test('who has only a local account, or no identity at all, never ages', async ({ ctx }) => {
  const local = await aPerson(ctx);
  const service = { id: newId() };
  await ctx.db.person.create({ data: { id: service.id, name: 'robot', role: 'user', kind: 'service' } });
  for (const { id } of [local, service]) await expect(admit(later(ctx, 10_000), id, PRIVATE)).resolves.toBeDefined();
});

test('what a provider’s provisioning told holds as long as it goes on to tell, and no longer, however often it looks', async ({
  ctx,
}) => {
  const provider = await aProvider(ctx, { settings: { groupsFrom: 'scim', newPeople: 'user' } });
  const { person, identityId } = await signOn(ctx, provider, facts({ active: true, groups: 'kept' }));
  await ctx.db.scimUser.create({
    data: {
      identityId,
      providerId: provider.id,
      userName: newId(),
      active: true,
      createdAt: new Date(),
      updatedAt: new Date(),
    },
  });
  const toldAfter = async (hours: number) => {
    await ctx.db.scimToken.deleteMany({ where: { providerId: provider.id } });
    await ctx.db.scimToken.create({
      data: {
        id: newId(),
        providerId: provider.id,
        tokenHash: Buffer.from(newId()),
        name: 'provisioning',
        expiresAt: later(ctx, 10_000).clock.now(),
        lastUsedAt: later(ctx, 1_000).clock.now(),
        toldAt: later(ctx, hours).clock.now(),
      },
    });
  };
  await toldAfter(0);
  await expect(admit(later(ctx, 13), person.id, PRIVATE)).rejects.toMatchObject({ code: 'sign_in_again' });
  await toldAfter(30);
  await expect(admit(later(ctx, 41), person.id, PRIVATE)).resolves.toBeDefined();
  await expect(admit(later(ctx, 43), person.id, PRIVATE)).rejects.toMatchObject({ code: 'sign_in_again' });
  // What it would have told of this one, or of a group of theirs, is not known since a change was refused.
  const refusedAt = later(ctx, 25).clock.now();
  const group = { id: newId(), providerId: provider.id, displayName: 'g', createdAt: refusedAt, updatedAt: refusedAt };
  await ctx.db.scimGroup.create({ data: { ...group, members: { create: { identityId } } } });
  const refused = {
    user: (at: Date | null) => ctx.db.scimUser.update({ where: { identityId }, data: { refusedAt: at } }),
    group: (at: Date | null) => ctx.db.scimGroup.update({ where: { id: group.id }, data: { refusedAt: at } }),
  };
  for (const mark of [refused.user, refused.group]) {
    await mark(refusedAt);
    await expect(admit(later(ctx, 36), person.id, PRIVATE)).resolves.toBeDefined();
    await expect(admit(later(ctx, 38), person.id, PRIVATE)).rejects.toMatchObject({ code: 'sign_in_again' });
    await mark(null);
    await expect(admit(later(ctx, 38), person.id, PRIVATE)).resolves.toBeDefined();
  }
});
