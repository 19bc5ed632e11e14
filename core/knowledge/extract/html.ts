import { parseHTML } from 'linkedom';
import { decodeText } from './encoding.ts';
import { isFurniture } from './html/furniture.ts';
import { readBody } from './html/body.ts';
import type { HtmlElement } from './html/node.ts';
import type { ParsedDocument } from './types.ts';

/** A web page: headings, paragraphs, lists, tables; without menus, scripts and what is hidden. */
export function parseHtml(bytes: Uint8Array): ParsedDocument {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1');
  const declared = /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
  const text = decodeText(bytes, declared);
  // Without a frame the parser takes the first element for the whole document.
  const whole = /<html[\s>]/i.test(text) ? text : `<html><body>${text}</body></html>`;
  const { document } = parseHTML(whole) as unknown as {
    document: { documentElement: HtmlElement | null; querySelector: (selector: string) => HtmlElement | null };
  };
  const root = document.querySelector('body') ?? document.documentElement;
  const blocks = root === null ? [] : readBody(root, isFurniture);
  const title = document.querySelector('title')?.textContent?.replace(/\s+/g, ' ').trim();
  return { title: title || (blocks.find((block) => block.kind === 'heading')?.text ?? null), pages: null, blocks };
}
