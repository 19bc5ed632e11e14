import { afterAll, beforeAll, describe, expect } from 'vitest';
import { answer, type Question } from '../../../core/answer.ts';
import { PRIVATE } from '../../../core/access/scope.ts';
import type { AnswerEvent } from '../../../core/conversation/events.ts';
import type { Context } from '../../../core/context.ts';
import { newId } from '../../../core/ids.ts';
import { putEnvironmentServer, putModel } from '../../../core/models/registry.sql.ts';
import { grantModelToEveryone } from '../../../core/setup/setup.sql.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPassage,
  aPerson,
  EVERYONE,
  toPerson,
  type TestPerson,
} from '../../factories/company.ts';
import { test, type TestContext } from '../../factories/context.ts';
import { startModelServer, type FakeModelServer } from '../../fakes/model-server.ts';

const PIECES = ['Forty-eight ', 'hours ', '[1].'];
let server: FakeModelServer;
beforeAll(async () => {
  server = await startModelServer({ pieces: PIECES });
});
afterAll(() => server.close());

async function withModel(ctx: TestContext): Promise<void> {
  const row = await putEnvironmentServer(ctx.pool, { id: newId(), name: 'stub', kind: 'ollama', baseUrl: server.url });
  const model = await putModel(ctx.pool, {
    id: newId(),
    serverId: row!.id,
    name: 'stub-chat',
    kind: 'chat',
    contextTokens: 8_192,
    classes: [],
    isDefault: true,
  });
  await grantModelToEveryone(ctx.pool, newId(), model!.id);
}

async function ask(
  ctx: Context,
  asker: TestPerson,
  text: string,
  more: Partial<Question> = {},
): Promise<AnswerEvent[]> {
  const events: AnswerEvent[] = [];
  for await (const event of answer(ctx, { text, asker: asker.id, surface: 'portal', place: PRIVATE, ...more }))
    events.push(event);
  return events;
}
const textOf = (events: AnswerEvent[]): string =>
  events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('');
const promptsOf = (): string[] =>
  server.requests.filter((request) => request.path === '/api/chat').map((request) => JSON.stringify(request.body));

let built: Promise<{ secret: { id: string; name: string }; open: { id: string; name: string } }> | undefined;

/** Two knowledge bases for the whole file: one on deviations, granted to nobody yet, and one that everyone may read. */
async function build(ctx: TestContext) {
  await withModel(ctx);
  const [secret, open] = [
    await aKnowledgeBase(ctx, { name: 'Deviations of the plant' }),
    await aKnowledgeBase(ctx, { name: 'Handbook' }),
  ];
  await aGrant(ctx, open, EVERYONE);
  await aPassage(ctx, secret, {
    documentName: 'Deviations.md',
    text: '# Deadlines\n\nA critical deviation is reported to quality assurance within forty-eight hours.',
  });
  await aPassage(ctx, open, {
    documentName: 'Handbook.md',
    text: '# Deadlines\n\nAn expense report is handed in within thirty days after the journey.',
  });
  return { secret, open };
}

/** A reader who may read both, and a colleague who may not read on deviations. */
async function aHouse(ctx: TestContext) {
  const { secret, open } = await (built ??= build(ctx));
  server.become({ behaviour: 'answer', first: [], pieces: PIECES });
  server.requests.length = 0;
  const [reader, colleague] = [await aPerson(ctx), await aPerson(ctx)];
  await aGrant(ctx, secret, toPerson(reader));
  return { reader, colleague, secret, open };
}
const QUESTION = 'Within how many hours is a critical deviation reported to quality assurance?';

describe('an answer', () => {
  test('is not drawn from what its asker may not read, and does not name it', async ({ ctx }) => {
    const { colleague, secret } = await aHouse(ctx);
    const events = await ask(ctx, colleague, QUESTION);
    expect(JSON.stringify(events)).not.toContain(secret.name);
    expect(promptsOf().join()).not.toContain('forty-eight');
  });

  test('names its source, and ends once', async ({ ctx }) => {
    const { reader, secret } = await aHouse(ctx);
    const events = await ask(ctx, reader, QUESTION);
    expect(textOf(events)).toBe('Forty-eight hours [1].');
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      outcome: 'answered',
      model: 'stub-chat',
      citations: [{ n: 1, document: { name: 'Deviations.md', version: 1 }, heading: 'Deadlines' }],
    });
    expect(events.filter((event) => event.type === 'done' || event.type === 'failed')).toHaveLength(1);
    // For whoever reviews what was given.
    const used = await ctx.db.knowledgeUse.findMany({ where: { personId: reader.id } });
    expect(used.map(({ knowledgeBaseId }) => knowledgeBaseId)).toContain(secret.id);
  });

  test('makes at most five round trips to the database before the first word', async ({ ctx }) => {
    const { reader } = await aHouse(ctx);
    await ask(ctx, reader, QUESTION);
    let trips = 0;
    const query = ctx.pool.query.bind(ctx.pool);
    const pool = new Proxy(ctx.pool, {
      get: (target, key) =>
        key === 'query'
          ? (...given: unknown[]) => ((trips += 1), (query as (...all: unknown[]) => unknown)(...given))
          : Reflect.get(target, key, target),
    });
    for await (const event of answer(
      { ...ctx, pool },
      { text: QUESTION, asker: reader.id, surface: 'portal', place: PRIVATE },
    ))
      if (event.type === 'text') break;
    expect(trips).toBeGreaterThan(0);
    expect(trips).toBeLessThanOrEqual(5);
  });

  test('of a model that finds nothing in the passages is ours, with what was searched', async ({ ctx }) => {
    const { reader, secret } = await aHouse(ctx);
    server.become({ pieces: ['NOT ', 'FOU', 'ND'] });
    const events = await ask(ctx, reader, QUESTION);
    expect(textOf(events)).toContain(secret.name);
    expect(textOf(events)).not.toContain('NOT FOUND');
    expect(events.at(-1)).toMatchObject({ type: 'done', outcome: 'not_found', citations: [] });
  });

  test('that found nothing is kept without the names of what was searched: the asker may lose them', async ({
    ctx,
  }) => {
    const { reader, secret } = await aHouse(ctx);
    const asked = ['What does the canteen serve on Tuesday?', 'Was gibt es am Dienstag in der Kantine zu essen?'];
    for (const text of asked) {
      server.become({ pieces: ['NOT FOUND'] });
      const events = await ask(ctx, reader, text);
      expect(textOf(events)).toContain(secret.name);
      expect(events.at(-1)).toMatchObject({ type: 'done', outcome: 'not_found' });
    }
    const kept = await ctx.db.message.findMany({
      where: { role: 'assistant', conversation: { personId: reader.id } },
      select: { text: true },
      orderBy: { createdAt: 'asc' },
    });
    expect(kept.map(({ text }) => text)).toEqual([
      'I found nothing about this in what can be read here. Try other words, or ask the owner of the knowledge base where it should stand.',
      'Dazu habe ich in dem, was hier gelesen werden darf, nichts gefunden. Versuchen Sie es mit anderen Worten, oder fragen Sie, wem der Wissensbereich gehört, in dem es stehen müsste.',
    ]);
  });
});

describe('in a shared place', () => {
  test('nothing is said that a member may not read; the asker is told privately that there is more', async ({
    ctx,
  }) => {
    const { reader, colleague } = await aHouse(ctx);
    const place = {
      kind: 'shared',
      audience: { kind: 'members', personIds: [colleague.id], unlinked: false },
    } as const;
    const events = await ask(ctx, reader, QUESTION, { place, surface: 'slack', threadKey: newId() });
    expect(promptsOf().join()).not.toContain('forty-eight');
    expect(JSON.stringify(events)).not.toContain('Deviations');
    expect(events.filter((event) => event.type === 'private')).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('done');
  });

  test('there is nothing private beside an answer that already holds everything', async ({ ctx }) => {
    const { colleague, reader } = await aHouse(ctx);
    const place = { kind: 'shared', audience: { kind: 'everyone' } } as const;
    const events = await ask(ctx, colleague, 'Within how many days is an expense report handed in?', {
      place,
      surface: 'slack',
      threadKey: newId(),
    });
    expect(events.some((event) => event.type === 'private')).toBe(false);
    expect(reader.id).not.toBe(colleague.id);
  });

  test('what was answered in private is not remembered in the prompt of a place where others read', async ({ ctx }) => {
    const { reader, colleague } = await aHouse(ctx);
    const threadKey = newId();
    await ask(ctx, reader, QUESTION, { surface: 'slack', threadKey });
    server.requests.length = 0;
    const place = {
      kind: 'shared',
      audience: { kind: 'members', personIds: [colleague.id], unlinked: false },
    } as const;
    await ask(ctx, reader, 'And within how many days is an expense report handed in?', {
      surface: 'slack',
      threadKey,
      place,
    });
    expect(promptsOf().join()).not.toContain('Forty-eight');
  });
});

const CITING = ['Forty-eight hours [1]. ', 'And ', 'more ', 'of it.'];

describe('a running answer', () => {
  test('ends within two looks when the right to its source is taken away', async ({ ctx }) => {
    const { reader, secret } = await aHouse(ctx);
    server.become({ behaviour: 'stall', pieces: CITING });
    const events: AnswerEvent[] = [];
    for await (const event of answer(ctx, { text: QUESTION, asker: reader.id, surface: 'portal', place: PRIVATE })) {
      events.push(event);
      if (event.type === 'text') await ctx.db.grant.deleteMany({ where: { resourceId: secret.id, toId: reader.id } });
    }
    expect(events.at(-1)).toMatchObject({ type: 'failed', code: 'access_changed' });
    expect(events.filter((event) => event.type === 'citations')).toEqual([]);
  });

  test('stops when its asker says so, names what it cited so far, and is kept as far as it came', async ({ ctx }) => {
    const { reader, secret } = await aHouse(ctx);
    await ctx.db.knowledgeBase.update({ where: { id: secret.id }, data: { notice: 'Reviewed by staff' } });
    server.become({ behaviour: 'stall', pieces: CITING });
    const stop = new AbortController();
    const events: AnswerEvent[] = [];
    for await (const event of answer(ctx, {
      text: QUESTION,
      asker: reader.id,
      surface: 'portal',
      place: PRIVATE,
      signal: stop.signal,
    })) {
      events.push(event);
      if (event.type === 'text') stop.abort();
    }
    expect(events.slice(-2)).toMatchObject([
      { type: 'citations', citations: [{ n: 1 }], notices: [{ text: 'Reviewed by staff' }] },
      { type: 'failed', code: 'stopped' },
    ]);
    const kept = await ctx.db.message.findFirst({
      where: { conversation: { personId: reader.id }, role: 'assistant' },
    });
    expect(kept).toMatchObject({ outcome: 'stopped' });
    expect(kept?.text.length).toBeGreaterThan(0);
  });

  test('of a server that drops the line fails in a sentence, and the next question is answered', async ({ ctx }) => {
    const { reader } = await aHouse(ctx);
    server.become({ behaviour: 'drop' });
    const failed = (await ask(ctx, reader, QUESTION)).at(-1);
    expect(failed?.type).toBe('failed');
    expect(failed).not.toMatchObject({ code: 'internal' });
    server.become({ behaviour: 'answer' });
    expect((await ask(ctx, reader, QUESTION)).at(-1)).toMatchObject({ type: 'done', outcome: 'answered' });
  });
});

describe('a question is refused before anything is done', () => {
  test('for who may not ask, for nothing and for too much', async ({ ctx }) => {
    const { reader } = await aHouse(ctx);
    const silent = await aPerson(ctx);
    await aGroup(ctx, { members: [silent], permissions: { 'chat.use': 'deny' } });
    await expect(ask(ctx, silent, QUESTION)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask(ctx, reader, '   ')).rejects.toMatchObject({ code: 'bad_input' });
    await expect(ask(ctx, reader, 'a'.repeat(8_001))).rejects.toMatchObject({ code: 'question_too_long' });
  });

  test('for a knowledge base, conversation or model that is not the asker’s: as if it were not there', async ({
    ctx,
  }) => {
    const { reader, colleague, secret } = await aHouse(ctx);
    const done = (await ask(ctx, reader, QUESTION)).at(-1);
    const conversationId = done?.type === 'done' ? done.conversationId : '';
    for (const [real, none] of [
      [{ knowledgeBaseIds: [secret.id] }, { knowledgeBaseIds: [newId()] }],
      [{ conversationId }, { conversationId: newId() }],
    ] as const) {
      const sayings = await Promise.all(
        [real, none].map((more) =>
          ask(ctx, colleague, QUESTION, more).catch((error: Error) => ({ ...error, message: error.message })),
        ),
      );
      expect(sayings[0]).toMatchObject({ code: 'not_found' });
      expect(sayings[0]).toEqual(sayings[1]);
    }
  });
});
