import { marked } from 'marked';
import type { Token, Tokens } from 'marked';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

/** A part of a document, before it is drawn in any format. A note is what a speaker says and no slide shows. */
export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'table'; header: string[]; rows: string[][] }
  | { kind: 'note'; text: string }
  | { kind: 'page_break' };

const about = z.strictObject({
  title: z.string(),
  /** The document's number, drawn on every page. */
  number: z.string(),
  columns: z.union([z.literal(1), z.literal(2)]).default(1),
  language: z.enum(['en', 'de']).default('en'),
});

export type Source = { about: z.infer<typeof about>; blocks: Block[] };

/**
 * The document that a Markdown text with a YAML head describes: headings, paragraphs, lists and tables as they are,
 * a quotation as speaker notes, a rule as a page break. @throws Error on anything else, so that nothing is lost unseen.
 */
export function readSource(text: string): Source {
  const parts = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text);
  if (!parts) throw new Error('a source begins with a YAML head between two lines of ---');
  return {
    about: about.parse(parseYaml(parts[1] ?? '')),
    blocks: marked.lexer(parts[2] ?? '').flatMap((token) => blockOf(token)),
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function blockOf(token: Token): Block[] {
  switch (token.type) {
    case 'space':
      return [];
    case 'hr':
      return [{ kind: 'page_break' }];
    case 'heading':
      return [{ kind: 'heading', level: (token as Tokens.Heading).depth, text: oneLine(token.text as string) }];
    case 'paragraph':
      return [{ kind: 'paragraph', text: oneLine(token.text as string) }];
    case 'blockquote':
      return [{ kind: 'note', text: oneLine(token.text as string) }];
    case 'list': {
      const list = token as Tokens.List;
      return [{ kind: 'list', ordered: list.ordered, items: list.items.map((item) => oneLine(item.text)) }];
    }
    case 'table': {
      const table = token as Tokens.Table;
      const texts = (cells: Tokens.TableCell[]) => cells.map((cell) => oneLine(cell.text));
      return [{ kind: 'table', header: texts(table.header), rows: table.rows.map(texts) }];
    }
    default:
      throw new Error(`a source has no ${token.type}: ${token.raw.slice(0, 60)}`);
  }
}
