import { afterAll, beforeAll, describe, expect } from 'vitest';
import { PRIVATE } from '../../../core/access/scope.ts';
import { scopeOf } from '../../../core/access/scopes.ts';
import { answer, type Question } from '../../../core/answer.ts';
import type { AnswerEvent } from '../../../core/conversation/events.ts';
import { messagesOf } from '../../../core/conversation/history.ts';
import { newId } from '../../../core/ids.ts';
import { deleteDocument } from '../../../core/knowledge/deletion.ts';
import { putEnvironmentServer, putModel } from '../../../core/models/registry.sql.ts';
import { grantModelToEveryone } from '../../../core/setup/setup.sql.ts';
import {
  aGrant,
  aKnowledgeBase,
  aPassage,
  aPerson,
  OPERATOR,
  toPerson,
  type TestPerson,
} from '../../factories/company.ts';
import { test, type TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';

let server: FakeModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

const SECRET = '# Deadlines\n\nA critical deviation is reported to quality assurance within forty-eight hours.';
const OPEN = '# Deadlines\n\nAn expense report is handed in within thirty days after the journey.';
const ON_SECRET = 'Within how many hours is a critical deviation reported to quality assurance?';
const ON_OPEN = 'Within how many days is an expense report handed in after the journey?';

let model: Promise<void> | undefined;
async function withModel(ctx: TestContext): Promise<void> {
  const row = await putEnvironmentServer(ctx.pool, { id: newId(), name: 'stub', kind: 'ollama', baseUrl: server.url });
  const put = await putModel(ctx.pool, {
    id: newId(),
    serverId: row!.id,
    name: 'stub-chat',
    kind: 'chat',
    contextTokens: 8_192,
    classes: [],
    isDefault: true,
  });
  await grantModelToEveryone(ctx.pool, newId(), put!.id);
}

/** A reader of a secret and an open knowledge base, a colleague of the open one only; one passage makes an answer. */
async function aHouse(given: TestContext) {
  await (model ??= withModel(given));
  const ctx = { ...given, config: { ...given.config, PASSAGES_PER_ANSWER: 1 } };
  const [reader, colleague] = [await aPerson(ctx), await aPerson(ctx)];
  const [secret, open] = [await aKnowledgeBase(ctx), await aKnowledgeBase(ctx)];
  await aGrant(ctx, secret, toPerson(reader));
  for (const person of [reader, colleague]) await aGrant(ctx, open, toPerson(person));
  const { documentId } = await aPassage(ctx, secret, { documentName: 'Deviations.md', text: SECRET });
  await aPassage(ctx, open, { documentName: 'Handbook.md', text: OPEN });
  const place = { kind: 'shared', audience: { kind: 'members', personIds: [colleague.id], unlinked: false } } as const;
  const thread = { surface: 'slack', threadKey: newId() } as const;
  return { ctx, reader, colleague, secret, documentId, place, thread };
}

async function ask(
  ctx: TestContext,
  asker: TestPerson,
  text: string,
  says: readonly string[],
  more: Partial<Question> = {},
): Promise<AnswerEvent[]> {
  server.become({ behaviour: 'answer', first: [], pieces: says });
  server.requests.length = 0;
  const events: AnswerEvent[] = [];
  for await (const event of answer(ctx, { text, asker: asker.id, surface: 'portal', place: PRIVATE, ...more }))
    events.push(event);
  return events;
}
const prompt = (): string =>
  JSON.stringify(server.requests.filter(({ path }) => path === '/api/chat').map(({ body }) => body));

async function shownTo(ctx: TestContext, person: TestPerson) {
  const { id } = await ctx.db.conversation.findFirstOrThrow({ where: { personId: person.id } });
  const messages = await messagesOf(ctx, await scopeOf(ctx, person.id), id, { after: null, limit: 50 });
  return messages.filter((message) => message.role === 'assistant');
}

describe('an answer that was kept is not shown any more to who lost its source', () => {
  test('when it was stopped half way', async ({ ctx: given }) => {
    const { ctx, reader, secret } = await aHouse(given);
    const stop = new AbortController();
    server.become({ behaviour: 'stall', first: [], pieces: ['Forty-eight hours [1]. ', 'And ', 'more ', 'of it.'] });
    for await (const event of answer(ctx, {
      text: ON_SECRET,
      asker: reader.id,
      surface: 'portal',
      place: PRIVATE,
      signal: stop.signal,
    }))
      if (event.type === 'text') stop.abort();
    expect(await shownTo(ctx, reader)).toMatchObject([
      { outcome: 'stopped', text: expect.stringContaining('Forty-eight'), citations: [{ n: 1 }] },
    ]);
    await ctx.db.grant.deleteMany({ where: { resourceId: secret.id } });
    expect(await shownTo(ctx, reader)).toMatchObject([{ text: '', citations: [], withheld: 1 }]);
  });

  test('when the model named no source for it', async ({ ctx: given }) => {
    const { ctx, reader, secret } = await aHouse(given);
    await ask(ctx, reader, ON_SECRET, ['It is two days, ', 'says the document.']);
    expect((await shownTo(ctx, reader))[0]?.text).toContain('two days');
    await ctx.db.grant.deleteMany({ where: { resourceId: secret.id } });
    const [after] = await shownTo(ctx, reader);
    expect(after?.text).toBe('');
    expect(after?.withheld).toBeGreaterThan(0);
  });
});

describe('what a thread remembers', () => {
  test('does not hold, where others read, what a later answer repeated of one that they may not know', async ({
    ctx: given,
  }) => {
    const { ctx, reader, place, thread } = await aHouse(given);
    await ask(ctx, reader, ON_SECRET, ['Forty-eight hours [1].'], thread);
    await ask(ctx, reader, ON_OPEN, ['Thirty days [1], ', 'unlike the forty-eight hours before [1].'], thread);
    expect(prompt()).toContain('Forty-eight');
    await ask(ctx, reader, 'And who hands the expense report in?', ['The traveller [1].'], { ...thread, place });
    expect(prompt()).toContain('thirty days');
    expect(prompt()).not.toMatch(/forty-eight/i);
  });

  test('does not hold the names of knowledge bases that others must not know of', async ({ ctx: given }) => {
    const { ctx, reader, secret, place, thread } = await aHouse(given);
    const nothing = await ask(ctx, reader, 'Wozzle frumbly quxine?', [], thread);
    expect(JSON.stringify(nothing)).toContain(secret.name);
    expect(nothing.at(-1)).toMatchObject({ outcome: 'not_found' });
    await ask(ctx, reader, ON_OPEN, ['Thirty days [1].'], { ...thread, place });
    expect(prompt()).toContain('thirty days');
    expect(prompt()).not.toContain(secret.name);
  });

  test('does not hold a question without its answer: some models take nothing but turn and turn about', async ({
    ctx: given,
  }) => {
    const { ctx, reader, thread } = await aHouse(given);
    await ask(ctx, reader, ON_SECRET, ['NOT FOUND'], thread);
    await ask(ctx, reader, ON_OPEN, ['Thirty days [1].'], thread);
    const { messages } = server.requests.findLast(({ path }) => path === '/api/chat')!.body as {
      messages: { role: string }[];
    };
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  test('does not hold what was deleted', async ({ ctx: given }) => {
    const { ctx, reader, documentId, thread } = await aHouse(given);
    await ask(ctx, reader, ON_SECRET, ['Forty-eight hours [1].'], thread);
    await deleteDocument(ctx, await scopeOf(ctx, reader.id), documentId, OPERATOR);
    await ask(ctx, reader, ON_OPEN, ['Thirty days [1].'], thread);
    expect(prompt()).toContain('thirty days');
    expect(prompt()).not.toMatch(/forty-eight/i);
  });

  test('goes on with what everyone there may read', async ({ ctx: given }) => {
    const { ctx, reader, place, thread } = await aHouse(given);
    await ask(ctx, reader, ON_OPEN, ['Thirty days [1].'], { ...thread, place });
    await ask(ctx, reader, 'And who hands the expense report in?', ['The traveller [1].'], { ...thread, place });
    expect(prompt()).toContain('Thirty days');
  });
});

describe('a search that had to wait', () => {
  test('gives nothing of what was taken away meanwhile', async ({ ctx: given }) => {
    const { ctx, reader, secret } = await aHouse(given);
    const models = {
      ...ctx.models,
      embedder: async (name: string) => {
        const embedder = await ctx.models.embedder(name);
        return {
          ...embedder,
          embed: async (...texts: Parameters<typeof embedder.embed>) => {
            await ctx.db.grant.deleteMany({ where: { resourceId: secret.id } });
            await new Promise((resolve) => setTimeout(resolve, 1_200));
            return embedder.embed(...texts);
          },
        };
      },
    };
    const events = await ask({ ...ctx, models }, reader, ON_SECRET, ['Forty-eight hours [1].']);
    expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
    expect(events.some((event) => event.type === 'text')).toBe(false);
    expect(server.requests.some(({ path }) => path === '/api/chat')).toBe(false);
  });
});
