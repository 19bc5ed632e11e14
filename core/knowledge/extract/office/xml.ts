import { refusals } from '../refusals.ts';

/** What is told of an XML part, names without their prefix. `attribute`: its value by name, null where it has none. */
export type XmlListener = {
  open: (name: string, attribute: (name: string) => string | null) => void;
  close?: (name: string) => void;
  text?: (text: string) => void;
};

/**
 * Reads XML from front to back in one pass, without a tree and without recursion. Entities beyond the five of XML are
 * left as they stand; a file that declares its own is refused, since Office files never do. So is one that ends while
 * elements are open: it was cut off.
 * @throws AppError file_bomb, file_corrupt
 */
export function readXml(xml: string, listener: XmlListener): void {
  let at = 0;
  let depth = 0;
  const counting: XmlListener = {
    ...listener,
    open: (name, attribute) => {
      depth += 1;
      listener.open(name, attribute);
    },
    close: (name) => {
      depth -= 1;
      listener.close?.(name);
    },
  };
  for (let open = xml.indexOf('<'); open >= 0; open = xml.indexOf('<', at)) {
    if (open > at && depth > 0) listener.text?.(unescapeXml(xml.slice(at, open)));
    at = readMarkup(xml, open, counting);
  }
  if (depth !== 0) throw refusals.corrupt();
}

function readMarkup(xml: string, open: number, listener: XmlListener): number {
  const second = xml[open + 1];
  if (second === '!') {
    if (xml.startsWith('<!--', open)) return after(xml, '-->', open + 4);
    if (xml.startsWith('<![CDATA[', open)) {
      const end = after(xml, ']]>', open);
      listener.text?.(xml.slice(open + 9, end - 3));
      return end;
    }
    throw refusals.bomb();
  }
  if (second === '?') return after(xml, '?>', open);
  const end = endOfTag(xml, open + 1);
  if (second === '/') {
    listener.close?.(localName(xml.slice(open + 2, end).trimEnd()));
    return end + 1;
  }
  const empty = xml[end - 1] === '/';
  const tag = xml.slice(open + 1, empty ? end - 1 : end);
  const space = tag.search(/\s/);
  const name = localName(space < 0 ? tag : tag.slice(0, space));
  listener.open(name, (key) => (space < 0 ? null : attributeOf(tag, key)));
  if (empty) listener.close?.(name);
  return end + 1;
}

function after(xml: string, mark: string, from: number): number {
  const at = xml.indexOf(mark, from);
  if (at < 0) throw refusals.corrupt();
  return at + mark.length;
}

/** The closing bracket of a tag; one inside a quoted value does not count. */
function endOfTag(xml: string, from: number): number {
  let end = xml.indexOf('>', from);
  for (;;) {
    if (end < 0) throw refusals.corrupt();
    const tag = xml.slice(from, end);
    const quotes = (mark: string): number => tag.split(mark).length - 1;
    if (quotes('"') % 2 === 0 || end - from > 100_000) return end;
    end = xml.indexOf('>', end + 1);
  }
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function attributeOf(tag: string, key: string): string | null {
  for (let at = tag.indexOf(`${key}=`); at >= 0; at = tag.indexOf(`${key}=`, at + 1)) {
    const before = tag[at - 1] ?? '';
    const quote = tag[at + key.length + 1];
    if ((before !== ':' && !/\s/.test(before)) || (quote !== '"' && quote !== "'")) continue;
    const start = at + key.length + 2;
    return unescapeXml(tag.slice(start, tag.indexOf(quote, start)));
  }
  return null;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name) return NAMED[String(name).toLowerCase()] ?? whole;
    const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10_ffff ? String.fromCodePoint(point) : '';
  });
}
