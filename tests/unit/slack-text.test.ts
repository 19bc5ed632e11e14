import { expect, test } from 'vitest';
import { citationBlocks, endingBlocks, messageOf } from '../../bots/slack/blocks.ts';
import { inboxKey, readMessage, type Self } from '../../bots/slack/incoming.ts';
import { toMrkdwn } from '../../bots/slack/mrkdwn.ts';
import type { Citation } from '../../core/conversation/events.ts';
import { chatWords } from '../../core/conversation/words.ts';

const self: Self = {
  teamId: 'T1',
  teamName: 'Acme',
  enterpriseId: null,
  userId: 'U0BOT',
  botId: 'B0',
  name: 'gatehouse',
};
const event = (more: object) => ({
  type: 'event_callback',
  team_id: 'T1',
  event: { type: 'message', channel: 'C1', channel_type: 'channel', user: 'U1', ts: '1.1', text: 'hi', ...more },
});
const citation = (more: Partial<Citation['document']> = {}): Citation => ({
  n: 1,
  passageId: 'p',
  document: { id: 'd', name: 'A.pdf', version: 3, ...more },
  knowledgeBase: { id: 'k', name: 'K' },
  page: 4,
  heading: 'Heading',
  text: 'x',
  score: 0.5,
  url: 'https://gatehouse.example.com/passages/p',
});

test("a document's name ends no link and calls nobody", () => {
  const [block] = citationBlocks([citation({ name: 'A|<!channel> & <https://evil.example|B>.pdf' })], chatWords('en'));
  const [element] = block!.elements as { text: string }[];
  expect(element!.text.match(/</g)).toHaveLength(1);
  expect(element!.text).toContain(
    '<https://gatehouse.example.com/passages/p|A¦&lt;!channel&gt; &amp; &lt;https://evil.example¦B&gt;.pdf · version 3 · p. 4 · Heading>',
  );
});

test('twenty sources with long names stay within what a context block takes', () => {
  const many = Array.from({ length: 20 }, () => citation({ name: 'N'.repeat(400) }));
  const [block] = citationBlocks(many, chatWords('de'));
  const elements = block!.elements as { text: string }[];
  expect(elements.length).toBeLessThanOrEqual(10);
  for (const { text } of elements) expect(text.length).toBeLessThanOrEqual(3_000);
  expect(
    elements
      .map(({ text }) => text)
      .join('\n')
      .match(/\[1\]/g),
  ).toHaveLength(20);
});

test('twenty long notices stay within what a message takes beside a full answer', () => {
  const notices = Array.from({ length: 20 }, (_, n) => ({
    knowledgeBaseId: String(n),
    name: `Base ${n}`,
    text: 'Reviewed '.repeat(200),
  }));
  const blocks = endingBlocks(
    { messageId: 'm', citations: [], notices, model: 'extractive', answered: true },
    chatWords('de'),
  );
  const [{ text } = { text: '' }] = blocks[0]!.elements as { text: string }[];
  expect(text.length).toBeLessThanOrEqual(1_600);
  expect(text.match(/Hinweis, Base \d+: Reviewed/g)).toHaveLength(20);
});

test('every message says that nothing unfurls, in either dialect, and long text makes more sections', () => {
  for (const dialect of ['markdown', 'mrkdwn'] as const) {
    const message = messageOf('word '.repeat(1_500), [], dialect);
    expect(message).toMatchObject({ unfurl_links: false, unfurl_media: false });
    const blocks = message.blocks as { type: string; text: { text: string } }[];
    const sections = blocks.filter(({ type }) => type === 'section');
    expect(sections.length > 1).toBe(dialect === 'mrkdwn');
    for (const { text } of sections) expect(text.text.length).toBeLessThanOrEqual(3_000);
  }
});

test('Markdown becomes the older marks, code is left alone, and other marks are escaped', () => {
  expect(
    toMrkdwn(
      '# Title\n\n**bold** & <b>\n- item [x](https://a.example/p)\n> quote **b**\n```js\nif (a < b && **c**) {}\n```',
    ),
  ).toBe(
    '*Title*\n\n*bold* &amp; &lt;b&gt;\n• item <https://a.example/p|x>\n> quote *b*\n```\nif (a &lt; b &amp;&amp; **c**) {}\n```',
  );
});

test("the question is what a person reads, without the mention and without Slack's marks", () => {
  const asked = readMessage(
    event({ text: '<@U0BOT> is <@U7|eva> in <#C2|lab> &amp; <https://x.example|here> <!here>?' }),
    self,
  );
  expect(asked).toMatchObject({
    text: 'is @eva in #lab & here @here?',
    mentionsBot: true,
    mentionsOthers: true,
    direct: false,
    threadTs: '1.1',
    inThread: false,
  });
});

test('message and mention of one utterance, and their redeliveries, have one key; edits, echoes and strangers have none', () => {
  const key = inboxKey(event({ event_id: 'E1' }), self);
  expect(inboxKey({ ...event({ type: 'app_mention' }), event_id: 'E2' }, self)).toBe(key);
  expect(inboxKey(event({ ts: '1.2' }), self)).not.toBe(key);
  for (const more of [
    { subtype: 'message_changed' },
    { subtype: 'channel_join' },
    { bot_id: 'B9' },
    { user: 'U0BOT' },
    { hidden: true },
    { user: undefined },
  ])
    expect(inboxKey(event(more), self)).toBe(null);
  expect(inboxKey({ ...event({}), team_id: 'T2' }, self)).toBe(null);
  expect(inboxKey('rubbish', self)).toBe(null);
});
