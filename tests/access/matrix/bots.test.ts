import { describe, expect } from 'vitest';
import { listen } from '../../../bots/slack/listeners.ts';
import type { Slack } from '../../../bots/slack/slack.ts';
import { admit } from '../../../core/access/admission.ts';
import { PRIVATE } from '../../../core/access/scope.ts';
import { ACCESS_COMMANDS } from '../../../core/conversation/access-in-chat.ts';
import { accessWords } from '../../../core/conversation/access-words.ts';
import { CHAT_COMMANDS, replyInChat } from '../../../core/conversation/chat-reply.ts';
import { chatWords } from '../../../core/conversation/words.ts';
import { newId } from '../../../core/ids.ts';
import { test as inContext, type TestContext } from '../../factories/context.ts';
import { aHouse, type House } from './house.ts';

const test = inContext.extend<{ $file: { house: House } }>({
  house: [async ({ ctx }, use) => use(await aHouse(ctx)), { scope: 'file' }],
});

/** Who writes to a bot: somebody unlinked, and accounts that are linked to the people of the house. */
const WRITERS = ['nobody', 'pending', 'gone', 'foreign', 'user', 'contributor', 'manager', 'admin'] as const;
type Writer = (typeof WRITERS)[number];

type Reply = 'help' | 'link' | 'who' | 'unlinked' | 'list' | 'reads' | 'reads nothing';

/** What each command, and a question about the house's knowledge base, comes to in the bot's direct chat. */
// oxfmt-ignore
const COMMANDS: Record<string, { text: string; replies: readonly Reply[] }> = {
  //                                                              nobody  pending gone    foreign user           contributor     manager         admin
  help:      { text: 'help',                                     replies: ['help', 'help', 'help', 'help', 'help',          'help',          'help',          'help'] },
  whoAmI:    { text: 'who am I?',                                replies: ['link', 'link', 'link', 'link', 'who',           'who',           'who',           'who'] },
  unlink:    { text: 'unlink',                                   replies: ['link', 'link', 'link', 'link', 'unlinked',      'unlinked',      'unlinked',      'unlinked'] },
  sixDigits: { text: '123 456',                                  replies: ['link', 'link', 'link', 'link', 'reads nothing', 'reads',         'reads',         'reads nothing'] },
  list:      { text: 'access',                                   replies: ['link', 'link', 'link', 'link', 'list',          'list',          'list',          'list'] },
  ask:       { text: 'access Reactors: I look after line seven', replies: ['link', 'link', 'link', 'link', 'reads nothing', 'reads',         'reads',         'reads nothing'] },
  question:  { text: 'How warm is the reactor?',                 replies: ['link', 'link', 'link', 'link', 'reads nothing', 'reads',         'reads',         'reads nothing'] },
};

async function replyTo(
  ctx: TestContext,
  house: House,
  surface: 'slack' | 'teams',
  writer: Writer,
  text: string,
): Promise<Reply> {
  const { people, base } = house;
  const person = {
    nobody: null,
    pending: people.pending,
    gone: people.deactivated,
    // The manager's account of another workspace says nothing here.
    foreign: people.manager,
    user: people.user,
    contributor: people.contributor,
    manager: people.manager,
    admin: people.admin,
  }[writer];
  const account = { surface, tenantId: 'T1', externalId: newId(), name: 'Somebody', workspace: 'Acme' };
  if (person) {
    const { workspace: _, ...row } = account;
    await ctx.db.chatAccount.create({
      data: { ...row, id: newId(), personId: person.id, ...(writer === 'foreign' ? { tenantId: 'T2' } : {}) },
    });
  }
  const reply = await replyInChat(ctx, { account, text, direct: true, bot: 'Bot' });
  if (reply.kind === 'ask') {
    const { personal } = await admit(ctx, reply.person.id, PRIVATE);
    return personal.knowledgeBaseIds.includes(base) ? 'reads' : 'reads nothing';
  }
  const [words, access] = [chatWords('en'), accessWords('en')];
  if (reply.text === words.help('Bot')) return 'help';
  if (reply.text.includes('/link/')) return 'link';
  if (reply.text === words.unlinked) return 'unlinked';
  if (reply.text === access.nothingFindable || reply.text.includes('/requests')) return 'list';
  expect(reply.text).toBe(words.whoAmI(person!.name, 'Somebody', 'Acme'));
  return 'who';
}

test('the table has every command, by words that are one', () => {
  const patterns: Record<string, RegExp> = { ...CHAT_COMMANDS, ...ACCESS_COMMANDS };
  expect(Object.keys(COMMANDS).toSorted()).toEqual([...Object.keys(patterns), 'question'].toSorted());
  for (const [name, pattern] of Object.entries(patterns)) expect(COMMANDS[name]!.text).toMatch(pattern);
});

describe.for(['slack', 'teams'] as const)('in %s', (surface) => {
  test('each writer is answered as the table says', async ({ ctx, house }) => {
    const wrong: string[] = [];
    for (const [name, { text, replies }] of Object.entries(COMMANDS)) {
      const answered: Reply[] = [];
      for (const writer of WRITERS) answered.push(await replyTo(ctx, house, surface, writer, text));
      if (String(answered) !== String(replies)) wrong.push(`${name}: ${answered.join(', ')}`);
    }
    expect(wrong).toEqual([]);
  });
});

type ByRightsOf =
  | 'of the sender, as above'
  | "of the answer's asker"
  | 'of who presses, if they manage what is asked for'
  | 'nobody: what is remembered is forgotten';

/** All that Slack can make the bot do, and by whose rights it is done. */
const LISTENERS: Record<string, ByRightsOf> = {
  'event message': 'of the sender, as above',
  'event app_mention': 'of the sender, as above',
  'command /.*/': 'of the sender, as above',
  'event app_home_opened': 'of the sender, as above',
  'event agent_session_stopped': "of the answer's asker",
  'action /^answer_feedback/': "of the answer's asker",
  'action /^access_request/': 'of who presses, if they manage what is asked for',
  'view access_request_decline': 'of who presses, if they manage what is asked for',
  'event member_joined_channel': 'nobody: what is remembered is forgotten',
  'event member_left_channel': 'nobody: what is remembered is forgotten',
  'event channel_shared': 'nobody: what is remembered is forgotten',
  'event channel_unshared': 'nobody: what is remembered is forgotten',
  'event user_change': 'nobody: what is remembered is forgotten',
  'event team_join': 'nobody: what is remembered is forgotten',
};

test('Slack makes the bot do what the table has, and nothing else', async ({ ctx }) => {
  const heard: string[] = [];
  const hear = (kind: string) => (what: string | RegExp) => void heard.push(`${kind} ${what}`);
  const bolt = new Proxy({}, { get: (_, kind: string) => (kind === 'error' ? () => undefined : hear(kind)) });
  listen(bolt as never, { ctx, self: { teamId: 'T1' } } as unknown as Slack)();
  expect(heard.toSorted()).toEqual(Object.keys(LISTENERS).toSorted());
});
