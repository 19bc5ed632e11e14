import { describe, expect } from 'vitest';
import { eventsOf } from '../../factories/api.ts';
import { aGrant, aKnowledgeBase, aPassage, aPerson, toPerson } from '../../factories/company.ts';
import { test } from './api.ts';

const NOTICE =
  'Answers from here are reviewed by **qualified staff** before use: see https://intranet.example.com/review';
const QUESTION = 'At which temperature does the freezer alarm go off?';
const TEXT = 'The freezer alarm goes off at minus 60 degrees.';

describe('the notice of a knowledge base', () => {
  test('is not told to who may not read it, nor with what was found elsewhere or not at all', async ({ api, ctx }) => {
    const [owner, asker] = [await aPerson(ctx), await aPerson(ctx)];
    const [closed, cited, beside] = [
      await aKnowledgeBase(ctx, { ownedBy: owner }),
      await aKnowledgeBase(ctx, { ownedBy: owner }),
      await aKnowledgeBase(ctx, { ownedBy: owner }),
    ];
    const manager = await api.session(owner);
    for (const { id } of [closed, beside]) await manager.call('PATCH', `/knowledge-bases/${id}`, { notice: NOTICE });
    for (const base of [closed, cited]) await aPassage(ctx, base, { text: TEXT });
    await aPassage(ctx, beside, { text: 'Office chairs are ordered from facilities.' });
    for (const base of [cited, beside]) await aGrant(ctx, base, toPerson(asker));
    const client = await api.key(asker, 'ask');
    const answered = await client.call('POST', '/ask', { question: QUESTION });
    expect(answered.body).toMatchObject({ outcome: 'answered', notices: [] });
    const unknown = await client.call('POST', '/ask', {
      question: 'Quantum chromodynamics?',
      knowledgeBaseIds: [beside.id],
    });
    expect(unknown.body).toMatchObject({ outcome: 'not_found', notices: [] });
    expect(JSON.stringify([answered.body, unknown.body])).not.toContain('qualified');
  });

  test('comes with every answer that cites it, as it was written, as JSON, at the end of the stream and from the record', async ({
    api,
    ctx,
  }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aPassage(ctx, base, { text: TEXT });
    const client = await api.session(owner);
    await client.call('PATCH', `/knowledge-bases/${base.id}`, { notice: NOTICE });
    const notices = [{ knowledgeBaseId: base.id, name: base.name, text: NOTICE }];

    const { body } = await client.call('POST', '/ask', { question: QUESTION });
    expect(body).toMatchObject({ outcome: 'answered', notices });
    const stream = await client.raw('POST', '/ask', {
      body: JSON.stringify({ question: QUESTION, stream: true }),
      headers: { 'Content-Type': 'application/json' },
    });
    expect((await eventsOf(stream)).at(-1)).toMatchObject({ type: 'done', notices });
    const record = await client.call('GET', `/conversations/${body.conversationId}/messages`);
    expect(record.body.items).toMatchObject([
      { role: 'person', notices: [] },
      { role: 'assistant', notices },
    ]);
  });

  test('goes from the record with the right to read its knowledge base, and comes back with it', async ({
    api,
    ctx,
  }) => {
    const [owner, asker] = [await aPerson(ctx), await aPerson(ctx)];
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aPassage(ctx, base, { text: TEXT });
    const manager = await api.session(owner);
    await manager.call('PATCH', `/knowledge-bases/${base.id}`, { notice: NOTICE });
    const grant = await aGrant(ctx, base, toPerson(asker));
    const client = await api.session(asker);
    const { conversationId } = (await client.call('POST', '/ask', { question: QUESTION })).body;
    const noticesNow = async () =>
      (await client.call('GET', `/conversations/${conversationId}/messages`)).body.items.at(-1).notices;
    expect(await noticesNow()).toHaveLength(1);
    await manager.call('DELETE', `/grants/${grant.id}`);
    expect(await noticesNow()).toEqual([]);
    await aGrant(ctx, base, toPerson(asker));
    await manager.call('PATCH', `/knowledge-bases/${base.id}`, { notice: 'Worded anew' });
    expect(await noticesNow()).toMatchObject([{ text: 'Worded anew' }]);
  });

  test('is bounded and hides nothing, whatever stands in the table', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    await aPassage(ctx, base, { text: TEXT });
    const client = await api.session(owner);
    expect((await client.call('PATCH', `/knowledge-bases/${base.id}`, { notice: 'x'.repeat(2_001) })).status).toBe(400);
    const notice = `Re\u202eviewed\u001b[2J\u200b first\n${'😀'.repeat(1_500)}`;
    await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { notice } });
    const [{ text }] = (await client.call('POST', '/ask', { question: QUESTION })).body.notices;
    expect(text).toMatch(/^Reviewed\[2J first\n😀/);
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(text.isWellFormed()).toBe(true);
    expect(text.endsWith('…')).toBe(true);
  });
});
