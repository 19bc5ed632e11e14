import type { Citation, Notice } from '../../core/conversation/events.ts';
import { noticesForChat } from '../../core/conversation/notices.ts';
import type { ChatWords } from '../../core/conversation/words.ts';
import { escapeMarks } from './escape.ts';
import { toMrkdwn } from './mrkdwn.ts';
import { splitText } from '../../core/conversation/split.ts';

export type Block = Readonly<Record<string, unknown>>;

/** What all blocks of a message may hold together is about 13,200; sources, notices and buttons need the rest. */
export const TEXT_LIMIT = 9_500;
const CONTEXT_TEXT_LIMIT = 2_900;
const CONTEXT_ELEMENTS = 9;
const NOTICES_LIMIT = 1_500;
const LABEL_LIMIT = 120;
const FALLBACK_LIMIT = 3_000;
export const FEEDBACK_ACTION = 'answer_feedback';

/** A link with a label in Slack's own form; the label can't end it. */
const link = (url: string, label: string): string =>
  `<${url.replace(/[<>|\s]/g, encodeURIComponent)}|${escapeMarks(label.replaceAll('|', '¦'))}>`;

const shortened = (text: string): string => (text.length > LABEL_LIMIT ? `${text.slice(0, LABEL_LIMIT - 1)}…` : text);

/** The sources under an answer, numbered as in its text, each a link to its passage in the portal. */
export function citationBlocks(citations: readonly Citation[], words: ChatWords): Block[] {
  if (citations.length === 0) return [];
  const lines = citations.map((citation) => {
    const place = [
      shortened(citation.document.name),
      words.version(citation.document.version),
      ...(citation.page === null ? [] : [words.page(citation.page)]),
      ...(citation.heading ? [shortened(citation.heading)] : []),
    ];
    return `[${citation.n}] ${link(citation.url, place.join(' · '))}`;
  });
  const elements: string[] = [`*${words.sources}*`];
  for (const line of lines) {
    const last = elements.at(-1) ?? '';
    if (last.length + line.length + 1 <= CONTEXT_TEXT_LIMIT) elements[elements.length - 1] = `${last}\n${line}`;
    else elements.push(line);
  }
  return [{ type: 'context', elements: elements.slice(0, CONTEXT_ELEMENTS).map((text) => ({ type: 'mrkdwn', text })) }];
}

/** What owners want said with every answer, as they wrote it: no marks of Slack's own in it, no names for pictures. */
export function noticeBlocks(notices: readonly Notice[], words: ChatWords): Block[] {
  if (notices.length === 0) return [];
  const text = noticesForChat(notices, words.notice, NOTICES_LIMIT).join('\n');
  return [{ type: 'context', elements: [{ type: 'plain_text', text, emoji: false }] }];
}

/** What stands under a finished answer: its sources, the notices of their owners, that a machine wrote it, and the buttons to rate it. */
export function endingBlocks(
  done: {
    messageId: string;
    citations: readonly Citation[];
    notices: readonly Notice[];
    model: string;
    answered: boolean;
  },
  words: ChatWords,
): Block[] {
  const rating = (text: string, value: string) => ({
    text: { type: 'plain_text', text },
    value,
    accessibility_label: text,
  });
  return [
    ...citationBlocks(done.citations, words),
    ...noticeBlocks(done.notices, words),
    ...(done.answered && done.model !== 'extractive'
      ? [{ type: 'context', elements: [{ type: 'mrkdwn', text: `_${escapeMarks(words.madeByMachine(done.model))}_` }] }]
      : []),
    {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: FEEDBACK_ACTION,
          positive_button: rating(words.good, `good:${done.messageId}`),
          negative_button: rating(words.bad, `bad:${done.messageId}`),
        },
      ],
    },
  ];
}

export const withoutButtons = (blocks: readonly Block[]): Block[] =>
  blocks.filter((block) => block.type !== 'context_actions' && block.type !== 'actions');

/** What a Slack takes: today's blocks, or only those of before Markdown and rating buttons. */
export type Dialect = 'markdown' | 'mrkdwn';

const SECTION_LIMIT = 2_900;

const textBlocks = (markdown: string, dialect: Dialect): Block[] =>
  markdown.trim() === ''
    ? []
    : dialect === 'markdown'
      ? [{ type: 'markdown', text: markdown }]
      : splitText(toMrkdwn(markdown), SECTION_LIMIT).map((text) => ({
          type: 'section',
          text: { type: 'mrkdwn', text },
        }));

type Rating = { text: unknown; value: string };

/** The rating as two plain buttons, which every Slack has. */
function plainButtons(block: Block): Block {
  const [rating] = block.elements as { positive_button: Rating; negative_button: Rating }[];
  const button = ({ text, value }: Rating, name: string) => ({
    type: 'button',
    action_id: `${FEEDBACK_ACTION}_${name}`,
    text,
    value,
  });
  return {
    type: 'actions',
    elements: rating ? [button(rating.positive_button, 'good'), button(rating.negative_button, 'bad')] : [],
  };
}

/** A message's arguments: the text, blocks under it, a plain copy for notifications; nothing unfurls. */
export function messageOf(
  markdown: string,
  blocks: readonly Block[] = [],
  dialect: Dialect = 'markdown',
): Record<string, unknown> {
  const under =
    dialect === 'markdown'
      ? blocks
      : blocks.map((block) => (block.type === 'context_actions' ? plainButtons(block) : block));
  return {
    text: escapeMarks(markdown.slice(0, FALLBACK_LIMIT)),
    blocks: [...textBlocks(markdown, dialect), ...under],
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** A sentence of our own, with our own link marks in it left alive. */
export const sentenceOf = (text: string): Record<string, unknown> => ({
  text,
  unfurl_links: false,
  unfurl_media: false,
});
