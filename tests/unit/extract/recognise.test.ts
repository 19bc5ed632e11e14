import { expect, test } from 'vitest';
import { recogniseFormat } from '../../../core/knowledge/extract/recognise.ts';
import { aDocx, anEncryptedDocx, aParagraph, aPdf, aZip } from '../../fixtures/files/make.ts';

const refusalOf = (name: string, bytes: Uint8Array, size?: number): { code: string; message: string } => {
  try {
    recogniseFormat(name, bytes, size);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error(`${name} was not refused`);
};

test('an empty file is refused', () => {
  expect(refusalOf('sop.pdf', new Uint8Array())).toMatchObject({ code: 'file_empty' });
});

test('a file above 100,000,000 bytes is refused, one of exactly that size is not', () => {
  const head = Buffer.from('%PDF-1.7');
  expect(refusalOf('sop.pdf', head, 100_000_001)).toMatchObject({ code: 'file_too_large' });
  expect(refusalOf('sop.pdf', head, 101_000_000).message).toContain('101.0 MB');
  expect(recogniseFormat('sop.pdf', head, 100_000_000)).toBe('pdf');
});

test('a content that does not fit the ending is refused, and both are named', async () => {
  const pdf = await aPdf((page) => page.text('text'));
  expect(refusalOf('sop.docx', pdf)).toMatchObject({ code: 'file_type_mismatch' });
  expect(refusalOf('sop.docx', pdf).message).toMatch(/\.docx.*a PDF/);
  expect(refusalOf('sop.txt', pdf).code).toBe('file_type_mismatch');
  expect(refusalOf('sop.pdf', aDocx(aParagraph('text'))).code).toBe('file_type_mismatch');
  expect(refusalOf('list.csv', aZip({ 'a.csv': '1,2' })).code).toBe('file_type_mismatch');
  expect(refusalOf('notes.md', Buffer.from('7f454c46020101', 'hex')).message).toContain('a program');
  expect(refusalOf('notes.txt', Buffer.from([1, 2, 3, 0, 0, 5, 6, 0])).message).toContain('not text');
});

test('other types are refused with what to do instead', () => {
  expect(refusalOf('old.doc', anEncryptedDocx()).message).toContain('save it as .docx');
  expect(refusalOf('photo.png', Buffer.from('89504e470d0a1a0a', 'hex')).code).toBe('file_type_unknown');
  expect(refusalOf('archive.zip', aZip({ a: 'b' })).code).toBe('file_type_unknown');
  expect(refusalOf('noending', Buffer.from('text')).message).toContain('no ending');
});

test('an ending cannot smuggle text into the message', () => {
  expect(refusalOf('x.<img src=x>', Buffer.from('text')).message).not.toContain('<img');
});

test('a Word document under a password is refused as protected', () => {
  expect(refusalOf('secret.docx', anEncryptedDocx())).toMatchObject({ code: 'file_encrypted' });
});

test('the eight formats are recognised, whatever the case of their ending', async () => {
  const zip = aZip({ a: 'b' });
  const text = Buffer.from('some text');
  expect(recogniseFormat('A.PDF', await aPdf((page) => page.text('x')))).toBe('pdf');
  for (const format of ['docx', 'pptx', 'xlsx'] as const) expect(recogniseFormat(`a.${format}`, zip)).toBe(format);
  expect(recogniseFormat('a.csv', text)).toBe('csv');
  expect(recogniseFormat('a.htm', Buffer.from('<!doctype html><p>x'))).toBe('html');
  expect(recogniseFormat('a.md', text)).toBe('markdown');
  expect(recogniseFormat('a.txt', Buffer.from('text', 'utf16le'))).toBe('text');
});
