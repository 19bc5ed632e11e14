import { expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { test, type Company } from './company.ts';

const ASK = 'What inhibits the kinase, the compound AVX-117?';
const HOME = 'How many days may employees work from home?';
const SECRET = /AVX|nanomolar|Compounds/;

const all = ({ slack }: Company, channel: string) =>
  slack.messages
    .filter((m) => m.channel === channel && m.user === slack.bot)
    .map(slack.textOf)
    .join('\n');
const open = ({ slack }: Company, channel: string) => slack.said(channel).map(slack.textOf).join('\n');
const whispered = ({ slack }: Company, channel: string, { user }: { user: string }) =>
  slack
    .whispered(channel, user)
    .map(({ text }) => text)
    .join('\n');
const mention = ({ slack }: Company, text: string) => `<@${slack.bot}> ${text}`;

test('a delivery that is unsigned, wrongly signed, old or from the future is refused and nothing of it is kept', async ({
  company,
}) => {
  const { slack } = company;
  const { user, direct } = await company.colleague();
  const now = Math.floor(Date.now() / 1_000);
  const body = {
    type: 'event_callback',
    team_id: slack.team,
    event_id: `Ev${newId()}`,
    event: { type: 'message', channel_type: 'im', channel: direct, user, text: 'hello', ts: slack.newTs() },
  };
  expect((await slack.deliver(body, { secret: 'another-secret' })).status).toBe(401);
  expect((await slack.deliver(body, { timestamp: now - 301 })).status).toBe(401);
  expect((await slack.deliver(body, { timestamp: now + 301 })).status).toBe(401);
  expect((await fetch(slack.eventsUrl, { method: 'POST', body: JSON.stringify(body) })).status).toBe(401);
  expect(await company.sql('SELECT 1 FROM inbox WHERE event_key LIKE $1', `%${direct}%`)).toEqual([]);
  expect(await slack.deliver({ ...body, padding: 'x'.repeat(3_000_000) })).toMatchObject({ status: 413, text: '' });
});

test('a guest is refused in a sentence, once, and nothing is looked up', async ({ company }) => {
  const { slack } = company;
  const { user, direct } = company.newcomer({ is_restricted: true });
  await slack.say({ user, text: ASK });
  await slack.say({ user, text: ASK });
  await company.quiet();
  expect(slack.said(direct).map((m) => m.text)).toEqual([expect.stringContaining('as a guest')]);
  expect(await company.sql('SELECT 1 FROM chat_link WHERE external_id = $1', user)).toEqual([]);
});

test('somebody of another company is refused although the workspace shows them, and a deactivated user hears nothing', async ({
  company,
}) => {
  const { slack } = company;
  const stranger = company.newcomer({ is_stranger: true, team_id: 'TOTHER' });
  const gone = company.newcomer({ deleted: true });
  const channel = company.room([await company.colleague(), stranger], { is_private: false, is_ext_shared: true });
  await slack.say({ user: stranger.user, text: ASK, channel });
  await slack.say({ user: gone.user, text: ASK });
  await slack.say({ user: stranger.user, text: mention(company, ASK), channel });
  await company.quiet();
  expect(slack.whispered(channel, stranger.user).map((m) => m.text)).toEqual([
    expect.stringContaining('belongs to another'),
  ]);
  expect(slack.said(gone.direct)).toEqual([]);
});

test('while Slack does not say who writes, nobody is believed to be anybody', async ({ company }) => {
  const { user, direct } = await company.researcher();
  company.slack.trouble('users.info', { error: 'not_authed' });
  await company.slack.say({ user, text: ASK });
  await company.quiet();
  expect(all(company, direct)).toContain('could not check who you are');
  expect(all(company, direct)).not.toMatch(SECRET);
});

test('somebody without a linked account gets a sign-in link and no answer: directly in the direct chat, unseen by others in a channel', async ({
  company,
}) => {
  const { slack, ctx } = company;
  const nele = company.newcomer();
  const channel = company.room([await company.colleague(), nele], { is_private: false });
  await slack.say({ user: nele.user, text: HOME });
  await slack.say({ user: nele.user, text: mention(company, HOME), channel });
  await company.quiet();
  expect(all(company, nele.direct)).toContain(`${ctx.config.PUBLIC_URL}/link/`);
  expect(all(company, nele.direct)).not.toContain('three days');
  expect(whispered(company, channel, nele)).toContain('/link/');
  expect(whispered(company, channel, nele)).toContain('not here');
  expect(slack.said(channel)).toEqual([]);
});

test('in a channel nothing is said from a document that one of its members may not read; the asker gets it alone, and the note names no document', async ({
  company,
}) => {
  const { slack } = company;
  const anna = await company.researcher();
  const channel = company.room([anna, await company.researcher(), await company.colleague()]);
  const { ts } = await slack.say({ user: anna.user, text: mention(company, ASK), channel });
  await company.quiet();
  expect(open(company, channel)).not.toMatch(SECRET);
  expect(slack.said(channel, ts)).toHaveLength(1);
  expect(whispered(company, channel, anna)).toContain('direct chat');
  expect(whispered(company, channel, anna)).not.toMatch(SECRET);
  expect(all(company, anna.direct)).toContain('4.2 nanomolar');
  expect(all(company, anna.direct)).toContain('AVX-117.md');
});

test('in a public channel nothing is said but what everyone of the company may read', async ({ company }) => {
  const arne = await company.researcher();
  const channel = company.room([arne], { is_private: false });
  await company.slack.say({ user: arne.user, text: mention(company, ASK), channel });
  await company.quiet();
  expect(open(company, channel)).not.toMatch(SECRET);
  expect(all(company, arne.direct)).toContain('4.2 nanomolar');
});

test('a member without an account has what everyone has, and no more', async ({ company }) => {
  const anna = await company.researcher();
  const channel = company.room([anna, company.newcomer()]);
  await company.slack.say({ user: anna.user, text: mention(company, ASK), channel });
  await company.slack.say({ user: anna.user, text: mention(company, HOME), channel });
  await company.quiet();
  expect(open(company, channel)).not.toMatch(SECRET);
  expect(open(company, channel)).toContain('three days a week');
});

test.for([
  ['a channel shared with another company', { is_ext_shared: true, is_private: false }, {}, 'outside the company'],
  ['a channel with a guest', {}, { is_restricted: true }, 'guests'],
] as const)(
  'in %s nothing is said from any document; the asker is told why and answered alone',
  async ([, kind, flags, why], { company }) => {
    const anna = await company.researcher();
    const channel = company.room([anna, company.newcomer(flags)], kind);
    await company.slack.say({ user: anna.user, text: mention(company, HOME), channel });
    await company.quiet();
    expect(company.slack.said(channel)).toEqual([]);
    expect(whispered(company, channel, anna)).toContain(why);
    expect(all(company, anna.direct)).toContain('three days a week');
  },
);

test.for([
  ['the list of members breaks off', 'conversations.members', { error: 'fetch_members_failed' }],
  ['the channel cannot be looked at', 'conversations.info', { error: 'missing_scope' }],
  ['one member cannot be looked up', 'users.info', { error: 'user_not_found' }],
] as const)('when %s it is as if strangers read along', async ([, method, trouble], { company }) => {
  const { slack } = company;
  const anna = await company.researcher();
  const channel = company.room([anna, await company.researcher(), company.newcomer()]);
  // Who she is, is known already: only the others are in doubt.
  await slack.say({ user: anna.user, text: 'help' });
  await company.quiet();
  slack.trouble(method, trouble);
  await slack.say({ user: anna.user, text: mention(company, HOME), channel });
  await company.quiet();
  expect(slack.said(channel)).toEqual([]);
  expect(whispered(company, channel, anna)).toContain('could not read the whole list');
});

test('bots, edits, deletions and messages of other workspaces are not answered', async ({ company }) => {
  const { slack } = company;
  const asker = await company.researcher();
  const { user, direct } = asker;
  const robot = company.newcomer({ is_bot: true });
  const channel = company.room([robot, asker], { is_private: false });
  const before = slack.messages.length;
  const base = { type: 'message', channel_type: 'im', channel: direct, ts: slack.newTs() };
  await slack.event({ ...base, user: robot.user, bot_id: 'BR2', text: ASK });
  await slack.event({ ...base, subtype: 'bot_message', bot_id: 'BR2', text: ASK });
  const edited = { user, text: ASK, ts: '1.2' };
  await slack.event({ ...base, subtype: 'message_changed', hidden: true, message: edited, previous_message: {} });
  await slack.event({ ...base, subtype: 'message_deleted', hidden: true, deleted_ts: '1.2', previous_message: {} });
  await slack.event({ ...base, user: slack.bot, text: ASK });
  await slack.event(
    { ...base, user, text: ASK },
    { team_id: 'TOTHER', authorizations: [{ team_id: 'TOTHER', enterprise_id: null }] },
  );
  await slack.say({ user: robot.user, text: mention(company, ASK), channel });
  await slack.say({ user, text: ASK, channel });
  await company.quiet();
  expect(slack.messages.slice(before).filter((m) => m.user === slack.bot)).toEqual([]);
  expect(await company.sql('SELECT 1 FROM inbox WHERE payload IS NOT NULL')).toEqual([]);
});

test('somebody whose rights were taken away between two questions is answered without them', async ({ company }) => {
  const { slack } = company;
  const { id, user, direct } = await company.researcher();
  const first = await slack.say({ user, text: ASK });
  await company.quiet();
  expect(slack.said(direct, first.thread).map(slack.textOf).join()).toContain('4.2 nanomolar');
  await company.sql('DELETE FROM membership WHERE person_id = $1', id);
  const second = await slack.say({ user, text: ASK });
  await company.quiet();
  expect(slack.said(direct, second.thread)).toHaveLength(1);
  expect(slack.said(direct, second.thread).map(slack.textOf).join()).not.toContain('nanomolar');
});

test('somebody deactivated in the middle of a conversation is answered no more', async ({ company }) => {
  const { slack } = company;
  const { id, user, direct } = await company.researcher();
  const { thread } = await slack.say({ user, text: ASK });
  await company.quiet();
  expect(slack.said(direct, thread).map(slack.textOf).join()).toContain('4.2 nanomolar');
  await company.sql("UPDATE person SET status = 'deactivated' WHERE id = $1", id);
  const before = slack.said(direct).length;
  await slack.say({ user, text: ASK });
  await company.quiet();
  expect(slack.said(direct).slice(before).map(slack.textOf).join()).not.toMatch(SECRET);
});
