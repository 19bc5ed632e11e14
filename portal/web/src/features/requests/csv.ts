/**
 * A table as a file that a spreadsheet opens: UTF-8 with a mark, comma, RFC 4180. What a spreadsheet would take for a formula
 * gets an apostrophe before it: names are what people have typed.
 */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
