import type { Json, Tenant } from './tenant.ts';

const LIMITS = [
  { most: 7, ms: 1_000 },
  { most: 8, ms: 2_000 },
  { most: 60, ms: 30_000 },
];

/** What the Bot Connector answers instead of doing as it was told. */
export class Refused extends Error {
  readonly answer: { status: number; code: string; message: string; retryAfter?: number };
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.answer = { status, code, message, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
}

/** Counts what is written into a conversation. @throws Refused past the rate that Teams allows. */
export function throttle({ sentAt, violations }: Tenant, conversationId: string): void {
  const now = Date.now();
  const sent = (sentAt.get(conversationId) ?? []).filter((at) => now - at < 30_000);
  if (LIMITS.some(({ most, ms }) => sent.filter((at) => now - at < ms).length >= most)) {
    violations.push(`more than allowed was written into ${conversationId}`);
    throw new Refused(429, 'TooManyRequests', 'slow down', 1);
  }
  sentAt.set(conversationId, [...sent, now]);
}

/** Notes what Teams takes and shows wrongly, or not at all. @throws Refused for what is too large. */
export function checkActivity({ violations }: Tenant, activity: Json): void {
  if (JSON.stringify(activity).length * 2 > 100_000) throw new Refused(413, 'MessageSizeTooBig', 'too large');
  const bad = (what: string) => violations.push(what);
  if (/<at>/i.test(activity.text ?? '')) bad('mentions somebody');
  const roots = (activity.entities ?? []).filter(({ type }: Json) => type === 'https://schema.org/Message');
  if (roots.length > 1) bad('more than one root entity');
  for (const root of roots) {
    if (root['@type'] !== 'Message' || root['@context'] !== 'https://schema.org' || root['@id'] !== '')
      bad('root entity is not whole');
    if ((root.citation ?? []).length > 10) bad('more than ten citations');
    for (const citation of root.citation ?? []) checkCitation(citation, String(activity.text), bad);
  }
}

function checkCitation({ '@type': type, position, appearance }: Json, text: string, bad: (what: string) => void): void {
  if (type !== 'Claim' || appearance?.['@type'] !== 'DigitalDocument') bad('citation is not whole');
  if (!appearance.name || appearance.name.length > 80) bad('name of a citation');
  if (!appearance.abstract || appearance.abstract.length > 160) bad('abstract of a citation');
  if (appearance.text !== undefined || appearance.encodingFormat !== undefined) bad('field that breaks streams');
  const keywords = (appearance.keywords ?? []) as string[];
  if (keywords.length > 3 || keywords.some((word) => word.length > 28)) bad('keywords');
  if (!text.includes(`[${position}]`)) bad('citation without its number in the text');
}
