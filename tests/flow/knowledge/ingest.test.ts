import { Readable } from 'node:stream';
import { beforeEach, expect } from 'vitest';
import { mintScope, type AccessScope } from '../../../core/access/scope.ts';
import { AppError } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import { deleteDocument } from '../../../core/knowledge/deletion.ts';
import { documentStatus, listDocuments, retryDocument } from '../../../core/knowledge/documents.ts';
import { ingest } from '../../../core/knowledge/ingest.ts';
import { deleteKnowledgeBase } from '../../../core/knowledge/knowledge-bases.ts';
import { openPassage } from '../../../core/knowledge/passage.ts';
import { acceptUpload } from '../../../core/knowledge/uploads.ts';
import { search } from '../../../core/retrieval/search.ts';
import { test } from './house.ts';
import { COMMAND_LINE, type Installation } from './installation.ts';

const FIRST = { after: null, limit: 100 };
const RULES =
  '# Cold room\n\nThe cold room is kept at 4 degrees. Deviations above 8 degrees are reported within 24 hours.\n';
const CHANGED = RULES.replace('8 degrees', '6 degrees');
const FIRST_TRY = { number: 1, last: false, signal: new AbortController().signal };

beforeEach<{ house: Installation }>(({ house }) => {
  house.embedder.fail = null;
  house.embedder.pauseMs = 0;
});

const found = (house: Installation, scope: AccessScope, text: string) => search(house.ctx, scope, { text, limit: 5 });
const texts = async (house: Installation, scope: AccessScope, text: string) =>
  (await found(house, scope, text)).map((p) => p.text);
const count = async (house: Installation, statement: string, ...values: unknown[]): Promise<number> =>
  (await house.ctx.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${statement}`, values)).rows[0]!.n;

test('a document outside the scope does not exist: not its state, not its passages, and it cannot be deleted', async ({
  house,
}) => {
  const mine = await house.aKnowledgeBase();
  const theirs = await house.aKnowledgeBase();
  const document = await house.upload(theirs.id, 'Secret.md', RULES);
  await house.settled(theirs.scope, document.id);
  const [passage] = await found(house, theirs.scope, 'cold room degrees');
  expect(passage).toBeDefined();
  const unseen = { code: 'not_found' };
  await expect(documentStatus(house.ctx, mine.scope, document.id)).rejects.toMatchObject(unseen);
  await expect(openPassage(house.ctx, mine.scope, passage!.id)).rejects.toMatchObject(unseen);
  await expect(deleteDocument(house.ctx, mine.scope, document.id, COMMAND_LINE)).rejects.toMatchObject(unseen);
  await expect(listDocuments(house.ctx, mine.scope, theirs.id, FIRST)).rejects.toMatchObject(unseen);
  await expect(
    search(house.ctx, mine.scope, { text: 'cold room', limit: 5, knowledgeBaseIds: [theirs.id] }),
  ).rejects.toMatchObject(unseen);
  expect(await found(house, mine.scope, 'cold room degrees')).toEqual([]);
  expect(await found(house, mintScope(newId(), []), 'cold room degrees')).toEqual([]);
});

test('a file is refused with its reason, and nothing of it stays', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  const before = await count(house, 'document_version');
  await expect(house.upload(id, 'Empty.md', '')).rejects.toMatchObject({ code: 'file_empty' });
  await expect(house.upload(id, 'Picture.pdf', 'plain words')).rejects.toMatchObject({ code: 'file_type_mismatch' });
  await expect(house.upload(id, 'tool.exe', 'MZ')).rejects.toMatchObject({ code: 'file_type_unknown' });
  await expect(house.upload(id, '/ ', RULES)).rejects.toMatchObject({ code: 'bad_input' });
  await expect(house.upload(newId(), 'Rules.md', RULES)).rejects.toMatchObject({ code: 'not_found' });
  expect(await count(house, 'document_version')).toBe(before);
  expect(await listDocuments(house.ctx, scope, id, FIRST)).toEqual([]);
});

test('101 MB are read to their end and refused, so that the next file of the request can be read', async ({
  house,
}) => {
  const { id } = await house.aKnowledgeBase();
  let sent = 0;
  const chunk = Buffer.alloc(1_000_000, 'a');
  const content = Readable.from(
    (function* () {
      for (; sent < 101; sent += 1) yield chunk;
    })(),
  );
  const refused = await acceptUpload(house.ctx, {
    ...COMMAND_LINE,
    knowledgeBaseId: id,
    name: 'Large.txt',
    content,
  }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'file_too_large', message: expect.stringContaining('101.0 MB') });
  expect(sent).toBe(101);
});

test('a file that cannot be read fails at once, in words its owner understands, and does not stop the others', async ({
  house,
}) => {
  const { id, scope } = await house.aKnowledgeBase();
  const broken = await house.upload(id, 'Broken.docx', Buffer.from('504b0304deadbeef', 'hex'));
  const fine = await house.upload(id, 'Fine.md', RULES);
  expect(await house.settled(scope, broken.id)).toMatchObject({
    stage: 'failed',
    error: { code: 'file_corrupt', message: expect.stringContaining('damaged') },
  });
  expect(await house.settled(scope, fine.id)).toMatchObject({
    stage: 'ready',
    progress: 1,
    passages: 1,
    version: 1,
    liveVersion: null,
  });
});

test('what a file says is found under its heading, with its document, version and knowledge base', async ({
  house,
}) => {
  const { id, name, scope } = await house.aKnowledgeBase();
  const document = await house.upload(id, 'Cold-Rooms.md', RULES);
  await house.settled(scope, document.id);
  const [best] = await found(house, scope, 'Which deviations are reported?');
  expect(best).toMatchObject({
    documentId: document.id,
    documentName: 'Cold-Rooms.md',
    version: 1,
    knowledgeBaseId: id,
    knowledgeBaseName: name,
    heading: 'Cold room',
    rank: 1,
    text: expect.stringContaining('above 8 degrees'),
  });
  expect(best!.score).toBeGreaterThan(0);
  expect(best!.score).toBeLessThanOrEqual(1);
  const opened = await openPassage(house.ctx, scope, best!.id);
  expect(opened).toMatchObject({
    superseded: false,
    document: { id: document.id, version: 1 },
    url: `http://localhost:3000/passages/${best!.id}`,
  });
});

test('nothing is found where nothing says anything about it', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  await house.settled(scope, (await house.upload(id, 'Rules.md', RULES)).id);
  expect(await found(house, scope, 'Who repairs espresso machines under warranty?')).toEqual([]);
  expect(await found(house, scope, '   ')).toEqual([]);
});

test('a new version answers in place of the old one, which stays to be opened by who was shown it', async ({
  house,
}) => {
  const { id, scope } = await house.aKnowledgeBase();
  const first = await house.upload(id, 'Rules.md', RULES);
  await house.settled(scope, first.id);
  const [old] = await found(house, scope, 'deviations degrees');
  const second = await house.upload(id, 'rules.md', CHANGED);
  expect(second).toMatchObject({ id: first.id, version: 2, stage: 'queued', known: false });
  expect(await house.settled(scope, first.id)).toMatchObject({ version: 2, liveVersion: null });
  expect((await texts(house, scope, 'deviations degrees')).join()).toContain('above 6 degrees');
  expect((await texts(house, scope, 'deviations degrees')).join()).not.toContain('above 8 degrees');
  expect(await openPassage(house.ctx, scope, old!.id)).toMatchObject({
    superseded: true,
    document: { version: 1 },
    text: expect.stringContaining('above 8'),
  });
  expect(await count(house, 'passage WHERE knowledge_base_id = $1', id)).toBe(1);
});

test('Rev3 of an SOP is the next version of Rev2, and a Rev2 that comes late does not replace it', async ({
  house,
}) => {
  const { id, scope } = await house.aKnowledgeBase();
  const second = await house.upload(id, 'SOP-MFG-042-Rev2-Cold-Rooms.md', RULES);
  await house.settled(scope, second.id);
  const third = await house.upload(id, 'SOP-MFG-042-Rev3-Cold-Rooms.md', CHANGED);
  expect(third).toMatchObject({ id: second.id, version: 2 });
  expect(await house.settled(scope, third.id)).toMatchObject({
    name: 'SOP-MFG-042-Rev3-Cold-Rooms.md',
    stage: 'ready',
  });
  expect(await house.upload(id, 'SOP-MFG-042-Rev2-Cold-Rooms.md', RULES)).toMatchObject({
    id: second.id,
    version: 1,
    known: true,
  });
  await expect(house.upload(id, 'SOP-MFG-042-Rev1-Cold-Rooms.md', `${RULES}older`)).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await house.upload(id, 'SOP-MFG-043-Rev1-Cold-Rooms.md', `${RULES}another`)).not.toMatchObject({
    id: second.id,
  });
});

test('the same content again is the document that is there, and costs no work', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  const first = await house.upload(id, 'Rules.md', RULES);
  await house.settled(scope, first.id);
  expect(await house.upload(id, 'Rules.md', RULES)).toMatchObject({
    id: first.id,
    version: 1,
    stage: 'ready',
    known: true,
  });
  expect(await house.upload(id, 'Copy of rules.md', RULES)).toMatchObject({ id: first.id, known: true });
  expect(await count(house, 'document_version WHERE document_id = $1', first.id)).toBe(1);
});

test('each text is embedded once: not again in the next version, not when the job runs a second time', async ({
  house,
}) => {
  const { id, scope } = await house.aKnowledgeBase();
  const sections = Array.from({ length: 5 }, (_, n) => `# Part ${n}\n\nOnly here: number ${newId()} of five.\n`);
  const first = await house.upload(id, 'Parts.md', sections.join('\n'));
  await house.settled(scope, first.id);
  house.embedder.embedded.length = 0;
  const second = await house.upload(id, 'Parts.md', [...sections.slice(0, 4), '# Part 4\n\nChanged.\n'].join('\n'));
  await house.settled(scope, first.id);
  expect(house.embedder.embedded).toHaveLength(1);
  await ingest(house.ctx, second.versionId, FIRST_TRY);
  expect(house.embedder.embedded).toHaveLength(1);
  expect(await count(house, 'passage WHERE knowledge_base_id = $1', id)).toBe(5);
  expect(await count(house, 'passage_version WHERE knowledge_base_id = $1', id)).toBe(5);
});

test('a version that two workers have at once is there once, and whole', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  const parts = Array.from({ length: 6 }, (_, n) => `# Step ${n}\n\nStep ${n} of the changeover.\n`).join('\n');
  for (let round = 0; round < 12; round += 1) {
    const { id: document, versionId } = await house.upload(id, `Round ${round}.md`, `${parts}\nRound ${round}.\n`);
    await Promise.allSettled([ingest(house.ctx, versionId, FIRST_TRY), ingest(house.ctx, versionId, FIRST_TRY)]);
    expect(await house.settled(scope, document)).toMatchObject({ stage: 'ready' });
    expect(await count(house, 'passage WHERE knowledge_base_id = $1 AND version_id = $2', id, versionId)).toBe(6);
    expect(await count(house, 'passage_version WHERE version_id = $1', versionId)).toBe(0);
  }
});

test('while the embedding model is away the file says so, and goes on by itself when it is back', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  house.embedder.fail = new AppError('model_unreachable', 'The model server does not answer');
  const document = await house.upload(id, 'Patient.md', RULES);
  const waiting = await house.settled(scope, document.id, (status) => status.error !== undefined);
  expect(waiting).toMatchObject({ stage: 'embedding', error: { code: 'model_unreachable' } });
  await expect(retryDocument(house.ctx, scope, document.id)).rejects.toMatchObject({ code: 'conflict' });
  house.embedder.fail = null;
  const ready = await house.settled(scope, document.id);
  expect(ready).toMatchObject({ stage: 'ready' });
  expect(ready.error).toBeUndefined();
});

test('what failed for good can be tried again', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  house.embedder.fail = new AppError('model_unreachable', 'The model server does not answer');
  const document = await house.upload(id, 'Again.md', RULES);
  await house.settled(scope, document.id, (status) => status.error !== undefined);
  await ingest(house.ctx, document.versionId, { ...FIRST_TRY, last: true }).catch(() => undefined);
  expect(await documentStatus(house.ctx, scope, document.id)).toMatchObject({
    stage: 'failed',
    error: { code: 'model_unreachable' },
  });
  house.embedder.fail = null;
  await retryDocument(house.ctx, scope, document.id);
  expect(await house.settled(scope, document.id)).toMatchObject({ stage: 'ready' });
});

test('a deleted document is out of every answer at once, and leaves neither file nor vector behind', async ({
  house,
}) => {
  const { id, scope } = await house.aKnowledgeBase();
  const text = `# Secret formula\n\nThe formula ${newId()} is kept in the safe.\n`;
  const document = await house.upload(id, 'Formula.md', text);
  await house.settled(scope, document.id);
  const [passage] = await found(house, scope, 'secret formula safe');
  expect(passage).toBeDefined();
  const vectors = await count(house, 'embedding_cache');
  await deleteDocument(house.ctx, scope, document.id, COMMAND_LINE);
  expect(await found(house, scope, 'secret formula safe')).toEqual([]);
  await expect(openPassage(house.ctx, scope, passage!.id)).rejects.toMatchObject({ code: 'not_found' });
  await expect.poll(() => count(house, 'document WHERE id = $1', document.id), { timeout: 10_000 }).toBe(0);
  expect(await count(house, 'passage_version WHERE document_id = $1', document.id)).toBe(0);
  expect(await count(house, 'passage_term WHERE knowledge_base_id = $1 AND passages > 0', id)).toBe(0);
  expect(await count(house, 'embedding_cache')).toBe(vectors - 1);
  await expect(house.ctx.files.get(document.versionId)).rejects.toThrow('Cannot read file');
});

test('deleting stops a file on its way', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  house.embedder.pauseMs = 300;
  const document = await house.upload(id, 'Leaving.md', RULES.replace('Cold', newId()));
  await house.settled(scope, document.id, ({ stage }) => stage === 'chunking' || stage === 'embedding');
  await deleteDocument(house.ctx, scope, document.id, COMMAND_LINE);
  house.embedder.pauseMs = 0;
  await expect.poll(() => count(house, 'document WHERE id = $1', document.id), { timeout: 10_000 }).toBe(0);
  expect(await count(house, 'passage WHERE document_id = $1 AND knowledge_base_id = $2', document.id, id)).toBe(0);
});

test('a deleted knowledge base is gone at once, and then whole: partition, documents, files, terms', async ({
  house,
}) => {
  const { id, scope } = await house.aKnowledgeBase('To be deleted');
  const document = await house.upload(id, 'Rules.md', RULES);
  await house.settled(scope, document.id);
  await deleteKnowledgeBase(house.ctx, id, COMMAND_LINE);
  expect(await found(house, scope, 'cold room degrees')).toEqual([]);
  await expect(house.upload(id, 'More.md', RULES)).rejects.toMatchObject({ code: 'not_found' });
  await expect(deleteKnowledgeBase(house.ctx, id, COMMAND_LINE)).rejects.toMatchObject({ code: 'not_found' });
  await expect.poll(() => count(house, 'knowledge_base WHERE id = $1', id), { timeout: 10_000 }).toBe(0);
  expect(await count(house, `pg_class WHERE relname = $1`, `kb_${id.replaceAll('-', '')}`)).toBe(0);
  expect(await count(house, 'passage_term WHERE knowledge_base_id = $1', id)).toBe(0);
  await expect(house.ctx.files.get(document.versionId)).rejects.toThrow('Cannot read file');
  await expect(house.aKnowledgeBase('To be deleted')).resolves.toBeDefined();
});

test('a page of documents is followed by the next, by name, each once', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  for (const name of ['c.md', 'A.md', 'b.md']) await house.upload(id, name, `# ${name}\n\ntext of ${name} ${newId()}`);
  const first = await listDocuments(house.ctx, scope, id, { after: null, limit: 2 });
  expect(first.map((item) => item.name)).toEqual(['A.md', 'b.md']);
  const second = await listDocuments(house.ctx, scope, id, { after: first.at(-1)!, limit: 2 });
  expect(second.map((item) => item.name)).toEqual(['c.md']);
});

test('a document takes the name of its live file, unless another one has that name', async ({ house }) => {
  const { id, scope } = await house.aKnowledgeBase();
  const plan = await house.upload(id, 'Plan.md', RULES);
  const other = await house.upload(id, 'Other.md', CHANGED);
  for (const document of [plan, other]) await house.settled(scope, document.id);
  const content = Buffer.from(`${RULES}\nAnd more.`);
  await acceptUpload(house.ctx, {
    ...COMMAND_LINE,
    knowledgeBaseId: id,
    name: 'Other.md',
    content,
    asVersionOf: plan.id,
  });
  expect(await house.settled(scope, plan.id)).toMatchObject({ name: 'Plan.md', version: 2, stage: 'ready' });
});
