import { unzipSync, zipSync } from 'fflate';

/** The date that stands in every generated file, so that building twice gives the same bytes. */
export const BUILT_AT = new Date(Date.UTC(2026, 2, 2, 8));

/** The same Office file with one fixed date inside and out; `bytes`: DOCX, PPTX or XLSX as a library wrote it. */
export function withFixedDates(bytes: Uint8Array): Uint8Array {
  const entries = unzipSync(bytes);
  const properties = entries['docProps/core.xml'];
  if (properties) {
    const dated = new TextDecoder()
      .decode(properties)
      .replace(/(<dcterms:(created|modified)[^>]*>)[^<]*/g, `$1${BUILT_AT.toISOString().replace('.000', '')}`);
    entries['docProps/core.xml'] = new TextEncoder().encode(dated);
  }
  // A folder entry has no content and some readers stumble over it.
  for (const name of Object.keys(entries)) if (name.endsWith('/')) delete entries[name];
  return zipSync(entries, { level: 9, mtime: new Date(2026, 2, 2, 8) });
}
