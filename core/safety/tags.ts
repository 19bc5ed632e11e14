import { feed, type Sink } from './sink.ts';

const ELEMENTS = new Set(
  'a abbr address area article aside at audio b base bdi bdo big blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe image img input ins kbd label legend li link main map mark marquee math menu meta meter nav noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp script section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr'.split(
    ' ',
  ),
);
const SCHEMES = new Set('http https ftp ftps file mailto tel sms slack msteams data javascript'.split(' '));
const LONGEST_TAG = 600;
const LONGEST_MENTION = 200;
const LONGEST_LINK = 2_000;

/** What may follow a `<` that is only a sign: `5 < 7`, `<5 mg`, `<= 3`. */
export const AFTER_PLAIN_SIGN = /^[\s\d=<]$/;

/**
 * Takes HTML out, and what stands between angle brackets in chats: mentions, links with a label. An unknown `<` is
 * shown as `‹`, so that nothing after it can make it a tag. `link` gives the piece for an allowed link, else undefined;
 * `removed` stands for one that is not.
 */
export function tagsRemoved(
  next: Sink,
  link: (url: string, label: string) => string | undefined,
  removed: string,
): Sink {
  let held = '';
  let kind: Kind = 'open';

  const isHolding = () => held !== '';
  const asText = () => {
    const rest = held.slice(1);
    held = '';
    next.char('‹');
    feed(sink, rest);
  };
  const close = () => {
    const inner = held.slice(1, -1);
    held = '';
    if (kind === 'link') {
      const [url = '', ...label] = inner.split('|');
      const piece = link(url, label.join('|'));
      if (piece !== undefined) next.atom(piece);
      else feed(label.length > 0 ? sink : next, label.length > 0 ? label.join('|') : removed);
    } else if (kind === 'mention') feed(sink, mentionText(inner));
    else if (/^\/?(br|p|li|tr|td|th|div|h\d)\b/i.test(inner)) next.char(' ');
  };
  const sink: Sink = {
    char(char) {
      if (held === '') {
        if (char === '<') {
          held = char;
          kind = 'open';
        } else next.char(char);
        return;
      }
      if (held === '<' && AFTER_PLAIN_SIGN.test(char)) {
        held = '';
        next.char('<');
        sink.char(char);
        return;
      }
      // None of these holds another: what was held is text, and is not looked at again for each that begins in it.
      if (char === '<') {
        asText();
        sink.char(char);
        return;
      }
      held += char;
      // What it is stands in its first letters; later ones only make it longer.
      if (kind === 'open') kind = kindOf(held);
      if (kind === 'text' || held.length > LONGEST[kind] || (char === '\n' && kind !== 'tag')) asText();
      else if (char === '>' && kind !== 'open') close();
    },
    atom(text) {
      while (isHolding()) asText();
      next.atom(text);
    },
    end() {
      while (isHolding()) asText();
      next.end();
    },
  };
  return sink;
}

type Kind = 'open' | 'tag' | 'mention' | 'link' | 'text';
const LONGEST: Readonly<Record<Kind, number>> = {
  open: 30,
  tag: LONGEST_TAG,
  mention: LONGEST_MENTION,
  link: LONGEST_LINK,
  text: 0,
};

/** What a text that begins with `<` is; `open` while its name may still become one that counts. */
function kindOf(held: string): Kind {
  if (/^<[@#!]/.test(held)) return 'mention';
  const match = /^<(\/?)([a-z][a-z0-9]*)?(.?)/is.exec(held);
  const [, slash = '', name = '', after = ''] = match ?? [];
  const lower = name.toLowerCase();
  if (lower === '') return held === '</' ? 'open' : 'text';
  if (after === '') {
    for (const known of ELEMENTS) if (known.startsWith(lower)) return 'open';
    if (slash === '') for (const known of SCHEMES) if (known.startsWith(lower)) return 'open';
    return 'text';
  }
  if (after === ':' && slash === '' && SCHEMES.has(lower)) return 'link';
  return ELEMENTS.has(lower) && /[\s/>]/.test(after) ? 'tag' : 'text';
}

/** The words of a mention without what makes it ping: its label, or the name of a special one. */
function mentionText(inner: string): string {
  if (inner.startsWith('!--')) return '';
  const bar = inner.indexOf('|');
  if (bar >= 0) return inner.slice(bar + 1).replace(/^[@#]+/, '');
  return /^!(here|channel|everyone)$/i.test(inner) ? inner.slice(1) : '';
}
