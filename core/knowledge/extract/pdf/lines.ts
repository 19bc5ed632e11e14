const WIDE = /[\u2e80-\u30ff\u3400-\u9fff\uff00-\uffef]/;

/** Lines as one text: words that a hyphen divided are whole again, and nothing is put between characters that need no spaces. */
export function joinLines(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (text === '' || line === '') text += line;
    else if (isDivided(text, line)) text = text.slice(0, -1) + line;
    else text += needsNoSpace(text, line) ? line : ` ${line}`;
  }
  return text;
}

/** A small letter goes on after the hyphen, and the word has no other: `re-` `view`, but not `state-of-` `the-art`. */
function isDivided(text: string, next: string): boolean {
  const end = text.slice(-40);
  return /(?:^|[^\p{L}\p{N}-])\p{L}{2,}[-\u2010]$/u.test(end) && /^\p{Ll}/u.test(next);
}

function needsNoSpace(text: string, next: string): boolean {
  if (/[\p{L}\p{N}]-$/u.test(text.slice(-4))) return true;
  return WIDE.test(text.at(-1) ?? '') && WIDE.test(next[0] ?? '');
}
