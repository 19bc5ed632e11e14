import { notTrusted } from './failure.ts';

const DEEPEST = 60;
const MOST_ELEMENTS = 20_000;
const MOST_ATTRIBUTES = 60;
const MOST_NAMESPACES = 60;

/**
 * Refuses what a parser would work on for minutes, before there is a parser: it copies every namespace that is known at each
 * element which names another, so half a megabyte of them, one in the other, would hold up a whole node. And a closing tag that
 * closes nothing, which ours passes over in silence. One walk over the letters.
 * `text`: without comments, marked sections and document types. @throws AppError 'provider_failed'.
 */
export function refuseHostileXml(text: string): void {
  const namespaces = new Set<string>();
  const open: string[] = [];
  let elements = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const { end, attributes } = tagAt(text, at);
    const tag = text.slice(at + 1, end);
    at = end;
    if (tag.startsWith('/')) {
      if (open.pop() !== nameOf(tag.slice(1))) throw notTrusted('XML_MALFORMED');
      continue;
    }
    elements += 1;
    if (!tag.endsWith('/')) open.push(nameOf(tag));
    for (const [name] of tag.matchAll(/xmlns[^\s=]*/g)) namespaces.add(name);
    if (attributes > MOST_ATTRIBUTES || namespaces.size > MOST_NAMESPACES) throw notTrusted('XML_TOO_LARGE');
    if (open.length > DEEPEST || elements > MOST_ELEMENTS) throw notTrusted('XML_TOO_LARGE');
  }
}

const nameOf = (tag: string): string => /^[^\s/]*/.exec(tag)![0];

/** Where the tag that begins here ends, and how many values stand in it. A `<` inside it is no XML, and could hide tags from us. */
function tagAt(text: string, start: number): { end: number; attributes: number } {
  let attributes = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text[at]!;
    if (sign === '>') return { end: at, attributes };
    if (sign === '<') break;
    if (sign !== '"' && sign !== "'") continue;
    const close = text.indexOf(sign, at + 1);
    if (close === -1 || text.slice(at, close).includes('<')) break;
    attributes += 1;
    at = close;
  }
  throw notTrusted('XML_MALFORMED');
}
