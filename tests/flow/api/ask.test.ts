import { describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { eventsOf } from '../../factories/api.ts';
import { aGrant, aGroup, aKnowledgeBase, aPassage, aPerson, toPerson } from '../../factories/company.ts';
import { test } from './api.ts';

const TEXT = 'The freezer alarm goes off at minus 60 degrees. Samples are moved within two hours.';
const QUESTION = 'At which temperature does the freezer alarm go off?';

describe('asking', () => {
  test('finds nothing for who has no grant, and says what was searched and nothing else', async ({ api, ctx }) => {
    const base = await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) });
    await aPassage(ctx, base, { text: TEXT });
    const { status, body } = await (
      await api.key(await aPerson(ctx), 'ask')
    ).call('POST', '/ask', { question: QUESTION });
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: 'not_found', citations: [], knowledgeBases: [] });
    expect(JSON.stringify(body)).not.toMatch(/minus 60|Document/);
  });

  test('is refused for who may not: another person’s conversation, a model that is not theirs, the portal where it is denied', async ({
    api,
    ctx,
  }) => {
    const [asker, stranger] = [await aPerson(ctx), await aPerson(ctx)];
    const own = await api.key(asker, 'ask');
    const { conversationId } = (await own.call('POST', '/ask', { question: QUESTION })).body;
    const other = await api.key(stranger, 'ask');
    expect((await other.call('POST', '/ask', { question: QUESTION, conversationId })).status).toBe(404);
    expect((await other.call('GET', `/conversations/${conversationId}/messages`)).status).toBe(404);
    expect((await own.call('POST', '/ask', { question: QUESTION, model: 'someone-elses' })).status).toBe(404);
    await aGroup(ctx, { members: [stranger], permissions: { playground: 'deny' } });
    expect((await (await api.session(stranger)).call('POST', '/ask', { question: QUESTION })).status).toBe(403);
    await aGroup(ctx, { members: [stranger], permissions: { 'chat.use': 'deny' } });
    expect((await other.call('POST', '/ask', { question: QUESTION })).status).toBe(403);
  });

  test('gives an answer with its citations, as JSON and as the same events', async ({ api, ctx }) => {
    const asker = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: asker });
    const { documentId, passageId } = await aPassage(ctx, base, { text: TEXT });
    const client = await api.key(asker, 'ask');
    const { status, body, headers } = await client.call('POST', '/ask', {
      question: QUESTION,
      knowledgeBaseIds: [base.id],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      outcome: 'answered',
      answer: expect.stringContaining('minus 60 degrees'),
      citations: [{ n: 1, passageId, document: { id: documentId, version: 1 }, knowledgeBase: { id: base.id } }],
      knowledgeBases: [{ id: base.id, name: base.name }],
      model: 'extractive',
      timings: { totalMs: expect.any(Number) },
    });
    expect(headers.get('gatehouse-message-id')).toBe(body.messageId);

    const stream = await client.raw('POST', '/ask', {
      body: JSON.stringify({ question: QUESTION, conversationId: body.conversationId, stream: true }),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await eventsOf(stream);
    expect(events[0]).toMatchObject({ type: 'status', code: 'searching' });
    expect(
      events
        .filter((event) => event.type === 'text')
        .map((event) => event.text)
        .join(''),
    ).toContain('minus 60 degrees');
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      conversationId: body.conversationId,
      outcome: 'answered',
      citations: [{ passageId }],
    });
    expect(events.at(-1)).not.toHaveProperty('answer');
    expect(events.filter((event) => event.type === 'done' || event.type === 'failed')).toHaveLength(1);
  });

  test('a stream that cannot begin is answered with a status', async ({ api, ctx }) => {
    const client = await api.key(await aPerson(ctx), 'ask');
    const { status, headers, body } = await client.call('POST', '/ask', {
      question: QUESTION,
      conversationId: newId(),
      stream: true,
    });
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.code).toBe('not_found');
  });
});

describe('own conversations', () => {
  test('are listed with their answers and take feedback; nobody else sees them, administrators neither', async ({
    api,
    ctx,
  }) => {
    const asker = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: asker });
    await aPassage(ctx, base, { text: TEXT });
    const client = await api.session(asker);
    const asked = (await client.call('POST', '/ask', { question: QUESTION })).body;
    expect((await client.call('GET', '/conversations')).body.items).toMatchObject([
      { id: asked.conversationId, title: QUESTION, surface: 'portal' },
    ]);
    const path = `/conversations/${asked.conversationId}/messages`;
    expect((await client.call('GET', path)).body.items).toMatchObject([
      { role: 'person', text: QUESTION, citations: [] },
      {
        id: asked.messageId,
        role: 'assistant',
        text: asked.answer,
        outcome: 'answered',
        withheld: 0,
        feedback: null,
        citations: [{ n: 1, text: expect.stringContaining('freezer') }],
      },
    ]);
    expect((await client.call('PUT', `/messages/${asked.messageId}/feedback`, { feedback: 'good' })).status).toBe(204);
    expect((await client.call('GET', path)).body.items[1].feedback).toBe('good');
    const first = (await client.call('GET', `${path}?limit=1`)).body;
    expect((await client.call('GET', `${path}?limit=1&cursor=${first.nextCursor}`)).body.items).toMatchObject([
      { role: 'assistant' },
    ]);

    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    expect((await admin.call('GET', '/conversations')).body.items).toEqual([]);
    for (const [method, url, body] of [
      ['GET', `/conversations/${asked.conversationId}`],
      ['GET', path],
      ['PUT', `/messages/${asked.messageId}/feedback`, { feedback: 'bad' }],
    ] as const)
      expect((await admin.call(method, url, body)).status).toBe(404);
  });

  test('lose what an answer was drawn from together with the right to read it', async ({ api, ctx }) => {
    const [asker, owner] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const { documentId } = await aPassage(ctx, base, { text: TEXT, documentName: 'Freezer-SOP.md' });
    const grant = await aGrant(ctx, base, toPerson(asker));
    const client = await api.session(asker);
    const { conversationId, messageId } = (await client.call('POST', '/ask', { question: QUESTION })).body;
    const shown = async () =>
      (await client.call('GET', `/conversations/${conversationId}/messages`)).body.items.find(
        (each: any) => each.id === messageId,
      );
    expect(await shown()).toMatchObject({ withheld: 0, text: expect.stringContaining('minus 60') });

    await (await api.session(owner)).call('DELETE', `/grants/${grant.id}`);
    const after = await shown();
    expect(after).toMatchObject({ withheld: 1, citations: [] });
    expect(JSON.stringify(after)).not.toMatch(/minus 60|Freezer-SOP|two hours/);

    await aGrant(ctx, base, toPerson(asker));
    expect(await shown()).toMatchObject({ withheld: 0, citations: [{ document: { id: documentId } }] });
    await (await api.session(owner)).call('DELETE', `/documents/${documentId}`);
    expect(await shown()).toMatchObject({ withheld: 1, citations: [], text: '' });
  });
});
