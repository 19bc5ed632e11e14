import { escapeMarks } from './escape.ts';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LINK = /\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/g;

/**
 * Markdown as Slack's own, older marks: bold, headings, links, lists and quotes; code stays as it is. For places that do not
 * take Markdown. Tables stay text.
 */
export function toMrkdwn(markdown: string): string {
  let inCode = false;
  return markdown
    .split('\n')
    .map((line) => {
      if (FENCE.test(line)) {
        inCode = !inCode;
        return '```';
      }
      return inCode ? escapeMarks(line) : ofLine(line);
    })
    .join('\n');
}

function ofLine(line: string): string {
  const [, quote = '', rest = ''] = /^(\s*(?:> ?)*)(.*)$/.exec(line) ?? [];
  const heading = /^#{1,6}\s+(.*)$/.exec(rest);
  const item = /^(\s*)[*+-]\s+(.*)$/.exec(rest);
  const text = heading
    ? `*${marks(heading[1] ?? '').replaceAll('*', '')}*`
    : item
      ? `${item[1]}• ${marks(item[2] ?? '')}`
      : marks(rest);
  return quote + text;
}

/** Code in the line is left alone; everything else is escaped before our own marks are set. */
const marks = (text: string): string =>
  text
    .split(/(`[^`]+`)/)
    .map((part) => (part.startsWith('`') && part.endsWith('`') && part.length > 1 ? escapeMarks(part) : markedUp(part)))
    .join('');

const markedUp = (text: string): string =>
  escapeMarks(text)
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '*$2*')
    .replace(/~~(.+?)~~/g, '~$1~')
    .replace(LINK, (_, label: string, url: string) => `<${url}|${label.replaceAll('|', '¦')}>`);
