import { createRequire } from 'node:module';
import { notTrusted } from './failure.ts';
import { refuseHostileXml } from './xml-bounds.ts';

/** What is used of a DOM element. Its own types would bring a browser's whole world into the server. */
export type XmlElement = Readonly<{
  localName: string;
  namespaceURI: string | null;
  parentNode: XmlElement | null;
  ownerDocument: unknown;
  textContent: string | null;
  childNodes: ArrayLike<XmlElement & { nodeType: number }>;
  attributes: ArrayLike<{ name: string; localName: string; prefix: string | null; value: string }>;
  /** Empty where there is none. */
  getAttribute(name: string): string;
  hasAttribute(name: string): boolean;
  toString(): string;
}>;

type Parser = { parseFromString(text: string, type: string): { documentElement?: XmlElement | null } | undefined };
const { DOMParser } = createRequire(import.meta.url)('@xmldom/xmldom') as {
  DOMParser: new (options: { errorHandler: () => never }) => Parser;
};

export const NAMESPACE = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
} as const;

const ELEMENT = 1;

/**
 * Reads a document in which every reader must see the same: UTF-8, well-formed without leniency, and nothing that begins with
 * `<!` or `<?` behind the declaration. That leaves out document types with their entities, comments, by which two readers
 * see two names, marked sections and processing instructions, none of which SAML needs. @throws AppError 'provider_failed'.
 */
export function readXml(text: string): XmlElement {
  const body = text.replace(/^\uFEFF?\s*(<\?xml\s[^<>?]{0,200}\?>)?/, '');
  if (/<[!?]/.test(body)) throw notTrusted('XML_NOT_PLAIN');
  refuseHostileXml(body);
  const refuse = (): never => {
    throw notTrusted('XML_MALFORMED');
  };
  let root: XmlElement | null | undefined;
  try {
    root = new DOMParser({ errorHandler: refuse }).parseFromString(body, 'text/xml')?.documentElement;
  } catch {
    return refuse();
  }
  if (!root || root.parentNode === null || elementsOf(root.parentNode).length !== 1) return refuse();
  return root;
}

/**
 * The text of a message that a form brought, base64, of at most so many bytes: a stranger may send any, and most of the work is
 * done before a signature can be looked at. @throws AppError 'provider_failed'.
 */
export function formText(message: string, longestBytes: number): string {
  if (message.length > Math.ceil(longestBytes / 3) * 4) throw notTrusted('MESSAGE_TOO_LARGE');
  return utf8(Buffer.from(message, 'base64'));
}

/** Text of bytes that are UTF-8. @throws AppError 'provider_failed'. */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notTrusted('XML_NOT_UTF8');
  }
}

const elementsOf = (parent: XmlElement): XmlElement[] =>
  Array.from(parent.childNodes).filter(({ nodeType }) => nodeType === ELEMENT);

/** An element and all below it. */
export function within(root: XmlElement): XmlElement[] {
  const found = [root];
  for (let at = 0; at < found.length; at += 1) found.push(...elementsOf(found[at]!));
  return found;
}

type Space = keyof typeof NAMESPACE;

export const isElement = (element: XmlElement, space: Space, name: string): boolean =>
  element.namespaceURI === NAMESPACE[space] && element.localName === name;

/** The direct children of a name. */
export const children = (parent: XmlElement, space: Space, name: string): XmlElement[] =>
  elementsOf(parent).filter((child) => isElement(child, space, name));

/** The only child of a name; null where there is none, or several. */
export function onlyChild(parent: XmlElement, space: Space, name: string): XmlElement | null {
  const [first, second] = children(parent, space, name);
  return first && !second ? first : null;
}

export const textOf = (element: XmlElement | null): string => element?.textContent?.trim() ?? '';

/** An attribute without a prefix; null where it is missing. */
export const attribute = (element: XmlElement, name: string): string | null =>
  element.hasAttribute(name) ? element.getAttribute(name) : null;

const XML_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** A time with its zone; null where there is none. @throws AppError 'provider_failed' for what is no time. */
export function timeOf(element: XmlElement, name: string): Date | null {
  const written = attribute(element, name);
  if (written === null) return null;
  const time = new Date(written);
  if (!XML_TIME.test(written) || Number.isNaN(time.getTime())) throw notTrusted('XML_TIME');
  return time;
}

/** Text as it may stand in XML, also inside an attribute. */
export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"'\r\n\t]/g, (sign) => `&#${sign.charCodeAt(0)};`);
