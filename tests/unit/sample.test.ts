import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { parse as parseYaml } from 'yaml';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { versionsOf } from '../../core/access/company/contradictions.ts';
import { parseCompanyFile } from '../../core/access/company/file.ts';

const SAMPLE = path.join(import.meta.dirname, '../../prisma/sample');
const company = parseCompanyFile(readFileSync(path.join(SAMPLE, 'company.yaml'), 'utf8'));
const questions = z
  .array(
    z.strictObject({
      question: z.string().min(1),
      after: z.string().optional(),
      as: z.email(),
      expect: z.array(
        z.strictObject({ document: z.string(), page: z.int().positive().optional(), contains: z.string().min(1) }),
      ),
      forbidden: z.array(z.email()),
      set: z.enum(['tune', 'check']),
    }),
  )
  .parse(parseYaml(readFileSync(path.join(import.meta.dirname, '../fixtures/questions.yaml'), 'utf8')));

const paths = company.knowledgeBases.flatMap((base) => base.documents).flatMap(versionsOf);

/** The knowledge base that a file name lies in, if that file is the newest version of its document. */
function knowledgeBaseOf(fileName: string): string | undefined {
  const isNewest = (file: string | undefined) => file !== undefined && path.basename(file) === fileName;
  return company.knowledgeBases.find((base) => base.documents.some((entry) => isNewest(versionsOf(entry).at(-1))))
    ?.name;
}

/** Who may use a knowledge base, by the file alone: its owner and its grants, active and approved people only. */
function mayUse(email: string, knowledgeBase: string): boolean {
  const person = company.people.find((each) => each.email === email);
  if (!person?.active || person.role === 'pending') return false;
  const given = (to: 'everyone' | { group: string } | { person: string } | { serviceAccount: string }) =>
    to === 'everyone' || ('group' in to ? person.groups.includes(to.group) : 'person' in to && to.person === email);
  const base = company.knowledgeBases.find((each) => each.name === knowledgeBase);
  const grants = company.grants.filter(
    ({ resource }) => 'knowledgeBase' in resource && resource.knowledgeBase === knowledgeBase,
  );
  return (base !== undefined && given(base.owner)) || grants.some((grant) => given(grant.to));
}

test('an administrator, a pending person and one who left are granted no knowledge but the policies for everyone', () => {
  const outsiders = company.people.filter((person) => person.role !== 'user' || !person.active);
  expect(outsiders.length).toBeGreaterThanOrEqual(4);
  for (const person of outsiders)
    for (const base of company.knowledgeBases)
      expect(mayUse(person.email, base.name), `${person.email} in ${base.name}`).toBe(
        person.role === 'admin' && base.name === 'Company Policies',
      );
});

test('"knowledge bases only" groups deny every tool and upload, and the others are given what the table names', () => {
  const none = ['chat.file_upload', 'tools.code', 'tools.extraction', 'tools.terminal', 'tools.web_search'];
  const group = (name: string) => company.groups.find((each) => each.name === name);
  for (const name of ['Pharmacovigilance', 'Support Staff'])
    expect(group(name)?.permissions).toMatchObject({ allow: [], deny: expect.arrayContaining(none) });
  expect(group('Pharmacovigilance')?.modelClasses).toEqual(['large', 'reasoning']);
  expect(group('Support Staff')?.modelClasses).toEqual(['small']);
  expect(group('R&D / Discovery')?.permissions.allow.toSorted()).toEqual([
    'chat.file_upload',
    'tools.code',
    'tools.terminal',
    'tools.web_search',
  ]);
  expect(group('Biostatistics')?.permissions.allow.toSorted()).toEqual([
    'chat.file_upload',
    'tools.code',
    'tools.terminal',
  ]);
});

test('the company has eight groups with managers, eleven knowledge bases and at least thirty people', () => {
  expect(company.groups).toHaveLength(8);
  expect(company.knowledgeBases).toHaveLength(11);
  expect(company.people.length).toBeGreaterThanOrEqual(30);
  for (const group of company.groups)
    expect(
      company.people.some((person) => person.active && person.manages.includes(group.name)),
      group.name,
    ).toBe(true);
});

test('the sample question can be answered first: its document leads the first knowledge base and its asker may read it', () => {
  const first = company.knowledgeBases[0];
  expect(first?.documents[0]).toBe(company.sampleQuestion?.document);
  expect(mayUse(company.sampleQuestion?.as ?? '', first?.name ?? '')).toBe(true);
  expect(questions.some((each) => each.question === company.sampleQuestion?.question && each.expect.length > 0)).toBe(
    true,
  );
});

test('every listed file is there, none lies there unlisted, and all of them are small', () => {
  const present = globSync('documents/**/*.*', { cwd: SAMPLE }).map((file) => file.split(path.sep).join('/'));
  expect(present.toSorted()).toEqual(paths.toSorted());
  expect(new Set(paths.map((file) => path.basename(file))).size, 'file names are unique').toBe(paths.length);
  expect(present.reduce((sum, file) => sum + statSync(path.join(SAMPLE, file)).size, 0)).toBeLessThan(6_000_000);
});

test('there are at least forty documents in all eight formats, three or more in each knowledge base', () => {
  expect(company.knowledgeBases.flatMap((base) => base.documents).length).toBeGreaterThanOrEqual(40);
  expect([...new Set(paths.map((file) => path.extname(file)))].toSorted()).toEqual([
    '.csv',
    '.docx',
    '.html',
    '.md',
    '.pdf',
    '.pptx',
    '.txt',
    '.xlsx',
  ]);
  for (const base of company.knowledgeBases) expect(base.documents.length, base.name).toBeGreaterThanOrEqual(3);
});

test('nobody who is forbidden an answer has a grant on its document, and whoever is to find it has one', () => {
  for (const { question, as, expect: expected, forbidden } of questions)
    for (const { document } of expected) {
      const base = knowledgeBaseOf(document);
      expect(base, `${document} of "${question}"`).toBeDefined();
      expect(mayUse(as, base ?? ''), `${as} may read ${document}`).toBe(true);
      for (const email of forbidden)
        expect(mayUse(email, base ?? ''), `${email} must not read ${document}`).toBe(false);
    }
});

test('every asker and every forbidden person exists, and whoever finds nothing is asked nothing forbidden', () => {
  const people = new Set(company.people.map((person) => person.email));
  for (const each of questions) {
    for (const email of [each.as, ...each.forbidden]) expect(people, each.question).toContain(email);
  }
  const unanswerable = questions.filter(({ expect: expected }) => expected.length === 0);
  expect(unanswerable).not.toEqual([]);
  for (const { question, forbidden } of unanswerable) expect(forbidden, question).toEqual([]);
});

test('a question that somebody else can answer finds nothing for those without the grant', () => {
  const refused = questions.filter((each) => each.expect.length === 0);
  const elsewhere = refused.flatMap(({ question, as }) =>
    questions.filter((other) => other.question === question && other.as !== as).map((other) => ({ as, other })),
  );
  expect(elsewhere.length).toBeGreaterThanOrEqual(10);
  for (const { as, other } of elsewhere)
    for (const { document } of other.expect)
      expect(mayUse(as, knowledgeBaseOf(document) ?? ''), `${as}: ${other.question}`).toBe(false);
});

test('a follow-up comes after a question of the same person and set', () => {
  const followUps = questions.filter((each) => each.after !== undefined);
  expect(followUps.length).toBeGreaterThanOrEqual(8);
  for (const { question, after, as, set } of followUps)
    expect(
      questions.some((first) => first.question === after && first.as === as && first.set === set),
      question,
    ).toBe(true);
});

test('there are at least a hundred questions, about half of them kept for checking, none twice', () => {
  expect(questions.length).toBeGreaterThanOrEqual(100);
  const share = questions.filter((each) => each.set === 'check').length / questions.length;
  expect(share).toBeGreaterThan(0.4);
  expect(share).toBeLessThan(0.6);
  expect(new Set(questions.map((each) => `${each.as} ${each.question}`)).size).toBe(questions.length);
});

/** The text of a plain file, or of every text node of an Office file, a node a line. */
function textOf(file: string): string {
  const bytes = readFileSync(path.join(SAMPLE, file));
  if (!/\.(docx|pptx|xlsx)$/.test(file)) return bytes.toString('utf8');
  const parts = Object.entries(unzipSync(bytes)).filter(([name]) => name.endsWith('.xml'));
  return parts
    .map(([, part]) =>
      strFromU8(part)
        .replace(/<[^>]*>/g, '\n')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&'),
    )
    .join('\n');
}

test('what a question expects stands in the document, within a line or a cell', () => {
  const readable = questions.flatMap((each) => each.expect).filter(({ document }) => !document.endsWith('.pdf'));
  expect(readable.length).toBeGreaterThanOrEqual(80);
  for (const { document, contains } of readable) {
    const file = paths.find((each) => path.basename(each) === document) ?? '';
    expect(
      textOf(file)
        .split('\n')
        .some((line) => line.includes(contains)),
      `${document}: ${contains}`,
    ).toBe(true);
  }
});

test('Word files have real headings and tables, slides have notes, workbooks several sheets', () => {
  const inside = (file: string) => unzipSync(readFileSync(path.join(SAMPLE, file)));
  const entries = (file: string, name: RegExp) => Object.keys(inside(file)).filter((entry) => name.test(entry));
  const ending = (extension: string) => paths.filter((file) => file.endsWith(extension));
  for (const file of ending('.docx')) {
    const text = strFromU8(inside(file)['word/document.xml'] ?? new Uint8Array());
    expect(text, file).toContain('<w:pStyle w:val="Heading2"/>');
    expect(text, file).toContain('<w:tbl>');
  }
  for (const file of ending('.pptx')) expect(entries(file, /notesSlide\d+\.xml$/).length, file).toBeGreaterThan(3);
  for (const file of ending('.xlsx')) expect(entries(file, /sheet\d+\.xml$/).length, file).toBeGreaterThan(1);
});
