import { request } from 'node:http';
import { describe, expect } from 'vitest';
import { createApiKey } from '../../../core/identity/api-keys.ts';
import { startWorkers } from '../../../workers/main.ts';
import { eventsOf, type Client } from '../../factories/api.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPassage,
  aPerson,
  EVERYONE,
  toGroup,
  toPerson,
} from '../../factories/company.ts';
import { test as withApi } from './api.ts';

const test = withApi.extend<{ $file: { workers: void } }>({
  workers: [
    async ({ ctx }, use) => {
      const workers = await startWorkers(ctx);
      await use();
      await workers.stop();
    },
    { scope: 'file', auto: true },
  ],
});

const form = (files: Record<string, string>, field = 'file'): FormData => {
  const body = new FormData();
  for (const [name, text] of Object.entries(files)) body.append(field, new Blob([text]), name);
  return body;
};

async function ready(client: Client, id: string): Promise<any> {
  for (;;) {
    const { body } = await client.call('GET', `/documents/${id}`);
    if (body.stage === 'ready' || body.stage === 'failed') return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('who uploads', () => {
  test('needs to be let in to contribute: a reader is told so, a stranger sees nothing there', async ({ api, ctx }) => {
    const base = await aKnowledgeBase(ctx);
    const reader = await aPerson(ctx);
    await aGrant(ctx, base, toPerson(reader));
    const path = `/knowledge-bases/${base.id}/documents`;
    const refused = await (await api.session(reader)).raw('POST', path, { body: form({ 'A.md': 'text' }) });
    expect(refused.status).toBe(403);
    const stranger = await (
      await api.session(await aPerson(ctx))
    ).raw('POST', path, { body: form({ 'A.md': 'text' }) });
    expect(stranger.status).toBe(404);
    const scopeless = await (
      await api.key(reader, 'ask', 'search')
    ).raw('POST', path, { body: form({ 'A.md': 'text' }) });
    expect(scopeless.status).toBe(403);
    expect(await ctx.db.document.count({ where: { knowledgeBaseId: base.id } })).toBe(0);
  });

  test('is told of each refused file, and the rest goes on', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const client = await api.key(owner, 'knowledge');
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const path = `/knowledge-bases/${base.id}/documents`;
    const sent = await client.raw('POST', path, {
      body: form({
        'Empty.md': '',
        'Ärger & Lösung.md': '# Pumpe\n\nDie Pumpe läuft mit 3 bar.',
        'Picture.pdf': 'no pdf',
      }),
    });
    expect(sent.status).toBe(202);
    const body: any = await sent.json();
    expect(body.documents).toMatchObject([{ name: 'Ärger & Lösung.md', version: 1, stage: 'queued' }]);
    expect(body.refused).toEqual([
      { name: 'Empty.md', code: 'file_empty', message: expect.any(String) },
      { name: 'Picture.pdf', code: 'file_type_mismatch', message: expect.any(String) },
    ]);
    const nothing = await client.raw('POST', path, { body: form({ 'A.md': 'x' }, 'attachment') });
    expect(await nothing.json()).toMatchObject({ documents: [], refused: [{ code: 'bad_input' }] });
    expect((await client.call('POST', path, { file: 'text' })).body.code).toBe('bad_input');
  });

  test('loses nothing that was accepted when the connection breaks in the middle of a file', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const made = await api.key(owner, 'knowledge');
    const { key } = await createApiKey(ctx, {
      personId: owner.id,
      name: 'upload',
      scopes: ['knowledge'],
      days: 1,
      madeBy: 'command_line',
    });
    const part = (name: string, text: string) =>
      `--cut\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${text}`;
    const broken = request(`${api.url}/api/v1/knowledge-bases/${base.id}/documents`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${key}`,
        'Content-Type': 'multipart/form-data; boundary=cut',
        'Transfer-Encoding': 'chunked',
      },
    });
    broken.on('error', () => {});
    broken.write(`${part('Whole.md', 'The first file is whole.')}\r\n${part('Half.md', 'The second one ')}`);
    await expect.poll(() => ctx.db.document.count({ where: { knowledgeBaseId: base.id } })).toBe(1);
    broken.destroy();
    const { body } = await made.call('GET', `/knowledge-bases/${base.id}/documents`);
    expect(body.items).toMatchObject([{ name: 'Whole.md' }]);
    expect(await ready(made, body.items[0].id)).toMatchObject({ stage: 'ready' });
    expect((await made.call('GET', `/knowledge-bases/${base.id}/documents`)).body.items).toHaveLength(1);
  });
});

test('a document goes from upload to a citation that opens, and out of every answer when it is deleted', async ({
  api,
  ctx,
}) => {
  const admin = await aPerson(ctx, { role: 'admin' });
  const client = await api.key(admin, 'all');
  const base = await client.call('POST', '/knowledge-bases', {
    name: `Cleaning ${admin.id}`,
    description: 'How rooms are cleaned',
  });
  expect(base).toMatchObject({
    status: 201,
    body: { level: 'manage', owner: { kind: 'person', id: admin.id }, documentCount: 0 },
  });
  expect((await client.call('POST', '/knowledge-bases', { name: base.body.name })).body.code).toBe('conflict');
  const path = `/knowledge-bases/${base.body.id}/documents`;
  const sent: any = await (
    await client.raw('POST', path, {
      body: form({ 'Cleaning.md': '# Airlock\n\nThe airlock is wiped with isopropanol every 4 hours.' }),
    })
  ).json();
  const [{ id }] = sent.documents;
  expect(await ready(client, id)).toMatchObject({
    id,
    name: 'Cleaning.md',
    knowledgeBaseId: base.body.id,
    version: 1,
    stage: 'ready',
    progress: 1,
    passages: 1,
    liveVersion: null,
  });

  const found = (await client.call('POST', '/search', { query: 'how often is the airlock wiped', limit: 3 })).body
    .passages;
  expect(found).toMatchObject([
    {
      n: 1,
      document: { id, name: 'Cleaning.md', version: 1 },
      knowledgeBase: { id: base.body.id, name: base.body.name },
      heading: 'Airlock',
    },
  ]);
  expect(found[0].score).toBeGreaterThan(0);
  expect(found[0].url).toBe(`${ctx.config.PUBLIC_URL}/passages/${found[0].passageId}`);
  const passage = (await client.call('GET', `/passages/${found[0].passageId}`)).body;
  expect(passage).toMatchObject({
    text: expect.stringContaining('isopropanol'),
    document: { id, version: 1, format: 'markdown' },
    superseded: false,
    before: [],
    after: [],
  });

  const file = await client.raw('GET', `/documents/${id}/file`);
  expect(await file.text()).toContain('isopropanol every 4 hours');
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment; filename=Cleaning.md',
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  });

  expect((await client.call('DELETE', `/documents/${id}`)).status).toBe(204);
  expect((await client.call('GET', `/documents/${id}`)).status).toBe(404);
  expect((await client.call('GET', `/passages/${found[0].passageId}`)).status).toBe(404);
  expect((await client.call('POST', '/search', { query: 'airlock isopropanol' })).body.passages).toEqual([]);
  expect((await client.call('DELETE', `/knowledge-bases/${base.body.id}`)).status).toBe(204);
  expect((await client.call('GET', `/knowledge-bases/${base.body.id}`)).status).toBe(404);
});

test('the list says in a few bytes that nothing changed, and pages go on where the last one ended', async ({
  api,
  ctx,
}) => {
  const owner = await aPerson(ctx);
  const client = await api.session(owner);
  const base = await aKnowledgeBase(ctx, { ownedBy: owner });
  for (const name of ['B.md', 'a.md', 'C.md'])
    await aPassage(ctx, base, { documentName: name, text: `Only in ${name} stands this.` });
  const path = `/knowledge-bases/${base.id}/documents`;
  const whole = await client.raw('GET', path);
  const etag = whole.headers.get('etag')!;
  await whole.arrayBuffer();
  const again = await client.raw('GET', path, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
  const first = (await client.call('GET', `${path}?limit=2`)).body;
  expect(first.items.map((each: any) => each.name)).toEqual(['a.md', 'B.md']);
  const second = (await client.call('GET', `${path}?limit=2&cursor=${first.nextCursor}`)).body;
  expect(second).toMatchObject({ items: [{ name: 'C.md' }], nextCursor: null });
  expect((await client.call('GET', `${path}?cursor=bm9uc2Vuc2U`)).body.code).toBe('bad_input');
});

test('progress is told until the document is ready, and ends when the right to read it does', async ({ api, ctx }) => {
  const owner = await aPerson(ctx);
  const reader = await aPerson(ctx);
  const base = await aKnowledgeBase(ctx, { ownedBy: owner });
  const grant = await aGrant(ctx, base, toPerson(reader));
  const stream = await (await api.session(reader)).raw('GET', `/knowledge-bases/${base.id}/progress`);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.headers.get('x-accel-buffering')).toBe('no');
  const events = eventsOf(stream);
  const client = await api.session(owner);
  await client.raw('POST', `/knowledge-bases/${base.id}/documents`, {
    body: form({ 'Progress.md': 'A text that is ingested in sight.' }),
  });
  const [{ id }] = (await client.call('GET', `/knowledge-bases/${base.id}/documents`)).body.items;
  await ready(client, id);
  await new Promise((resolve) => setTimeout(resolve, 700));
  await client.call('DELETE', `/grants/${grant.id}`);
  const told = await events;
  expect(told.at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
  const stages = told.flatMap((event) => event.documents ?? []).map((document: any) => document.stage);
  expect(stages.at(-1)).toBe('ready');
}, 40_000);

describe('settings', () => {
  test('are changed by who manages, and the taken name is refused', async ({ api, ctx }) => {
    const [manager, reader] = [await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { managers: [manager], members: [reader] });
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    const other = await aKnowledgeBase(ctx);
    const path = `/knowledge-bases/${base.id}`;
    expect((await (await api.session(reader)).call('PATCH', path, { notice: 'x' })).status).toBe(403);
    const client = await api.session(manager);
    const changed = await client.call('PATCH', path, { notice: 'To be reviewed', answerPolicy: 'may_add_general' });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        notice: 'To be reviewed',
        answerPolicy: 'may_add_general',
        owner: { kind: 'group', id: group.id, name: group.name },
      },
    });
    expect((await client.call('PATCH', path, { name: other.name.toUpperCase() })).body.code).toBe('conflict');
  });

  test('a group manager makes knowledge bases for their group and nobody else does', async ({ api, ctx }) => {
    const [manager, member] = [await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { managers: [manager], members: [member] });
    const name = `Of the group ${group.id}`;
    expect((await (await api.session(member)).call('POST', '/knowledge-bases', { name })).status).toBe(403);
    expect(
      (await (await api.session(member)).call('POST', '/knowledge-bases', { name, ownerGroupId: group.id })).status,
    ).toBe(403);
    const other = await aGroup(ctx);
    const client = await api.session(manager);
    expect((await client.call('POST', '/knowledge-bases', { name, ownerGroupId: other.id })).status).toBe(404);
    const made = await client.call('POST', '/knowledge-bases', { name });
    expect(made.body).toMatchObject({ owner: { kind: 'group', id: group.id }, level: 'manage' });
    const listed = (await (await api.session(member)).call('GET', '/knowledge-bases')).body.items;
    expect(listed).toMatchObject([{ id: made.body.id, level: 'use' }]);
  });
});

describe('grants', () => {
  test('are made by who manages the resource: not by a reader, and not by an administrator', async ({ api, ctx }) => {
    const [owner, reader, admin] = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aGrant(ctx, base, toPerson(reader), 'contribute');
    const resource = { kind: 'knowledge_base', id: base.id };
    const give = (client: Client, to: unknown) => client.call('POST', '/grants', { resource, to, level: 'use' });
    expect((await give(await api.session(reader), EVERYONE)).status).toBe(403);
    const browser = await api.session(admin);
    const toThemself = await give(browser, toPerson(admin));
    expect(toThemself).toMatchObject({ status: 403, body: { detail: expect.stringContaining('those who manage it') } });
    const absent = await browser.call('POST', '/grants', {
      resource: { kind: 'knowledge_base', id: admin.id },
      to: toPerson(admin),
    });
    expect(absent.body.detail).toBe(toThemself.body.detail);
    expect(
      (await browser.call('POST', '/grants', { resource: { kind: 'model', id: null }, to: toPerson(admin) })).status,
    ).toBe(403);
    expect((await give(await api.session(await aPerson(ctx)), EVERYONE)).status).toBe(404);
    expect(
      (
        await api
          .session(await aPerson(ctx))
          .then((client) => client.call('GET', `/grants?resourceKind=knowledge_base&resourceId=${base.id}`))
      ).status,
    ).toBe(404);
  });

  test('open a knowledge base to a group with the next question, and close it again', async ({ api, ctx }) => {
    const [owner, member] = [await aPerson(ctx), await aPerson(ctx)];
    const group = await aGroup(ctx, { members: [member] });
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aPassage(ctx, base, { text: 'The centrifuge is balanced before every run.' });
    const [client, asker] = [await api.session(owner), await api.session(member)];
    const found = async () =>
      (await asker.call('POST', '/search', { query: 'centrifuge balanced' })).body.passages.length;
    expect(await found()).toBe(0);
    const made = await client.call('POST', '/grants', {
      resource: { kind: 'knowledge_base', id: base.id },
      to: toGroup(group),
    });
    expect(made).toMatchObject({
      status: 201,
      body: { level: 'use', to: { kind: 'group', id: group.id, name: group.name } },
    });
    expect(await found()).toBe(1);
    const { items } = (await client.call('GET', `/grants?resourceKind=knowledge_base&resourceId=${base.id}`)).body;
    expect(items).toMatchObject([{ id: made.body.id }]);
    expect((await asker.call('DELETE', `/grants/${made.body.id}`)).status).toBe(404);
    expect((await client.call('DELETE', `/grants/${made.body.id}`)).status).toBe(204);
    expect(await found()).toBe(0);
  });
});
