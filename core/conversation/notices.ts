import type { KnowledgeBaseId } from '../ids.ts';
import { visible } from '../safety/invisible.ts';
import { safeText } from '../safety/stream.ts';
import type { Citation, Notice } from './events.ts';

/** A notice is a sentence or a few; what a table of an older version or a file holds beyond that is cut. */
const NOTICE_CHARACTERS = 2_000;

/**
 * What owners have written to stand with every answer from their knowledge base: of those that `citations` name, in the
 * order in which they come first. Plain text, to be shown as it is. `textOf`: '' where there is none.
 */
export function noticesOf(citations: readonly Citation[], textOf: (id: KnowledgeBaseId) => string): Notice[] {
  const cited = new Map(citations.map(({ knowledgeBase }) => [knowledgeBase.id, knowledgeBase.name]));
  return [...cited].flatMap(([knowledgeBaseId, name]) => {
    const text = shortened(visible(textOf(knowledgeBaseId)).trim(), NOTICE_CHARACTERS);
    return text === '' ? [] : [{ knowledgeBaseId, name, text }];
  });
}

/**
 * Notices for a chat, one line each: nothing in them can become a link or call anybody, and all together have about
 * `limit` characters.
 */
export function noticesForChat(
  notices: readonly Notice[],
  line: (name: string, text: string) => string,
  limit: number,
): string[] {
  const each = Math.floor(limit / Math.max(1, notices.length));
  return notices.map(({ name, text }) => shortened(line(inert(name), inert(text)), each));
}

const inert = (text: string): string => safeText(text.replaceAll('://', ': //').replace(/\s+/g, ' '), []).trim();

function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit - 1);
  return `${/[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head}…`;
}
