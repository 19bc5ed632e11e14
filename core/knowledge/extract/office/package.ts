import { refusals } from '../refusals.ts';
import { openZip } from './zip.ts';
import type { ZipParts } from './zip.ts';
import { readXml } from './xml.ts';

/** An Office file: its parts, and the path of the one that everything hangs on. */
export type OfficePackage = ZipParts & { readonly main: string };

/** A link from one part to another. `target`: a path within the package. */
export type Relationship = { id: string; type: string; target: string };

const KINDS = {
  docx: { folder: 'word/', inWords: 'a Word document' },
  pptx: { folder: 'ppt/', inWords: 'a PowerPoint presentation' },
  xlsx: { folder: 'xl/', inWords: 'an Excel workbook' },
} as const;

/** Opens an Office file of the kind its name says. @throws AppError file_type_mismatch, file_bomb, file_encrypted, file_corrupt */
export async function openOffice(bytes: Uint8Array, name: string, kind: keyof typeof KINDS): Promise<OfficePackage> {
  const zip = await openZip(bytes);
  const root = await relationshipsOf(zip, '');
  const main = root.find((link) => link.type.endsWith('/officeDocument'))?.target;
  if (main?.startsWith(KINDS[kind].folder)) return { ...zip, main };
  const found = Object.values(KINDS).find(({ folder }) => main?.startsWith(folder));
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  throw refusals.mismatch(extension, found?.inWords ?? 'a ZIP archive');
}

/** The links of a part, `''` for those of the whole package. */
export async function relationshipsOf(zip: ZipParts, part: string): Promise<Relationship[]> {
  const slash = part.lastIndexOf('/') + 1;
  const folder = part.slice(0, slash);
  const xml = await zip.read(`${folder}_rels/${part.slice(slash)}.rels`);
  const links: Relationship[] = [];
  if (xml === null) return links;
  readXml(xml, {
    open(name, attribute) {
      if (name !== 'Relationship' || attribute('TargetMode') === 'External') return;
      const target = resolvePath(folder, attribute('Target') ?? '');
      links.push({ id: attribute('Id') ?? '', type: attribute('Type') ?? '', target });
    },
  });
  return links;
}

function resolvePath(folder: string, target: string): string {
  const steps: string[] = [];
  for (const step of (target.startsWith('/') ? target : folder + target).split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}

/** The title in the document's properties, null where nobody gave one. */
export async function titleOf(zip: ZipParts): Promise<string | null> {
  const xml = await zip.read('docProps/core.xml');
  let title = '';
  let inside = false;
  if (xml !== null)
    readXml(xml, {
      open: (name) => void (inside = name === 'title'),
      close: () => void (inside = false),
      text: (text) => void (title += inside ? text : ''),
    });
  // Names that programs put there by themselves.
  return /^(?:|PowerPoint Presentation|PptxGenJS Presentation|Untitled.*|Presentation\d*|Book\d*|Document\d*)$/i.test(
    title.trim(),
  )
    ? null
    : title.trim();
}
