import { addressesRemoved } from './addresses.ts';
import { bracketsResolved, citationNumbers } from './brackets.ts';
import { pairsKeptApart } from './guard.ts';
import { invisibleRemoved } from './invisible.ts';
import type { AllowedLink, Sink } from './sink.ts';
import { tagsRemoved } from './tags.ts';

export type { AllowedLink } from './sink.ts';

const REMOVED: Readonly<Record<string, string>> = { en: '(link removed)', de: '(Link entfernt)' };

/**
 * A model's answer as it may leave: plain text and markdown whose only links are the answer's citations. No images, no
 * HTML, nothing that pings or hides; citation marks only where they are citations. The same text comes out however the
 * stream was cut, and no more is held back than may still become one of these things. `language` is that of the words
 * for a link that was taken out.
 */
export async function* safeStream(
  parts: AsyncIterable<string>,
  allowed: readonly AllowedLink[],
  language = 'en',
): AsyncGenerator<string> {
  let ready = '';
  const sink = sanitizer(allowed, language, (text) => {
    ready += text;
  });
  for await (const part of parts) {
    for (let i = 0; i < part.length; i += 1) sink.char(part.charAt(i));
    if (ready !== '') yield ready;
    ready = '';
  }
  sink.end();
  if (ready !== '') yield ready;
}

/** The same for a text that is whole. */
export function safeText(text: string, allowed: readonly AllowedLink[], language = 'en'): string {
  let safe = '';
  const sink = sanitizer(allowed, language, (piece) => {
    safe += piece;
  });
  for (let i = 0; i < text.length; i += 1) sink.char(text.charAt(i));
  sink.end();
  return safe;
}

function sanitizer(allowed: readonly AllowedLink[], language: string, give: (text: string) => void): Sink {
  const removed = REMOVED[language] ?? REMOVED.en ?? '';
  const urls = new Map(allowed.map(({ n, url }) => [url, n]));
  const numbers = new Set(allowed.map(({ n }) => n));
  const link = (url: string, label: string): string | undefined => {
    const n = urls.get(url);
    if (n === undefined) return undefined;
    const words = citationNumbers(label)
      ? ''
      : safeText(label, [], language)
          .replace(/[[\]\n]/g, ' ')
          .trim();
    return `[${words || n}](${url})`;
  };
  const isCitation = (n: number) => numbers.has(n);
  const guard = pairsKeptApart(give, isCitation);
  const addresses = addressesRemoved(guard, [...urls.keys()], removed);
  const brackets = bracketsResolved(addresses, link, isCitation, removed);
  return invisibleRemoved(tagsRemoved(brackets, link, removed));
}
