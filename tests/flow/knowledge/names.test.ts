import { expect, test } from 'vitest';
import { cleanName, compareRevisions, revisionOf, titleOf } from '../../../core/knowledge/names.ts';

test('a name loses its folders, control characters and what is too long, and keeps its ending', () => {
  expect(cleanName('../../etc/passwd')).toBe('passwd');
  expect(cleanName('C:\\Users\\me\\Plan\u0000 v2.docx')).toBe('Plan v2.docx');
  expect(cleanName(' \t ')).toBe('');
  const long = cleanName(`${'x'.repeat(400)}.pdf`);
  expect(long).toHaveLength(255);
  expect(long.endsWith('.pdf')).toBe(true);
});

test.each([
  ['SOP-MFG-042-Rev3-Granulate-Drying.pdf', 'SOP-MFG-042-Rev12-Granulate-Drying.pdf'],
  ['Plan v1.docx', 'Plan v2.docx'],
  ['Plan_version_1.9.docx', 'Plan_version_1.10.docx'],
  ['Policy (Rev. 1).md', 'Policy (Rev. 2).md'],
])('%s comes before %s', (earlier, later) => {
  const [a, b] = [revisionOf(earlier)!, revisionOf(later)!];
  expect(a.series).toBe(b.series);
  expect(compareRevisions(a, b)).toBeLessThan(0);
});

test('a letter and a number inside a word are no revision', () => {
  expect(revisionOf('Form-CV19-Travel.pdf')).toBeNull();
  expect(revisionOf('Review-2025.pdf')).toBeNull();
  expect(revisionOf('Rev3-A.pdf')?.series).not.toBe(revisionOf('Rev3-B.pdf')?.series);
});

test('a title has neither ending nor revision, so that a passage which did not change keeps its vector', () => {
  expect(titleOf('SOP-MFG-042-Rev3-Granulate-Drying.pdf')).toBe(titleOf('SOP-MFG-042-Rev4-Granulate-Drying.pdf'));
  expect(titleOf('Remote-Work_Policy.md')).toBe('Remote Work Policy');
  expect(titleOf('Rev2.md')).toBe('Rev2.md');
});
