import { expect } from 'vitest';
import { test, type Company } from './company.ts';

const ASK = 'What inhibits the kinase, the compound AVX-117?';
const all = ({ slack }: Company, channel: string) =>
  slack.messages
    .filter((m) => m.channel === channel && m.user === slack.bot)
    .map(slack.textOf)
    .join('\n');

test('a delivery that is unsigned, wrongly signed, old or from the future is refused and nothing of it is kept', async ({
  company,
}) => {
  const { slack } = company;
  const now = Math.floor(Date.now() / 1_000);
  const body = {
    type: 'event_callback',
    team_id: slack.team,
    event_id: 'Ev1',
    event: { type: 'message', channel_type: 'im', channel: 'DUANNA', user: 'UANNA', text: 'hello', ts: '1.1' },
  };
  expect((await slack.deliver(body, { secret: 'another-secret' })).status).toBe(401);
  expect((await slack.deliver(body, { timestamp: now - 301 })).status).toBe(401);
  expect((await slack.deliver(body, { timestamp: now + 301 })).status).toBe(401);
  expect((await fetch(slack.eventsUrl, { method: 'POST', body: JSON.stringify(body) })).status).toBe(401);
  expect(await company.sql("SELECT 1 FROM inbox WHERE event_key LIKE '%:1.1'")).toEqual([]);
  expect(await slack.deliver({ ...body, padding: 'x'.repeat(3_000_000) })).toMatchObject({ status: 413, text: '' });
});

test('a guest is refused in a sentence, once, and nothing is looked up', async ({ company }) => {
  const { slack } = company;
  await slack.say({ user: 'UGUS', text: ASK });
  await slack.say({ user: 'UGUS', text: ASK });
  await company.quiet();
  const said = slack.said('DUGUS');
  expect(said.map((m) => m.text)).toEqual([expect.stringContaining('as a guest')]);
  expect(await company.sql("SELECT 1 FROM chat_link WHERE external_id = 'UGUS'")).toEqual([]);
});

test('somebody of another company is refused although the workspace shows them, and a deactivated user hears nothing', async ({
  company,
}) => {
  const { slack } = company;
  await slack.say({ user: 'USTAN', text: ASK, channel: 'CCON' });
  slack.addUser({ id: 'UGONE', name: 'Gone', deleted: true });
  await slack.say({ user: 'UGONE', text: ASK });
  await slack.say({ user: 'USTAN', text: `<@${slack.bot}> ${ASK}`, channel: 'CCON' });
  await company.quiet();
  expect(slack.whispered('CCON', 'USTAN').map((m) => m.text)).toEqual([expect.stringContaining('belongs to another')]);
  expect(slack.said('DUGONE')).toEqual([]);
});

test('while Slack does not say who writes, nobody is believed to be anybody', async ({ company }) => {
  const { slack } = company;
  slack.addUser({ id: 'UFRESH', name: 'Fresh' });
  slack.trouble('users.info', { error: 'not_authed' });
  await slack.say({ user: 'UFRESH', text: ASK });
  await company.quiet();
  expect(all(company, 'DUFRESH')).toContain('could not check who you are');
});

test('somebody without a linked account gets a sign-in link and no answer: directly in the direct chat, unseen by others in a channel', async ({
  company,
}) => {
  const { slack, ctx } = company;
  await slack.say({ user: 'UNELE', text: 'How many days may I work from home?' });
  await slack.say({ user: 'UNELE', text: `<@${slack.bot}> How many days may I work from home?`, channel: 'CALL' });
  await company.quiet();
  expect(all(company, 'DUNELE')).toContain(`${ctx.config.PUBLIC_URL}/link/`);
  expect(all(company, 'DUNELE')).not.toContain('three days');
  const [whisper] = slack.whispered('CALL', 'UNELE');
  expect(whisper?.text).toContain('/link/');
  expect(whisper?.text).toContain('not here');
  expect(slack.said('CALL').filter((m) => m.text.includes('/link/'))).toEqual([]);
});

test('in a channel nothing is said from a document that one of its members may not read; the asker gets it alone, and the note names no document', async ({
  company,
}) => {
  const { slack } = company;
  const { ts } = await slack.say({ user: 'UANNA', text: `<@${slack.bot}> ${ASK}`, channel: 'GMIX' });
  await company.quiet();
  const open = slack.said('GMIX').map(slack.textOf).join('\n');
  expect(open).not.toMatch(/AVX|nanomolar|Compounds/);
  expect(slack.said('GMIX', ts)).toHaveLength(1);
  const note = slack
    .whispered('GMIX', 'UANNA')
    .map((m) => m.text)
    .join('\n');
  expect(note).toContain('direct chat');
  expect(note).not.toMatch(/AVX|nanomolar|Compounds/);
  const direct = all(company, 'DUANNA');
  expect(direct).toContain('4.2 nanomolar');
  expect(direct).toContain('AVX-117.md');
});

test('in a public channel nothing is said but what everyone of the company may read', async ({ company }) => {
  const { slack } = company;
  await slack.say({ user: 'UARNE', text: `<@${slack.bot}> ${ASK}`, channel: 'CALL' });
  await company.quiet();
  expect(slack.said('CALL').map(slack.textOf).join('\n')).not.toMatch(/AVX|nanomolar/);
  expect(all(company, 'DUARNE')).toContain('4.2 nanomolar');
});

test('a member without an account has what everyone has, and no more', async ({ company }) => {
  const { slack } = company;
  await slack.say({ user: 'UANNA', text: `<@${slack.bot}> ${ASK}`, channel: 'GNEW' });
  await slack.say({
    user: 'UANNA',
    text: `<@${slack.bot}> How many days may employees work from home?`,
    channel: 'GNEW',
  });
  await company.quiet();
  const open = slack.said('GNEW').map(slack.textOf).join('\n');
  expect(open).not.toMatch(/AVX|nanomolar/);
  expect(open).toContain('three days a week');
});

test.for([
  ['a channel shared with another company', 'CCON', 'outside the company'],
  ['a channel with a guest', 'GGUEST', 'guests'],
])(
  'in %s nothing is said from any document; the asker is told why and answered alone',
  async ([, channel, why], { company }) => {
    const { slack } = company;
    await slack.say({
      user: 'UANNA',
      text: `<@${slack.bot}> How many days may employees work from home?`,
      channel: channel!,
    });
    await company.quiet();
    expect(slack.said(channel!)).toEqual([]);
    expect(
      slack
        .whispered(channel!, 'UANNA')
        .map((m) => m.text)
        .join(),
    ).toContain(why);
    expect(all(company, 'DUANNA')).toContain('three days a week');
  },
);

test.for([
  ['the list of members breaks off', 'conversations.members', { error: 'fetch_members_failed' }, 1],
  ['the channel cannot be looked at', 'conversations.info', { error: 'missing_scope' }, 1],
  ['one member cannot be looked up', 'users.info', { error: 'user_not_found' }, 1],
] as const)('when %s it is as if strangers read along', async ([what, method, trouble, times], { company }) => {
  const { slack } = company;
  const channel = `G${what.replaceAll(/\W/g, '').toUpperCase().slice(0, 12)}`;
  slack.addUser({ id: `U${channel}`, name: 'Somebody' });
  slack.addChannel({ id: channel, name: 'x', is_private: true, members: ['UANNA', 'UARNE', `U${channel}`] });
  // Who she is, is known already: only the others are in doubt.
  await slack.say({ user: 'UANNA', text: 'help' });
  await company.quiet();
  slack.trouble(method, trouble, times);
  await slack.say({ user: 'UANNA', text: `<@${slack.bot}> How many days may employees work from home?`, channel });
  await company.quiet();
  slack.untrouble();
  expect(slack.said(channel)).toEqual([]);
  expect(
    slack
      .whispered(channel, 'UANNA')
      .map((m) => m.text)
      .join(),
  ).toContain('could not read the whole list');
});

test('bots, edits, deletions and messages of other workspaces are not answered', async ({ company }) => {
  const { slack } = company;
  const before = slack.messages.length;
  const base = { type: 'message', channel_type: 'im', channel: 'DUANNA', ts: slack.newTs() };
  await slack.event({ ...base, user: 'UR2', bot_id: 'BR2', text: ASK });
  await slack.event({ ...base, subtype: 'bot_message', bot_id: 'BR2', text: ASK });
  await slack.event({
    ...base,
    subtype: 'message_changed',
    hidden: true,
    message: { user: 'UANNA', text: ASK, ts: '1.2' },
    previous_message: {},
  });
  await slack.event({ ...base, subtype: 'message_deleted', hidden: true, deleted_ts: '1.2', previous_message: {} });
  await slack.event({ ...base, user: slack.bot, text: ASK });
  await slack.event(
    { ...base, user: 'UANNA', text: ASK },
    { team_id: 'TOTHER', authorizations: [{ team_id: 'TOTHER', enterprise_id: null }] },
  );
  await slack.say({ user: 'UR2', text: `<@${slack.bot}> ${ASK}`, channel: 'CALL' });
  await slack.say({ user: 'UBEN', text: ASK, channel: 'CALL' });
  await company.quiet();
  expect(slack.messages.slice(before).filter((m) => m.user === slack.bot)).toEqual([]);
  expect(await company.sql('SELECT 1 FROM inbox WHERE payload IS NOT NULL')).toEqual([]);
});

test('somebody whose rights were taken away between two questions is answered without them', async ({ company }) => {
  const { slack, people } = company;
  await slack.say({ user: 'UARNE', text: ASK });
  await company.quiet();
  expect(all(company, 'DUARNE')).toContain('4.2 nanomolar');
  await company.sql('DELETE FROM membership WHERE person_id = $1', people.arne.id);
  const before = slack.messages.length;
  await slack.say({ user: 'UARNE', text: ASK });
  await company.quiet();
  expect(slack.messages.slice(before).map(slack.textOf).join()).not.toContain('nanomolar');
  await company.sql(
    "INSERT INTO membership (group_id, person_id) SELECT id, $1 FROM access_group WHERE name = 'Research'",
    people.arne.id,
  );
});

test('nothing that was said calls people or unfurls a link, and nothing went wrong unseen', async ({ company }) => {
  expect(company.problems).toEqual([]);
  expect(company.slack.violations).toEqual([]);
});
