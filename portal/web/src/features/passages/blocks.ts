export type Block = { kind: 'text'; text: string } | { kind: 'table'; head: string[]; rows: string[][] };

const CELL = ' | ';
const cells = (line: string): string[] => line.split(CELL).map((cell) => cell.trim());

/**
 * A passage's text as paragraphs and tables: lines that follow each other and have the same number of cells, two and
 * more, are a table, the first of them its head.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let from = 0; from < lines.length;) {
    const columns = cells(lines[from]!).length;
    let to = from + 1;
    while (
      to < lines.length &&
      cells(lines[to]!).length > 1 === columns > 1 &&
      (columns === 1 || cells(lines[to]!).length === columns)
    )
      to += 1;
    const part = lines.slice(from, to);
    const [head, ...rows] = part.map(cells);
    blocks.push(
      columns > 1 && rows.length > 0 ? { kind: 'table', head: head!, rows } : { kind: 'text', text: part.join('\n') },
    );
    from = to;
  }
  return blocks.filter((block) => block.kind === 'table' || block.text.trim() !== '');
}
