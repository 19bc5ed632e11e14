export type Line = { text: string; hyphenated: boolean };

const WIDE = /[\u2e80-\u30ff\u3400-\u9fff\uff00-\uffef]/;

/** Lines as one text: words that a hyphen divided are whole again, and nothing is put between characters that need no spaces. */
export function joinLines(lines: readonly Line[]): string {
  let text = '';
  let hyphenated = false;
  for (const line of lines) {
    if (text === '' || hyphenated) text += line.text;
    else if (isDivided(text, line.text)) text = text.slice(0, -1) + line.text;
    else if (/\p{L}-$/u.test(text)) text += line.text;
    else text += WIDE.test(text.at(-1) ?? '') && WIDE.test(line.text[0] ?? '') ? line.text : ` ${line.text}`;
    hyphenated = line.hyphenated;
  }
  return text;
}

/** A small letter goes on after the hyphen, and the word has no other: `re-` `view`, but not `state-of-` `the-art`. */
function isDivided(text: string, next: string): boolean {
  return /(?:^|[^\p{L}-])\p{L}{2,}[-\u2010]$/u.test(text) && /^\p{Ll}/u.test(next);
}
