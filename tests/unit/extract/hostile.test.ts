import { expect, test } from 'vitest';
import { extractDocument } from '../../../core/knowledge/extract/extract.ts';
import { aDocx, aParagraph, aPdf, aWorkbook, aZip } from '../../fixtures/files/make.ts';

const codeOf = (name: string, bytes: Uint8Array): Promise<string> =>
  extractDocument(name, bytes).then(
    () => 'read',
    (error: { code?: string }) => error.code ?? String(error),
  );

test('a PDF under a password is refused as protected', async () => {
  const pdf = await aPdf((page) => page.text('secret'), { userPassword: 'word', pdfVersion: '1.7' });
  expect(await codeOf('a.pdf', pdf)).toBe('file_encrypted');
});

test('a PDF that only its owner may change is read', async () => {
  const pdf = await aPdf((page) => page.text('open text'), { ownerPassword: 'word', pdfVersion: '1.7' });
  expect(await codeOf('a.pdf', pdf)).toBe('read');
});

test('a PDF without any text is refused with the advice to recognise it first', async () => {
  const pdf = await aPdf((page) => page.rect(10, 10, 100, 100).fill('grey'));
  await expect(extractDocument('scan.pdf', pdf)).rejects.toMatchObject({
    code: 'file_no_text',
    message: expect.stringContaining('OCR'),
  });
});

test('a PDF of rubbish is refused as damaged', async () => {
  expect(await codeOf('a.pdf', Buffer.from(`%PDF-1.7\n${'rubbish '.repeat(500)}`))).toBe('file_corrupt');
});

test('a Word document that was cut off is refused as damaged', async () => {
  const whole = aDocx(aParagraph('text').repeat(200));
  for (const share of [0.3, 0.7, 0.98])
    expect(await codeOf('a.docx', whole.subarray(0, whole.length * share))).toBe('file_corrupt');
});

test('a Word document whose XML breaks off is refused as damaged', async () => {
  expect(
    await codeOf('a.docx', aDocx('', { 'word/document.xml': `<w:document><w:body>${aParagraph('text')}<w:p><w:r>` })),
  ).toBe('file_corrupt');
});

test('a ZIP bomb is refused before it is unpacked whole', async () => {
  const bomb = aDocx(aParagraph('a'.repeat(60_000_000)));
  expect(bomb.length).toBeLessThan(200_000);
  expect(await codeOf('a.docx', bomb)).toBe('file_bomb');
});

test('a ZIP bomb in a part that nobody looks at is refused by what it claims', async () => {
  const bomb = claiming(
    aDocx(aParagraph('text'), { 'word/media/image1.png': 'x' }),
    'word/media/image1.png',
    4_000_000_000,
  );
  expect(await codeOf('a.docx', bomb)).toBe('file_bomb');
});

test('a part that unpacks to more than it claims is refused', async () => {
  const bomb = claiming(aDocx(aParagraph('a'.repeat(100_000))), 'word/document.xml', 10);
  expect(await codeOf('a.docx', bomb)).toBe('file_bomb');
});

test('a ZIP of very many entries is refused', async () => {
  const parts = Object.fromEntries(Array.from({ length: 10_100 }, (_, index) => [`word/${index}.xml`, '']));
  expect(await codeOf('a.docx', aDocx(aParagraph('text'), parts))).toBe('file_bomb');
});

test('entities that multiply are refused, not resolved', async () => {
  const entities = `<!DOCTYPE x [<!ENTITY a "ha">${'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'}]><w:document><w:body>${aParagraph('&b;')}</w:body></w:document>`;
  expect(await codeOf('a.docx', aDocx('', { 'word/document.xml': entities }))).toBe('file_bomb');
});

test('a workbook that is named as a document is refused with what it is', async () => {
  const error = await extractDocument('a.docx', aWorkbook({ One: [['text']] })).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'file_type_mismatch', message: expect.stringContaining('an Excel workbook') });
  expect(await codeOf('a.pptx', aZip({ 'readme.txt': 'text' }))).toBe('file_type_mismatch');
});

test('elements nested twenty thousand deep are read or refused, and nothing overflows', async () => {
  const deep = `<html><body>${'<div>'.repeat(20_000)}deep${'</div>'.repeat(20_000)}</body></html>`;
  expect(['read', 'file_corrupt']).toContain(await codeOf('a.html', Buffer.from(deep)));
  expect(['read', 'file_corrupt']).toContain(await codeOf('a.md', Buffer.from('> '.repeat(2_000) + 'deep')));
});

test('what only looks empty is refused as without text', async () => {
  expect(await codeOf('a.txt', Buffer.from(' \n\n \u00ad\n'))).toBe('file_no_text');
  expect(await codeOf('a.docx', aDocx(aParagraph(' ')))).toBe('file_no_text');
});

/** The ZIP with another unpacked size in an entry's place in the directory. */
function claiming(zip: Buffer, name: string, size: number): Buffer {
  const bytes = Buffer.from(zip);
  const directory = bytes.lastIndexOf(Buffer.from(name));
  bytes.writeUInt32LE(size, directory - 46 + 24);
  return bytes;
}
