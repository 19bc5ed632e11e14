import { lexer } from 'marked';
import type { Token, Tokens } from 'marked';
import { decodeText } from './encoding.ts';
import { tableRows } from './tables.ts';
import type { Block, ParsedDocument } from './types.ts';

/** Markdown with its headings, lists, tables and code. The title is that of the front matter, else the first heading of level 1. */
export function parseMarkdown(bytes: Uint8Array): ParsedDocument {
  const text = decodeText(bytes);
  const frontMatter = /^---\n([\s\S]*?)\n---(?:\n|$)/.exec(text);
  const blocks: Block[] = [];
  addTokens(blocks, lexer(frontMatter ? text.slice(frontMatter[0].length) : text), 0);
  const named = /^title:\s*["']?(.+?)["']?\s*$/m.exec(frontMatter?.[1] ?? '')?.[1];
  const title = named ?? blocks.find((block) => block.kind === 'heading' && block.level === 1)?.text ?? null;
  return { title, pages: null, blocks };
}

function addTokens(blocks: Block[], tokens: readonly Token[], depth: number): void {
  // What is nested deeper than anybody writes is not worth a stack overflow.
  if (depth > 40) return;
  for (const token of tokens) addToken(blocks, token, depth);
}

function addToken(blocks: Block[], token: Token, depth: number): void {
  const push = (kind: Block['kind'], text: string, level?: number): void => {
    if (text.trim() !== '') blocks.push({ kind, text: text.trim(), page: null, ...(level ? { level } : {}) });
  };
  switch (token.type) {
    case 'heading':
      return push('heading', inlineText(token.tokens, token['text']), token['depth']);
    case 'code':
      return push('code', token['text']);
    case 'table':
      return void blocks.push(...markdownTable(token as Tokens.Table));
    case 'list':
      return (token as Tokens.List).items.forEach((item, index) =>
        addItem(blocks, token as Tokens.List, item, index, depth),
      );
    case 'blockquote':
      return addTokens(blocks, token.tokens ?? [], depth + 1);
    case 'html':
      return push('paragraph', withoutTags(token['text']));
    case 'paragraph':
    case 'text':
      return push('paragraph', inlineText(token.tokens, token['text']));
    default:
  }
}

function addItem(blocks: Block[], list: Tokens.List, item: Tokens.ListItem, index: number, depth: number): void {
  const own = item.tokens.filter((token) => token.type === 'text' || token.type === 'paragraph');
  const rest = item.tokens.filter(
    (token) => token.type !== 'text' && token.type !== 'paragraph' && token.type !== 'checkbox',
  );
  const mark = list.ordered ? `${(list.start || 1) + index}.` : '-';
  const text = own.map((token) => inlineToken(token)).join(' ');
  const indent = '  '.repeat(depth);
  if (text.trim() !== '') blocks.push({ kind: 'list-item', text: `${indent}${mark} ${text.trim()}`, page: null });
  addTokens(blocks, rest, depth + 1);
}

function markdownTable(table: Tokens.Table): Block[] {
  const cells = (row: readonly Tokens.TableCell[]): string[] => row.map((cell) => inlineText(cell.tokens, cell.text));
  return tableRows([cells(table.header), ...table.rows.map(cells)], null);
}

function inlineText(tokens: readonly Token[] | undefined, fallback: string): string {
  if (!tokens) return unescapeHtml(fallback);
  return tokens.map((token) => inlineToken(token)).join('');
}

function inlineToken(token: Token): string {
  if (token.type === 'br') return '\n';
  if (token.type === 'html') return '';
  if (token.type === 'codespan' || token.type === 'escape') return unescapeHtml(token['text']);
  return inlineText('tokens' in token ? token.tokens : undefined, 'text' in token ? String(token.text) : '');
}

const withoutTags = (html: string): string =>
  unescapeHtml(html.replace(/<!--[\s\S]*?-->/g, '').replace(/<[^>]*>/g, ' ')).replace(/[ \t]+/g, ' ');

const unescapeHtml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
