const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** The code fence that is open at the end of a text: its opening line, or null. */
function openFence(text: string): { opening: string; closing: string } | null {
  let open: { opening: string; closing: string } | null = null;
  for (const line of text.split('\n')) {
    const match = FENCE.exec(line);
    if (!match) continue;
    const [, mark = '', rest = ''] = match;
    if (!open) open = { opening: line, closing: mark };
    else if (mark[0] === open.closing[0] && mark.length >= open.closing.length && rest.trim() === '') open = null;
  }
  return open;
}

/**
 * Where to cut a text so that the first part has at most `limit` characters: after a paragraph outside code if there is
 * one in its second half, else after a line, else after a word, else in the middle, never inside a character.
 */
export function cutPoint(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  const head = text.slice(0, limit);
  for (let at = head.lastIndexOf('\n\n'); at > limit / 2; at = head.lastIndexOf('\n\n', at - 1))
    if (!openFence(head.slice(0, at))) return at + 2;
  const line = head.lastIndexOf('\n');
  if (line > limit / 2) return line + 1;
  const word = head.lastIndexOf(' ');
  if (word > limit / 2) return word + 1;
  return /[\ud800-\udbff]$/.test(head) ? limit - 1 : limit;
}

/**
 * Ends a part inside a code block properly. `part`: closed; `carry`: what the next part must begin with, so that the
 * code goes on as code.
 */
export function closeFence(part: string): { part: string; carry: string } {
  const fence = openFence(part);
  if (!fence) return { part, carry: '' };
  const opening = fence.opening.length <= 40 ? fence.opening : fence.closing;
  return { part: `${part.replace(/\n$/, '')}\n${fence.closing}`, carry: `${opening}\n` };
}

/** A long text in parts of at most `limit` characters, each readable by itself; code goes on as code. */
export function splitText(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    // Room for the closing fence.
    const at = cutPoint(rest, limit - 8);
    const { part, carry } = closeFence(rest.slice(0, at));
    parts.push(part.trimEnd());
    rest = carry === '' ? rest.slice(at).replace(/^\n+/, '') : carry + rest.slice(at);
  }
  if (rest.trim() !== '' || parts.length === 0) parts.push(rest);
  return parts;
}
