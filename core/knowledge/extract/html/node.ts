/** What is used of the document tree. */
export type HtmlNode = {
  nodeType: number;
  textContent: string | null;
  childNodes: ArrayLike<HtmlNode> & Iterable<HtmlNode>;
};
export type HtmlElement = HtmlNode & {
  localName: string;
  getAttribute: (name: string) => string | null;
  querySelectorAll: (selector: string) => ArrayLike<HtmlElement> & Iterable<HtmlElement>;
};

const ELEMENT = 1;
const TEXT = 3;

export const isElement = (node: HtmlNode): node is HtmlElement => node.nodeType === ELEMENT;
export const isText = (node: HtmlNode): boolean => node.nodeType === TEXT;
