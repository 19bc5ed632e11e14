import type { HtmlElement } from './node.ts';

const NEVER_READ = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'canvas',
  'iframe',
  'object',
  'button',
  'select',
  'input',
  'textarea',
  'nav',
  'head',
  'dialog',
  'audio',
  'video',
]);
const ROLES = new Set(['navigation', 'banner', 'contentinfo', 'search', 'menu', 'menubar', 'dialog', 'alertdialog']);
const MENU_NAME =
  /(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|footer|cookie|pagination|skip-link|share)(?:[\s_-]|$)/i;

/**
 * Whether an element belongs to the page around the text: scripts, what is hidden, navigation. An element that is only
 * named like a menu has to consist of links as well: an uploaded page is a document, and nothing of it may get lost.
 */
export function isFurniture(element: HtmlElement): boolean {
  if (NEVER_READ.has(element.localName)) return true;
  if (element.getAttribute('hidden') !== null || element.getAttribute('aria-hidden') === 'true') return true;
  if (ROLES.has(element.getAttribute('role') ?? '')) return true;
  if (/display\s*:\s*none|visibility\s*:\s*hidden/i.test(element.getAttribute('style') ?? '')) return true;
  const name = `${element.getAttribute('class') ?? ''} ${element.getAttribute('id') ?? ''}`;
  return MENU_NAME.test(name) && isMostlyLinks(element);
}

function isMostlyLinks(element: HtmlElement): boolean {
  const all = lengthOf(element);
  let linked = 0;
  for (const link of element.querySelectorAll('a')) linked += lengthOf(link);
  return linked > all * 0.6;
}

const lengthOf = (element: HtmlElement): number => (element.textContent ?? '').replace(/\s+/g, '').length;
