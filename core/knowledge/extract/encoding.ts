/**
 * The text of a file whose encoding nobody tells: by its mark, by zero bytes (UTF-16), as UTF-8 if it is valid, as
 * Shift JIS or EUC-JP if that gives kana, else as Windows-1252. `declared`: a label found in the file, tried first.
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const encoding = byMark(bytes) ?? byZeros(bytes);
  if (encoding !== null) return decode(bytes, encoding) ?? '';
  const label = declared?.trim().toLowerCase();
  const asDeclared = label && !label.startsWith('utf-8') ? decode(bytes, label) : null;
  return asDeclared ?? decode(bytes, 'utf-8') ?? japanese(bytes) ?? decode(bytes, 'windows-1252') ?? '';
}

function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    const fatal = !encoding.startsWith('utf-16');
    return normaliseLines(new TextDecoder(encoding, { fatal }).decode(bytes));
  } catch {
    return null;
  }
}

const normaliseLines = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

function byMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : null;
}

function byZeros(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, 4096);
  const { even, odd } = countZeros(sample);
  if (even + odd <= sample.length / 8) return null;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

/** Zero bytes at even and at odd places: text in UTF-16 has them on one side, other text has none. */
export function countZeros(bytes: Uint8Array): { even: number; odd: number } {
  const counts = { even: 0, odd: 0 };
  for (const [index, byte] of bytes.entries()) if (byte === 0) counts[index % 2 === 0 ? 'even' : 'odd'] += 1;
  return counts;
}

function japanese(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, 20_000);
  for (const encoding of ['shift_jis', 'euc-jp']) {
    const text = new TextDecoder(encoding).decode(sample);
    const kana = text.match(/[\u3040-\u30ff]/g)?.length ?? 0;
    const broken = text.match(/\ufffd/g)?.length ?? 0;
    if (kana > text.length / 20 && broken <= 1) return decode(bytes, encoding);
  }
  return null;
}
