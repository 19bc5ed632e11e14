import { expect } from 'vitest';
import { connect } from '../../../bots/teams/cloud.ts';
import { claimLink } from '../../../core/identity/chat-accounts.ts';
import { APP_ID, OTHER_TENANT, TENANT } from '../../fakes/teams.ts';
import { test, type Company } from './company.ts';

const ASK = 'What inhibits the kinase, the compound AVX-117?';
const HOME = 'How many days may employees work from home?';
const SECRET = /AVX|nanomolar|Compounds\b/;

const inboxRows = async (company: Company) => (await company.sql('SELECT 1 FROM inbox')).length;

const EMULATOR_ISSUER = 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/';

test('a delivery without a token, or with one that Teams did not make for this bot, is refused and nothing of it is kept', async ({
  company,
}) => {
  const { teams } = company;
  const kept = await inboxRows(company);
  const activity = teams.activityOf({ user: '29:anna', text: ASK });
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
  const kept = await inboxRows(company);
  for (const serviceUrl of [
    'https://evil.example/amer/',
    'http://smba.trafficmanager.net/amer/',
    'https://smba.trafficmanager.net.evil.example/',
    'https://smba.trafficmanager.net@evil.example/',
    teams.serviceUrl.replace('http://', 'http://user@'),
  ]) {
    const activity = { ...teams.activityOf({ user: '29:anna', text: ASK }), serviceUrl };
    const authorization = `Bearer ${teams.token({ serviceurl: serviceUrl })}`;
    expect((await teams.deliver(activity, { authorization })).status, serviceUrl).toBe(403);
  }
  expect(await inboxRows(company)).toBe(kept);
});

test('a body that is no activity, too large or not JSON is refused', async ({ company }) => {
  const { teams } = company;
  const activity = teams.activityOf({ user: '29:anna', text: ASK });
  expect((await teams.deliver({ ...activity, from: undefined })).status).toBe(400);
  expect((await teams.deliver({ ...activity, text: 'x'.repeat(600_000) })).status).toBe(413);
  expect((await teams.deliver(activity, { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
  const broken = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"type": ' };
  expect((await fetch(teams.botUrl, broken)).status).toBe(400);
  expect((await fetch(teams.botUrl)).status).toBe(404);
});

test.for([
  ['a guest', '29:gus', 'as a guest'],
  ['somebody of another tenant', '29:stan', 'belongs to another'],
  ['somebody without an object id', '29:una', 'belongs to another'],
])('%s is refused in a sentence, once, and nothing is looked up', async ([, user, why], { company }) => {
  const { teams } = company;
  await teams.say({ user: user!, text: ASK });
  await teams.say({ user: user!, text: ASK });
  await company.quiet();
  const said = teams.said(teams.personalOf(user!));
  expect(said.map(({ activity }) => activity.text)).toEqual([expect.stringContaining(why!)]);
  expect(await company.sql('SELECT 1 FROM chat_link WHERE name LIKE $1', `%${user}%`)).toEqual([]);
});

test('a bot is told once that bots are not answered', async ({ company }) => {
  const { teams } = company;
  teams.addUser({ id: '28:another-bot', name: 'R2' });
  await teams.say({ user: '28:another-bot', text: ASK });
  await teams.say({ user: '28:another-bot', text: ASK });
  await company.quiet();
  expect(teams.said(teams.personalOf('28:another-bot')).map(({ activity }) => activity.text)).toEqual([
    'I do not answer other bots.',
  ]);
});

test('people of a tenant that is not ours are strangers, whatever else the message says', async ({ company }) => {
  const { teams } = company;
  teams.addUser({ id: '29:fay', name: 'Fay', tenantId: OTHER_TENANT });
  const activity = teams.activityOf({ user: '29:fay', text: ASK });
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
  const text = teams.textIn(teams.personalOf('29:fay'));
  expect(text).toContain('belongs to another');
  expect(text).not.toMatch(/link\/|nanomolar/);
});

test('while Teams does not say who writes, or names somebody else, nobody is believed to be anybody', async ({
  company,
}) => {
  const { teams } = company;
  teams.addUser({ id: '29:fresh', name: 'Fresh' });
  teams.trouble({ method: /GET/, path: /members\/29:fresh/, status: 500 });
  await teams.say({ user: '29:fresh', text: ASK });
  await company.quiet();
  expect(teams.textIn(teams.personalOf('29:fresh'))).toContain('could not check who you are');

  teams.addUser({ id: '29:liar', name: 'Liar' });
  const activity = teams.activityOf({ user: '29:liar', text: ASK });
  await teams.deliver({ ...activity, from: { ...activity.from, aadObjectId: teams.users.get('29:anna')!.objectId } });
  await company.quiet();
  expect(teams.textIn(teams.personalOf('29:liar'))).toContain('could not check who you are');
  expect(teams.textIn(teams.personalOf('29:liar'))).not.toMatch(SECRET);
});

test.for([
  ['no tenant', { tenantId: undefined }],
  ['no sign-in name', { userPrincipalName: undefined }],
])('a list of members with %s makes a stranger, never a colleague', async ([what, missing], { company }) => {
  const { teams } = company;
  const user = `29:odd-${(what as string).replaceAll(' ', '-')}`;
  teams.addUser({ id: user, name: 'Odd' });
  const { objectId } = teams.users.get(user)!;
  const row = { id: user, name: 'Odd', aadObjectId: objectId, tenantId: TENANT, userPrincipalName: 'odd@acme.test' };
  teams.trouble({ method: /GET/, path: new RegExp(`members/${user}`), body: { ...row, ...(missing as object) } });
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(teams.textIn(teams.personalOf(user))).toContain('could not check who you are');
});

test('somebody without a linked account gets a sign-in link and no answer: in a group only the advice to write personally', async ({
  company,
}) => {
  const { teams, ctx } = company;
  const before = teams.said('19:new@thread.v2').length;
  await teams.say({ user: '29:nele', text: HOME });
  await teams.say({ user: '29:nele', text: HOME, chat: '19:new@thread.v2' });
  await company.quiet();
  const direct = teams.textIn(teams.personalOf('29:nele'));
  expect(direct).toContain(`${ctx.config.PUBLIC_URL}/link/`);
  expect(direct).not.toMatch(/three days|not here/);
  expect(teams.said(teams.personalOf('29:nele'))).toHaveLength(2);
  const open = teams
    .said('19:new@thread.v2')
    .slice(before)
    .map(({ activity }) => activity.text);
  expect(open).toEqual([expect.stringContaining('Write to me in our personal chat')]);
  expect(open.join()).not.toMatch(/link\/|three days/);
});

test('six digits in a group link nobody, only those in the personal chat do', async ({ company }) => {
  const { teams, ctx, people } = company;
  teams.addUser({ id: '29:lina', name: 'Lina' });
  teams.addChat({ id: '19:lina@thread.v2', kind: 'groupChat', members: ['29:anna', '29:lina'] });
  await teams.say({ user: '29:lina', text: 'hello' });
  await company.quiet();
  const token = /link\/([\w-]+)/.exec(teams.textIn(teams.personalOf('29:lina')))?.[1] ?? '';
  const { code } = await claimLink(ctx, token, people.ben.id);
  await teams.say({ user: '29:lina', text: code, chat: '19:lina@thread.v2' });
  await company.quiet();
  const linked = () =>
    company.sql('SELECT 1 FROM chat_account WHERE external_id = $1', teams.users.get('29:lina')!.objectId);
  expect(await linked()).toEqual([]);
  await teams.say({ user: '29:lina', text: code });
  await company.quiet();
  expect(await linked()).toHaveLength(1);
  expect(teams.textIn(teams.personalOf('29:lina'))).toContain('belongs to Ben');
});

test.for([
  ['a group chat', '19:mix@thread.v2'],
  ['a channel', '19:all@thread.tacv2'],
])(
  'in %s nothing is said from a document that one member may not read; the asker gets it alone, and the place hears of no document',
  async ([, chat], { company }) => {
    const { teams } = company;
    const before = teams.said(teams.personalOf('29:anna')).length;
    await teams.say({ user: '29:anna', text: ASK, chat: chat! });
    await company.quiet();
    expect(teams.textIn(chat!)).not.toMatch(SECRET);
    expect(teams.textIn(chat!)).not.toContain('direct chat');
    const direct = teams.said(teams.personalOf('29:anna')).slice(before);
    expect(direct.map(({ activity }) => activity.text).join('\n')).toContain('4.2 nanomolar');
    expect(JSON.stringify(direct)).toContain('AVX-117.md');
  },
);

test('in a private channel its own members count, not those of the team', async ({ company }) => {
  const { teams } = company;
  await teams.say({ user: '29:anna', text: ASK, chat: '19:private@thread.tacv2' });
  await company.quiet();
  expect(teams.textIn('19:private@thread.tacv2')).toContain('4.2 nanomolar');
  teams.chats.get('19:private@thread.tacv2')!.members.push('29:ben');
  await teams.deliver({
    ...teams.activityOf({ user: '29:anna', text: '', chat: '19:private@thread.tacv2' }),
    type: 'conversationUpdate',
    membersAdded: [{ id: '29:ben' }],
  });
  const asked = await teams.say({ user: '29:anna', text: ASK, chat: '19:private@thread.tacv2' });
  await company.quiet();
  expect(
    teams
      .said(asked['conversation'].id)
      .map(({ activity }) => activity.text)
      .join(),
  ).not.toMatch(SECRET);
});

test('a member without an account has what everyone has, and no more', async ({ company }) => {
  const { teams } = company;
  await teams.say({ user: '29:anna', text: ASK, chat: '19:new@thread.v2' });
  await teams.say({ user: '29:anna', text: HOME, chat: '19:new@thread.v2' });
  await company.quiet();
  expect(teams.textIn('19:new@thread.v2')).not.toMatch(SECRET);
  expect(teams.textIn('19:new@thread.v2')).toContain('three days a week');
});

test.for([
  ['a guest', '19:guest@thread.v2', 'guests'],
  ['somebody of another company', '19:partners@thread.v2', 'outside the company'],
  ['somebody without an account at Entra', '19:meeting@thread.v2', 'outside the company'],
])(
  'with %s in the room nothing is said from any document; the asker is told why and answered alone',
  async ([, chat, why], { company }) => {
    const { teams } = company;
    const before = teams.said(teams.personalOf('29:anna')).length;
    const beforeHere = teams.said(chat!).length;
    await teams.say({ user: '29:anna', text: HOME, chat: chat! });
    await company.quiet();
    const here = teams.said(chat!).slice(beforeHere);
    expect(here.map(({ activity }) => activity.text)).toEqual([expect.stringContaining(why!)]);
    const direct = teams.said(teams.personalOf('29:anna')).slice(before);
    expect(direct.map(({ activity }) => activity.text).join('\n')).toContain('three days a week');
  },
);

test.for([
  ['cannot be read', { status: 500 }],
  ['breaks off after a page', { status: 403, after: 1 }],
  ['gives the same page again and again', { body: { members: [], continuationToken: 'again' }, times: 3 }],
  ['is empty', { body: { members: [] } }],
  ['is not one', { body: { people: [] } }],
])('when the list of members %s it is as if strangers read along', async ([what, trouble], { company }) => {
  const { teams } = company;
  const { after = 0, times = 1, ...given } = trouble as { after?: number; times?: number; status?: number };
  const chat = `19:${(what as string).replaceAll(/\W/g, '')}@thread.v2`;
  teams.addChat({ id: chat, kind: 'groupChat', members: ['29:anna', '29:arne', '29:ben'] });
  if (after > 0)
    teams.trouble({ method: /GET/, path: /pagedmembers/, body: { members: [], continuationToken: '2' } }, after);
  teams.trouble({ method: /GET/, path: /pagedmembers/, ...given }, times);
  await teams.say({ user: '29:anna', text: HOME, chat });
  await company.quiet();
  teams.untrouble();
  expect(teams.said(chat).map(({ activity }) => activity.text)).toEqual([
    expect.stringContaining('could not read the whole list'),
  ]);
});

test('an asker who cannot be written to is told so in the place, without a document', async ({ company }) => {
  const { teams } = company;
  teams.users.get('29:arne')!.installed = false;
  await teams.say({ user: '29:arne', text: ASK, chat: '19:mix@thread.v2' });
  await teams.say({ user: '29:arne', text: HOME, chat: '19:guest@thread.v2' });
  await company.quiet();
  teams.users.get('29:arne')!.installed = true;
  for (const chat of ['19:mix@thread.v2', '19:guest@thread.v2']) {
    const last = teams.said(chat).at(-1)?.activity['text'];
    expect(last).toContain("can't write to you first");
    expect(last).not.toMatch(SECRET);
  }
});

test('in group chats and channels only who mentions the bot is answered, by the entity and not by the text', async ({
  company,
}) => {
  const { teams } = company;
  const before = teams.messages.length;
  await teams.say({ user: '29:anna', text: HOME, chat: '19:lab@thread.v2', mention: false });
  await teams.say({ user: '29:anna', text: `<at>Gatehouse</at> ${HOME}`, chat: '19:lab@thread.v2', mention: false });
  const activity = teams.activityOf({ user: '29:anna', text: HOME, chat: '19:lab@thread.v2', mention: false });
  await teams.deliver({
    ...activity,
    entities: [{ type: 'mention', text: '<at>Ben</at>', mentioned: { id: '29:ben', name: 'Ben' } }],
  });
  for (const type of ['messageUpdate', 'messageDelete', 'messageReaction', 'typing', 'event'])
    await teams.deliver({ ...teams.activityOf({ user: '29:anna', text: ASK }), type });
  await company.quiet();
  expect(teams.messages.slice(before)).toEqual([]);
});

test('somebody whose rights were taken away between two questions is answered without them', async ({ company }) => {
  const { teams, people } = company;
  const direct = teams.personalOf('29:arne');
  await teams.say({ user: '29:arne', text: ASK });
  await company.quiet();
  expect(teams.textIn(direct)).toContain('4.2 nanomolar');
  await company.sql('DELETE FROM membership WHERE person_id = $1', people.arne.id);
  const before = teams.said(direct).length;
  await teams.say({ user: '29:arne', text: ASK });
  await company.quiet();
  expect(JSON.stringify(teams.said(direct).slice(before))).not.toContain('nanomolar');
  await company.sql(
    "INSERT INTO membership (group_id, person_id) SELECT id, $1 FROM access_group WHERE name = 'Research'",
    people.arne.id,
  );
});

test('the text of what was answered is not kept in the inbox', async ({ company }) => {
  await company.teams.say({ user: '29:anna', text: HOME });
  await company.quiet();
  expect(await company.sql('SELECT 1 FROM inbox WHERE handled_at IS NOT NULL AND payload IS NOT NULL')).toEqual([]);
});
