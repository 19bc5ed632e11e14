import { CLOSING_MARKS, feed, type Sink } from './sink.ts';

/** Beginnings of addresses that programs turn into links wherever they stand. */
const LINK_BEGINNINGS = [
  'http',
  'https',
  'ftp',
  'ftps',
  'sftp',
  'file',
  'ws',
  'wss',
  'ssh',
  'smb',
  'slack',
  'msteams',
].map((scheme) => `${scheme}://`);
LINK_BEGINNINGS.push('www.');
/** The same without an authority: a space after the colon is enough, and keeps what is often just a word. */
const COLON_BEGINNINGS = ['mailto:', 'tel:', 'sms:', 'javascript:', 'vbscript:', 'data:', 'blob:'];
const BEGINNINGS = [...LINK_BEGINNINGS, ...COLON_BEGINNINGS];

/** Endings by which chats recognise an address without `https://`. */
const DOMAIN_ENDINGS = new Set(
  'com net org info biz io co ai dev app xyz top site online shop store cloud tech page link click live me edu gov mil int de uk eu fr ch ru cn jp br nl pl cz se dk fi es pt gr hu ro ua tr kr tw hk sg au nz ca mx za tv gg ly'.split(
    ' ',
  ),
);
/** Endings that are also words or endings of file names: only where a path or port follows. */
const DOMAIN_ENDINGS_BEFORE_PATH = new Set(
  'in is it at to no my so be as am us do zip mov md sh py rs pl ps cc id la vc im ws st cx'.split(' '),
);
const LONGEST_ENDING = 12;

const URL_CHAR = /^[!#-;=?-[\]_a-z~]$/i;
const WORD_CHAR = /^[a-z0-9]$/i;
const ONLY_CLOSING_MARKS = new RegExp(`^[${CLOSING_MARKS.replace(/[\]\\]/g, '\\$&')}]*$`);

/**
 * Replaces addresses that are not in `allowed` by `removed`; takes the link out of `name.com` and the ping out of
 * `@everyone`, leaving both readable.
 */
export function addressesRemoved(next: Sink, allowed: readonly string[], removed: string): Sink {
  /** A beginning, an address or a domain's ending that is not decided yet. */
  let held = '';
  let mode: 'text' | 'beginning' | 'colon' | 'address' | 'swallow' | 'ending' = 'text';
  let last = '';
  let beforeLast = '';
  let inEmail = false;

  const isHolding = () => mode !== 'text';
  const give = (char: string) => {
    next.char(char);
    beforeLast = last;
    last = char;
  };
  const giveAll = (text: string) => {
    for (const char of text) give(char);
  };
  const take = () => {
    const text = held;
    held = '';
    mode = 'text';
    return text;
  };

  const inText = (char: string) => {
    if (!WORD_CHAR.test(last) && BEGINNINGS.some((beginning) => beginning.startsWith(char.toLowerCase()))) {
      mode = 'beginning';
      held = char;
    } else plain(char);
  };
  const plain = (char: string) => {
    if (char === '.' && /[\p{L}\p{N}]/u.test(last) && !inEmail) {
      mode = 'ending';
      held = char;
    } else if (char === '@' && !WORD_CHAR.test(last)) give('＠');
    else {
      if (char === '@') inEmail = true;
      else if (!/[\w.-]/.test(char)) inEmail = false;
      if (char === '/' && last === '/' && beforeLast === ':') give(' ');
      give(char);
    }
  };
  const inBeginning = (char: string) => {
    const text = (held + char).toLowerCase();
    const candidates = BEGINNINGS.filter((beginning) => beginning.startsWith(text));
    if (candidates.length === 0) {
      const [first = '', ...rest] = take();
      plain(first);
      feed(sink, rest.join('') + char);
      return;
    }
    held += char;
    if (!candidates.includes(text)) return;
    if (COLON_BEGINNINGS.includes(text)) {
      giveAll(take());
      mode = 'colon';
    } else mode = 'address';
  };
  const mayBeAllowed = (address: string) =>
    allowed.some(
      (url) =>
        url.startsWith(address) || (address.startsWith(url) && ONLY_CLOSING_MARKS.test(address.slice(url.length))),
    );
  const inAddress = (char: string) => {
    if (!URL_CHAR.test(char)) {
      closeAddress();
      sink.char(char);
      return;
    }
    held += char;
    if (mayBeAllowed(held)) return;
    const marks = closingMarks(held);
    giveAll(removed);
    mode = 'swallow';
    held = marks;
  };
  const closeAddress = () => {
    const address = take();
    let url = '';
    for (const one of allowed)
      if (one.length > url.length && address.startsWith(one) && ONLY_CLOSING_MARKS.test(address.slice(one.length)))
        url = one;
    if (url === '') return giveAll(removed + closingMarks(address));
    next.atom(url);
    beforeLast = last = 'x';
    giveAll(address.slice(url.length));
  };
  const inSwallow = (char: string) => {
    if (!URL_CHAR.test(char)) {
      giveAll(take());
      sink.char(char);
    } else held = CLOSING_MARKS.includes(char) ? (held + char).slice(-LONGEST_ENDING) : '';
  };
  const inColon = (char: string) => {
    mode = 'text';
    if (!/\s/.test(char)) give(' ');
    sink.char(char);
  };
  const inEnding = (char: string) => {
    if (/^[a-z]$/i.test(char) && held.length <= LONGEST_ENDING) {
      held += char;
      return;
    }
    closeEnding(char);
    sink.char(char);
  };
  const closeEnding = (following: string) => {
    const ending = take().slice(1);
    const lower = ending.toLowerCase();
    const isDomain =
      !/[a-z0-9@_]/i.test(following) &&
      (DOMAIN_ENDINGS.has(lower) || (DOMAIN_ENDINGS_BEFORE_PATH.has(lower) && /[/:?#]/.test(following)));
    if (isDomain) return giveAll(`(.)${ending}`);
    give('.');
    feed(sink, ending);
  };

  const sink: Sink = {
    char(char) {
      if (mode === 'text') inText(char);
      else if (mode === 'beginning') inBeginning(char);
      else if (mode === 'address') inAddress(char);
      else if (mode === 'swallow') inSwallow(char);
      else if (mode === 'colon') inColon(char);
      else inEnding(char);
    },
    atom(text) {
      settle();
      next.atom(text);
      beforeLast = last = 'x';
    },
    end() {
      settle();
      next.end();
    },
  };
  /** What was held is what it is so far; the rest of a beginning may hold another. */
  const settle = () => {
    while (isHolding()) {
      if (mode === 'address') closeAddress();
      else if (mode === 'ending') closeEnding('');
      else if (mode === 'beginning') {
        const [first = '', ...rest] = take();
        plain(first);
        feed(sink, rest.join(''));
      } else giveAll(take());
    }
  };
  return sink;
}

/** The marks at the end of an address that belong to the sentence around it. */
function closingMarks(address: string): string {
  let start = address.length;
  while (start > 0 && CLOSING_MARKS.includes(address.charAt(start - 1))) start -= 1;
  return address.slice(start);
}
