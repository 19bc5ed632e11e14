import { expect } from 'vitest';
import { connect } from '../../../bots/teams/cloud.ts';
import { claimLink } from '../../../core/identity/chat-accounts.ts';
import { newId } from '../../../core/ids.ts';
import { APP_ID, OTHER_TENANT, TENANT } from '../../fakes/teams/tenant.ts';
import { test, type Company } from './company.ts';

const ASK = 'What inhibits the kinase, the compound AVX-117?';
const HOME = 'How many days may employees work from home?';
const SECRET = /AVX|nanomolar|Compounds\b/;

const texts = ({ teams }: Company, chat: string) => teams.said(chat).map(({ activity }) => activity.text as string);
const inboxRows = async (company: Company) => (await company.sql('SELECT 1 FROM inbox')).length;

const EMULATOR_ISSUER = 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/';

test('a delivery without a token, or with one that Teams did not make for this bot, is refused and nothing of it is kept', async ({
  company,
}) => {
  const { teams } = company;
  const { user } = await company.researcher();
  const kept = await inboxRows(company);
  const activity = teams.activityOf({ user, text: ASK });
  const now = Math.floor(Date.now() / 1_000);
  const bearer = (...given: Parameters<typeof teams.token>) => `Bearer ${teams.token(...given)}`;
  const refused: Record<string, string | null> = {
    none: null,
    'not a bearer': 'Basic YWJj',
    rubbish: 'Bearer a.b.c',
    unsigned: bearer({}, { alg: 'none' }),
    'signed by somebody else': bearer({}, { key: 'foreign' }),
    'endorsed for another channel': bearer({}, { key: 'skype' }),
    'for another bot': bearer({ aud: '99999999-2222-4333-8444-555555555555' }),
    expired: bearer({ nbf: now - 9_000, exp: now - 900 }),
    'of another issuer': bearer({ iss: 'https://evil.example' }),
    'of the emulator': bearer({ iss: EMULATOR_ISSUER, appid: APP_ID, ver: '1.0' }, { key: 'foreign' }),
    'for another service address': bearer({ serviceurl: 'https://smba.trafficmanager.net/emea/' }),
    'without a service address': bearer({ serviceurl: undefined }),
  };
  for (const [what, authorization] of Object.entries(refused))
    expect((await teams.deliver(activity, { authorization })).status, what).toBe(401);
  expect((await teams.deliver({ ...activity, channelId: '' })).status).toBe(401);
  expect((await teams.deliver({ ...activity, channelId: 'emulator' })).status).toBe(401);
  expect((await teams.deliver({ ...activity, channelId: 'AseChannel' })).status).toBe(401);
  expect((await teams.deliver({ ...activity, serviceUrl: undefined })).status).toBe(401);
  expect(await inboxRows(company)).toBe(kept);
});

test("a token that Entra made for the bot's own app is rejected although the SDK believes it", async ({ company }) => {
  const { teams, ctx } = company;
  const { authentication } = connect(ctx.config, teams.cloud);
  const token = teams.token({ iss: EMULATOR_ISSUER, appid: APP_ID, ver: '1.0' }, { key: 'foreign' });
  const activity = { type: 'message', channelId: 'msteams', serviceUrl: teams.serviceUrl };
  await expect(authentication.authenticateRequest(activity as never, `Bearer ${token}`)).rejects.toThrow(
    'not a token of the Bot Connector',
  );
});

test('an address that we may not write to is refused even with a token that names it: ours would go there', async ({
  company,
}) => {
  const { teams } = company;
  const { user } = await company.researcher();
  const kept = await inboxRows(company);
  for (const serviceUrl of [
    'https://evil.example/amer/',
    'http://smba.trafficmanager.net/amer/',
    'https://smba.trafficmanager.net.evil.example/',
    'https://smba.trafficmanager.net@evil.example/',
    teams.serviceUrl.replace('http://', 'http://user@'),
  ]) {
    const activity = { ...teams.activityOf({ user, text: ASK }), serviceUrl };
    const authorization = `Bearer ${teams.token({ serviceurl: serviceUrl })}`;
    expect((await teams.deliver(activity, { authorization })).status, serviceUrl).toBe(403);
  }
  expect(await inboxRows(company)).toBe(kept);
});

test('a body that is no activity, too large or not JSON is refused', async ({ company }) => {
  const { teams } = company;
  const { user } = await company.researcher();
  const activity = teams.activityOf({ user, text: ASK });
  expect((await teams.deliver({ ...activity, from: undefined })).status).toBe(400);
  expect((await teams.deliver({ ...activity, text: 'x'.repeat(600_000) })).status).toBe(413);
  expect((await teams.deliver(activity, { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
  const broken = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"type": ' };
  expect((await fetch(teams.botUrl, broken)).status).toBe(400);
  expect((await fetch(teams.botUrl)).status).toBe(404);
});

test.for([
  ['a guest', { signInName: 'gus_partner.test#EXT#@acme.onmicrosoft.com', userRole: 'guest' }, 'as a guest'],
  ['somebody of another tenant', { tenantId: OTHER_TENANT }, 'belongs to another'],
  ['somebody without an object id', { objectId: '' }, 'belongs to another'],
] as const)('%s is refused in a sentence, once, and nothing is looked up', async ([, fields, why], { company }) => {
  const { user, name, chat } = company.newcomer(fields);
  await company.teams.say({ user, text: ASK });
  await company.teams.say({ user, text: ASK });
  await company.quiet();
  expect(texts(company, chat)).toEqual([expect.stringContaining(why)]);
  expect(await company.sql('SELECT 1 FROM chat_link WHERE name LIKE $1', `%${name}%`)).toEqual([]);
});

test('a bot is told once that bots are not answered', async ({ company }) => {
  const { teams } = company;
  const user = `28:${newId()}`;
  teams.addUser({ id: user, name: 'R2' });
  await teams.say({ user, text: ASK });
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(texts(company, teams.personalOf(user))).toEqual(['I do not answer other bots.']);
});

test('people of a tenant that is not ours are strangers, whatever else the message says', async ({ company }) => {
  const { teams } = company;
  const { user, chat } = company.newcomer({ tenantId: OTHER_TENANT });
  const activity = teams.activityOf({ user, text: ASK });
  const foreign = {
    ...activity,
    conversation: { ...activity.conversation, tenantId: OTHER_TENANT },
    channelData: { tenant: { id: OTHER_TENANT } },
  };
  await teams.deliver(foreign);
  await company.quiet();
  const mixed = { ...foreign, id: teams.newId(), channelData: { tenant: { id: TENANT } } };
  await teams.deliver(mixed);
  await company.quiet();
  expect(teams.textIn(chat)).toContain('belongs to another');
  expect(teams.textIn(chat)).not.toMatch(/link\/|nanomolar/);
});

test('while Teams does not say who writes, or names somebody else, nobody is believed to be anybody', async ({
  company,
}) => {
  const { teams } = company;
  const arne = await company.researcher();
  teams.trouble({ method: /GET/, path: new RegExp(`members/${arne.user}`), status: 500 });
  await teams.say({ user: arne.user, text: ASK });
  await company.quiet();
  expect(teams.textIn(arne.chat)).toContain('could not check who you are');

  const liar = company.newcomer();
  const activity = teams.activityOf({ user: liar.user, text: ASK });
  const { objectId } = teams.users.get(arne.user)!;
  await teams.deliver({ ...activity, from: { ...activity.from, aadObjectId: objectId } });
  await company.quiet();
  expect(teams.textIn(liar.chat)).toContain('could not check who you are');
  expect(teams.textIn(liar.chat)).not.toMatch(SECRET);
});

test.for([
  ['no tenant', { tenantId: undefined }],
  ['no sign-in name', { userPrincipalName: undefined }],
])('a list of members with %s makes a stranger, never a colleague', async ([, missing], { company }) => {
  const { teams } = company;
  const { user, name, chat } = await company.researcher();
  const { objectId } = teams.users.get(user)!;
  const row = { id: user, name, aadObjectId: objectId, tenantId: TENANT, userPrincipalName: 'odd@acme.test' };
  teams.trouble({ method: /GET/, path: new RegExp(`members/${user}`), body: { ...row, ...(missing as object) } });
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(teams.textIn(chat)).toContain('could not check who you are');
  expect(teams.textIn(chat)).not.toMatch(SECRET);
});

test('somebody without a linked account gets a sign-in link and no answer: in a group only the advice to write personally', async ({
  company,
}) => {
  const { teams, ctx } = company;
  const nele = company.newcomer();
  const chat = company.room([await company.researcher(), nele]);
  await teams.say({ user: nele.user, text: HOME });
  await teams.say({ user: nele.user, text: HOME, chat });
  await company.quiet();
  expect(texts(company, nele.chat)).toHaveLength(2);
  expect(teams.textIn(nele.chat)).toContain(`${ctx.config.PUBLIC_URL}/link/`);
  expect(teams.textIn(nele.chat)).not.toMatch(/three days|not here/);
  expect(texts(company, chat)).toEqual([expect.stringContaining('Write to me in our personal chat')]);
  expect(teams.textIn(chat)).not.toMatch(/link\/|three days/);
});

test('six digits in a group link nobody, only those in the personal chat do', async ({ company }) => {
  const { teams, ctx } = company;
  const [anna, ben, lina] = [await company.researcher(), await company.colleague('Ben'), company.newcomer()];
  const chat = company.room([anna, lina]);
  await teams.say({ user: lina.user, text: 'hello' });
  await company.quiet();
  const token = /link\/([\w-]+)/.exec(teams.textIn(lina.chat))?.[1] ?? '';
  const { code } = await claimLink(ctx, token, ben.id);
  await teams.say({ user: lina.user, text: code, chat });
  await company.quiet();
  const linked = () =>
    company.sql('SELECT 1 FROM chat_account WHERE external_id = $1', teams.users.get(lina.user)!.objectId);
  expect(await linked()).toEqual([]);
  await teams.say({ user: lina.user, text: code });
  await company.quiet();
  expect(await linked()).toHaveLength(1);
  expect(teams.textIn(lina.chat)).toContain('belongs to Ben');
});

test.for([
  ['a group chat', 'groupChat'],
  ['a channel', 'channel'],
] as const)(
  'in %s nothing is said from a document that one member may not read; the asker gets it alone, and the place hears of no document',
  async ([, kind], { company }) => {
    const { teams } = company;
    const anna = await company.researcher();
    const chat = company.room([anna, await company.researcher(), await company.colleague()], { kind });
    await teams.say({ user: anna.user, text: ASK, chat });
    await company.quiet();
    expect(teams.textIn(chat)).not.toMatch(SECRET);
    expect(teams.textIn(chat)).not.toContain('direct chat');
    expect(teams.textIn(anna.chat)).toContain('4.2 nanomolar');
    expect(JSON.stringify(teams.said(anna.chat))).toContain('AVX-117.md');
  },
);

test('in a private channel its own members count, not those of the team', async ({ company }) => {
  const { teams } = company;
  const [anna, arne, ben] = [await company.researcher(), await company.researcher(), await company.colleague()];
  const team = [anna, arne, ben, company.newcomer({ userRole: 'guest' })].map(({ user }) => user);
  const chat = company.room([anna, arne], { kind: 'channel', name: 'Secret compounds', team });
  await teams.say({ user: anna.user, text: ASK, chat });
  await company.quiet();
  expect(teams.textIn(chat)).toContain('4.2 nanomolar');
  teams.chats.get(chat)!.members.push(ben.user);
  await teams.deliver({
    ...teams.activityOf({ user: anna.user, text: '', chat }),
    type: 'conversationUpdate',
    membersAdded: [{ id: ben.user }],
  });
  const asked = await teams.say({ user: anna.user, text: ASK, chat });
  await company.quiet();
  expect(texts(company, asked['conversation'].id)).toHaveLength(1);
  expect(texts(company, asked['conversation'].id).join()).not.toMatch(SECRET);
});

test('a member without an account has what everyone has, and no more', async ({ company }) => {
  const { teams } = company;
  const anna = await company.researcher();
  const chat = company.room([anna, company.newcomer()]);
  await teams.say({ user: anna.user, text: ASK, chat });
  await teams.say({ user: anna.user, text: HOME, chat });
  await company.quiet();
  expect(teams.textIn(chat)).not.toMatch(SECRET);
  expect(teams.textIn(chat)).toContain('three days a week');
});

test.for([
  ['a guest', { signInName: 'gus_partner.test#EXT#@acme.onmicrosoft.com', userRole: 'guest' }, 'guests'],
  ['somebody of another company', { tenantId: OTHER_TENANT }, 'outside the company'],
  ['somebody without an account at Entra', { objectId: '' }, 'outside the company'],
] as const)(
  'with %s in the room nothing is said from any document; the asker is told why and answered alone',
  async ([, fields, why], { company }) => {
    const anna = await company.researcher();
    const chat = company.room([anna, company.newcomer(fields)]);
    await company.teams.say({ user: anna.user, text: HOME, chat });
    await company.quiet();
    expect(texts(company, chat)).toEqual([expect.stringContaining(why)]);
    expect(texts(company, anna.chat).join('\n')).toContain('three days a week');
  },
);

test.for([
  ['cannot be read', { status: 500 }],
  ['breaks off after a page', { status: 403, after: 1 }],
  ['gives the same page again and again', { body: { members: [], continuationToken: 'again' }, times: 3 }],
  ['is empty', { body: { members: [] } }],
  ['is not one', { body: { people: [] } }],
])('when the list of members %s it is as if strangers read along', async ([, trouble], { company }) => {
  const { teams } = company;
  const { after = 0, times = 1, ...given } = trouble as { after?: number; times?: number; status?: number };
  const anna = await company.researcher();
  const chat = company.room([anna, await company.researcher(), await company.colleague()]);
  if (after > 0)
    teams.trouble({ method: /GET/, path: /pagedmembers/, body: { members: [], continuationToken: '2' } }, after);
  teams.trouble({ method: /GET/, path: /pagedmembers/, ...given }, times);
  await teams.say({ user: anna.user, text: HOME, chat });
  await company.quiet();
  expect(texts(company, chat)).toEqual([expect.stringContaining('could not read the whole list')]);
});

test('an asker who cannot be written to is told so in the place, without a document', async ({ company }) => {
  const { teams } = company;
  const arne = await company.researcher();
  const mixed = company.room([arne, await company.colleague()]);
  const withGuest = company.room([arne, company.newcomer({ userRole: 'guest' })]);
  teams.users.get(arne.user)!.installed = false;
  await teams.say({ user: arne.user, text: ASK, chat: mixed });
  await teams.say({ user: arne.user, text: HOME, chat: withGuest });
  await company.quiet();
  for (const chat of [mixed, withGuest]) {
    expect(texts(company, chat).at(-1)).toContain("can't write to you first");
    expect(teams.textIn(chat)).not.toMatch(SECRET);
  }
});

test('in group chats and channels only who mentions the bot is answered, by the entity and not by the text', async ({
  company,
}) => {
  const { teams } = company;
  const [anna, ben] = [await company.researcher(), await company.colleague()];
  const { user } = anna;
  const chat = company.room([anna, ben]);
  const before = teams.messages.length;
  await teams.say({ user, text: HOME, chat, mention: false });
  await teams.say({ user, text: `<at>Gatehouse</at> ${HOME}`, chat, mention: false });
  await teams.deliver({
    ...teams.activityOf({ user, text: HOME, chat, mention: false }),
    entities: [{ type: 'mention', text: '<at>Ben</at>', mentioned: { id: ben.user, name: ben.name } }],
  });
  for (const type of ['messageUpdate', 'messageDelete', 'messageReaction', 'typing', 'event'])
    await teams.deliver({ ...teams.activityOf({ user, text: ASK }), type });
  await company.quiet();
  expect(teams.messages.slice(before)).toEqual([]);
});

test('somebody whose rights were taken away between two questions is answered without them', async ({ company }) => {
  const { teams } = company;
  const { id, user, chat } = await company.researcher();
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(teams.textIn(chat)).toContain('4.2 nanomolar');
  await company.sql('DELETE FROM membership WHERE person_id = $1', id);
  const before = teams.said(chat).length;
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(texts(company, chat)).toHaveLength(before + 1);
  expect(JSON.stringify(teams.said(chat).slice(before))).not.toContain('nanomolar');
});

test('somebody deactivated in the middle of a conversation is answered no more', async ({ company }) => {
  const { teams } = company;
  const { id, user, chat } = await company.researcher();
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(teams.textIn(chat)).toContain('4.2 nanomolar');
  await company.sql("UPDATE person SET status = 'deactivated' WHERE id = $1", id);
  const before = teams.said(chat).length;
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(JSON.stringify(teams.said(chat).slice(before))).not.toMatch(/nanomolar|AVX/);
});

test('the text of what was answered is not kept in the inbox', async ({ company }) => {
  const { user } = await company.colleague();
  await company.teams.say({ user, text: HOME });
  await company.quiet();
  expect(await company.sql('SELECT 1 FROM inbox WHERE handled_at IS NOT NULL')).not.toEqual([]);
  expect(await company.sql('SELECT 1 FROM inbox WHERE handled_at IS NOT NULL AND payload IS NOT NULL')).toEqual([]);
});
