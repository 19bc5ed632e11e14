import type { Citation, Notice } from '../../core/conversation/events.ts';
import { noticesForChat } from '../../core/conversation/notices.ts';
import type { ChatWords } from '../../core/conversation/words.ts';
import type { Outgoing } from './api.ts';

type Entity = Readonly<Record<string, unknown>>;

/** A message holds 100 KB in UTF-16; what stands beside the text needs some of it. */
export const TEXT_LIMIT = 20_000;
const MOST_CITATIONS = 10;
const NAME_LIMIT = 80;
const ABSTRACT_LIMIT = 160;
const KEYWORD_LIMIT = 28;
const NOTICES_LIMIT = 4_000;

const cut = (text: string, limit: number): string => {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  if (oneLine.length <= limit) return oneLine;
  const head = oneLine.slice(0, limit - 1);
  return `${/[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head}…`;
};

/** The name of the document, kept at its end too, and where in it. */
function nameOf({ document, page }: Citation, words: ChatWords): string {
  const place = ` · ${words.version(document.version)}${page === null ? '' : ` · ${words.page(page)}`}`;
  return `${cut(document.name, NAME_LIMIT - place.length)}${place}`;
}

/** The one entity that says a machine wrote it, with the sources that Teams shows where the text has their numbers. */
function aiEntity(citations: readonly Citation[], words: ChatWords): Entity {
  return {
    type: 'https://schema.org/Message',
    '@type': 'Message',
    '@context': 'https://schema.org',
    '@id': '',
    additionalType: ['AIGeneratedContent'],
    ...(citations.length === 0 ? {} : { citation: citations.map((citation) => claimOf(citation, words)) }),
  };
}

const claimOf = (citation: Citation, words: ChatWords): Entity => ({
  '@type': 'Claim',
  position: citation.n,
  appearance: {
    '@type': 'DigitalDocument',
    name: nameOf(citation, words),
    url: citation.url,
    abstract: cut(citation.text, ABSTRACT_LIMIT) || cut(citation.document.name, ABSTRACT_LIMIT),
    keywords: [cut(citation.knowledgeBase.name, KEYWORD_LIMIT)],
  },
});

export const marksOf = (text: string): Set<number> =>
  new Set([...text.matchAll(/\[(\d{1,2})\]/g)].map((mark) => Number(mark[1])));

/**
 * A part of an answer. `citations`: of the whole answer; those that this part has a number of are shown, at most ten.
 * `rated`: whether the buttons to rate it stand under it.
 */
export function answerMessage(
  text: string,
  answer: { citations: readonly Citation[]; byMachine: boolean; rated: boolean },
  words: ChatWords,
): Outgoing {
  const marks = marksOf(text);
  const shown = answer.citations.filter(({ n }) => marks.has(n)).slice(0, MOST_CITATIONS);
  return {
    ...sentence(text),
    ...(answer.byMachine ? { entities: [aiEntity(shown, words)] } : {}),
    ...(answer.rated ? { channelData: { feedbackLoop: { type: 'default' } } } : {}),
  };
}

/** The numbers of sources that the text does not name: Teams shows a source only where its number stands. */
export function unnamedSources(text: string, citations: readonly Citation[], words: ChatWords): string {
  const marks = marksOf(text);
  const missing = citations.filter(({ n }) => !marks.has(n)).slice(0, MOST_CITATIONS);
  return missing.length === 0 ? '' : `\n\n${words.sources}: ${missing.map(({ n }) => `[${n}]`).join(' ')}`;
}

/** What the owners of the cited knowledge bases want said, to stand under the text; its signs are no markdown. */
export function noticesUnder(notices: readonly Notice[], words: ChatWords): string {
  const line = (name: string, text: string) => escaped(words.notice(name, text));
  return noticesForChat(notices, line, NOTICES_LIMIT)
    .map((each) => `\n\n${each}`)
    .join('');
}

/** Text as people wrote it: nothing in it is a mark of Teams'. */
export const escaped = (text: string): string => text.replace(/[\\`*_~#>+|[\]()!-]/g, '\\$&');

export const sentence = (text: string): Outgoing => ({ type: 'message', text, textFormat: 'markdown' });

/** What the stream entity adds to an activity. */
export const streamed = (activity: Outgoing, stream: Entity): Outgoing => ({
  ...activity,
  entities: [{ type: 'streaminfo', ...stream }, ...(activity.entities ?? [])],
});
