import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, type Client } from '../factories/api.ts';
import { aHouseOn, type House } from './house.ts';
import { LIVE_SERVERS, missingOf } from './servers.ts';

/** Asked of the sample's policies; `says` stands in the document, in the words a model may choose. */
const QUESTIONS = [
  {
    question: 'How many days a week may I work from home?',
    says: /\b(3|three)\b/i,
    document: 'Remote-Work-Policy.md',
  },
  { question: 'How many characters must a password have?', says: /\b14\b/, document: 'IT-Security-Policy.pdf' },
];
const NOT_IN_THE_DOCUMENTS = 'Who won the football championship in 1998?';
const OF_SEVERAL_SENTENCES = 'What does the company lend and pay for working from home?';

for (const server of LIVE_SERVERS)
  describe.skipIf(missingOf(server).length > 0)(`the main journey on a real ${server.name}`, () => {
    let house: House;
    beforeAll(async () => {
      house = await aHouseOn(server);
    });
    afterAll(() => house?.close());

    test('who has no grant gets nothing, and the model is not even asked', async () => {
      const before = house.chats().length;
      const { status, body } = await house.stranger.call('POST', '/ask', { question: QUESTIONS[0]?.question });
      expect(status).toBe(200);
      expect(body).toMatchObject({ outcome: 'not_found', citations: [], knowledgeBases: [] });
      expect(house.chats()).toHaveLength(before);
      const named = { question: QUESTIONS[0]?.question, knowledgeBaseIds: [house.knowledgeBaseId] };
      expect((await house.stranger.call('POST', '/ask', named)).status).toBe(404);
    });

    test('what stands in no document is not found', async () => {
      const { status, body } = await house.reader.call('POST', '/ask', { question: NOT_IN_THE_DOCUMENTS });
      expect(status).toBe(200);
      expect(body).toMatchObject({ outcome: 'not_found', citations: [] });
      expect(body.answer).not.toMatch(/france|brazil/i);
    });

    test.skipIf(!server.embedding)('documents and questions were embedded by the server', () => {
      expect(house.embeddings().length).toBeGreaterThanOrEqual(2);
      expect(house.embeddings().filter((call) => call.end !== 'complete')).toEqual([]);
    });

    for (const { question, says, document } of QUESTIONS)
      test(`“${question}” is answered from ${document}, cited`, async () => {
        const { status, body } = await house.reader.call('POST', '/ask', { question });
        tell(house, question, body);
        expect(status).toBe(200);
        expect(body).toMatchObject({ outcome: 'answered', model: house.model });
        expect(body.citations.length).toBeGreaterThan(0);
        expect(body.citations[0]).toMatchObject({ url: expect.stringContaining(body.citations[0].passageId) });
        if (!server.instructed) return;
        expect(body.answer).toMatch(says);
        expect(body.citations.map((each: any) => each.document.name)).toContain(document);
      });

    test('an answer is shown while it is written', async () => {
      const { events, times } = await streamed(house.reader, OF_SEVERAL_SENTENCES);
      expect(events.at(-1)).toMatchObject({ type: 'done', outcome: 'answered' });
      expect(events.at(-1).citations.length).toBeGreaterThan(0);
      expect(times.length).toBeGreaterThan(1);
      // All at once at the end would be no stream.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(0);
      expect(house.chats().at(-1)?.pieces).toBeGreaterThan(1);
      tell(house, OF_SEVERAL_SENTENCES, events.at(-1));
    });

    test('stopping closes the connection to the server, and the next question is answered', async () => {
      const stop = new AbortController();
      const stopping = streamed(house.reader, OF_SEVERAL_SENTENCES, stop, 1);
      await expect(stopping).rejects.toMatchObject({ name: 'AbortError' });
      await expect.poll(() => house.chats().at(-1)?.end, { timeout: 5_000 }).toBe('cut');
      const { question } = QUESTIONS[0] ?? { question: '' };
      const { body } = await house.reader.call('POST', '/ask', { question });
      expect(body).toMatchObject({ outcome: 'answered' });
      expect(house.chats().at(-1)).toMatchObject({ end: 'complete' });
    });
  });

/** The events of an answer and when its pieces came, ms; `stopAfter`: pieces after which the asker goes away. */
async function streamed(
  client: Client,
  question: string,
  stop = new AbortController(),
  stopAfter = Infinity,
): Promise<{ events: any[]; times: number[] }> {
  const response = await client.raw('POST', '/ask', {
    body: JSON.stringify({ question, stream: true }),
    headers: { 'Content-Type': 'application/json' },
    signal: stop.signal,
  });
  expect(response.status).toBe(200);
  const times: number[] = [];
  const events = await eventsOf(response, (so) => {
    const pieces = so.filter((event) => event.type === 'text').length;
    while (times.length < pieces) times.push(performance.now());
    if (pieces >= stopAfter) stop.abort();
    return false;
  });
  return { events, times };
}

/** What it took, for whoever reads the run. */
function tell(house: House, question: string, { timings, model, citations }: any): void {
  const call = house.chats().at(-1);
  const seconds = (ms: number | null) => (ms === null ? '–' : (ms / 1_000).toFixed(1));
  process.stdout.write(
    `${model}: “${question}” first word ${seconds(timings.firstTextMs)} s, whole ${seconds(timings.totalMs)} s, ` +
      `${call?.promptTokens ?? '?'} tokens read, ${call?.answerTokens ?? '?'} written, ${citations.length} citations\n`,
  );
}
