import { expect, test } from 'vitest';
import { drawAnswer, type Canvas, type DrawOptions, type Growth } from '../../bots/slack/draw.ts';
import type { AnswerEvent } from '../../core/conversation/events.ts';
import { chatWords } from '../../core/conversation/words.ts';

type Shown = { id: string; text: string; how: 'grown' | 'posted'; blocks: number; ended: boolean };

/** A canvas that keeps what is shown. `growth`: what comes of the n-th piece of a growing message. */
function aCanvas({
  streams = true,
  growth = (): Growth => 'ok',
  canReplace = true,
}: { streams?: boolean; growth?: (pieces: number) => Growth; canReplace?: boolean } = {}) {
  const shown: Shown[] = [];
  const statuses: (string | null)[] = [];
  let pieces = 0;
  const find = (id: string) => shown.find((one) => one.id === id)!;
  const canvas: Canvas = {
    status: async (text) => void statuses.push(text),
    async begin(text) {
      if (!streams) return null;
      shown.push({ id: String(shown.length), text, how: 'grown', blocks: 0, ended: false });
      return String(shown.length - 1);
    },
    async grow(id, text) {
      const come = growth((pieces += 1));
      if (come === 'ok') find(id).text += text;
      return come;
    },
    async end(id, text, blocks) {
      const come = growth((pieces += 1));
      if (come === 'ok') Object.assign(find(id), { text: find(id).text + text, blocks: blocks.length, ended: true });
      return come;
    },
    async replace(id, text, blocks) {
      if (canReplace) Object.assign(find(id), { text, blocks: blocks.length, ended: true });
      return canReplace;
    },
    post: async (text, blocks) =>
      void shown.push({ id: String(shown.length), text, how: 'posted', blocks: blocks.length, ended: true }),
  };
  return { canvas, shown, statuses };
}

const DONE: AnswerEvent = {
  type: 'done',
  conversationId: 'c',
  messageId: 'm',
  outcome: 'answered',
  citations: [],
  knowledgeBases: [],
  notices: [],
  model: 'stub',
  timings: { preModelMs: 1, firstTextMs: 1, totalMs: 1 },
};
const text = (said: string): AnswerEvent => ({ type: 'text', text: said });
const searching: AnswerEvent = { type: 'status', code: 'searching', text: 'Searching' };
async function* events(...all: AnswerEvent[]): AsyncGenerator<AnswerEvent> {
  for (const event of all) {
    yield event;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
const options = (more: Partial<DrawOptions> = {}): DrawOptions => ({
  words: chatWords('en'),
  mayBegin: async () => true,
  mayGoOn: async () => true,
  stoppedText: () => 'Stopped for members.',
  onStopped: () => {},
  growEveryMs: 0,
  ...more,
});

test('nothing is shown when it may not begin, not even a failure, and the status line goes', async () => {
  const { canvas, shown, statuses } = aCanvas();
  const drawn = await drawAnswer(
    events(searching, text('secret'), DONE),
    canvas,
    options({ mayBegin: async () => false }),
  );
  expect(drawn.begun).toBe(false);
  expect(shown).toEqual([]);
  expect(statuses).toEqual(['Searching', null]);
});

test('from the moment that it may not go on nothing more is shown, and it says why', async () => {
  const { canvas, shown } = aCanvas();
  let asked = 0;
  await drawAnswer(
    events(text('open '), text('secret '), text('secret'), DONE),
    canvas,
    options({ mayGoOn: async () => (asked += 1) <= 1 }),
  );
  expect(shown.map((one) => one.text).join()).toBe('open \n\n_Stopped for members._');
});

test('an answer grows in one message and ends with its blocks', async () => {
  const { canvas, shown, statuses } = aCanvas();
  await drawAnswer(events(searching, text('Forty-eight '), text('hours '), text('[1].'), DONE), canvas, options());
  expect(shown).toEqual([{ id: '0', text: 'Forty-eight hours [1].', how: 'grown', blocks: 2, ended: true }]);
  expect(statuses.at(-1)).toBe(null);
});

test('without growing messages it is posted once, whole', async () => {
  const { canvas, shown } = aCanvas({ streams: false });
  await drawAnswer(events(text('Forty-eight '), text('hours [1].'), DONE), canvas, options());
  expect(shown).toEqual([{ id: '0', text: 'Forty-eight hours [1].', how: 'posted', blocks: 2, ended: true }]);
});

test('a message that stops growing is written anew with all of the answer', async () => {
  const { canvas, shown } = aCanvas({ growth: (pieces) => (pieces >= 2 ? 'dead' : 'ok') });
  await drawAnswer(events(text('one '), text('two '), text('three '), text('four.'), DONE), canvas, options());
  expect(shown).toEqual([{ id: '0', text: 'one two three four.', how: 'grown', blocks: 2, ended: true }]);
});

test('and where it cannot be written anew, what was not shown yet is posted: no word is lost', async () => {
  const { canvas, shown } = aCanvas({ growth: (pieces) => (pieces >= 2 ? 'dead' : 'ok'), canReplace: false });
  await drawAnswer(events(text('one '), text('two '), text('three '), text('four.'), DONE), canvas, options());
  expect(shown.map((one) => one.text).join('')).toBe('one two three four.');
  expect(shown.at(-1)).toMatchObject({ how: 'posted', blocks: 2 });
});

test('a message that grew old, or is full, is ended and another one goes on', async () => {
  const words = Array.from({ length: 60 }, (_, i) => `Sentence number ${i}.${i % 4 === 3 ? '\n\n' : ' '}`);
  let now = 0;
  const old = aCanvas();
  await drawAnswer(
    events(...words.map(text), DONE),
    old.canvas,
    options({ now: () => (now += 100), rotateAfterMs: 1_000 }),
  );
  expect(old.shown.length).toBeGreaterThan(2);
  const full = aCanvas();
  await drawAnswer(events(...words.map(text), DONE), full.canvas, options({ textLimit: 300 }));
  for (const { shown } of [old, full]) {
    expect(shown.every((one) => one.ended)).toBe(true);
    expect(
      shown
        .map((one) => one.text)
        .join('')
        .replaceAll(/\s/g, ''),
    ).toBe(words.join('').replaceAll(/\s/g, ''));
    expect(shown.filter((one) => one.blocks > 0)).toEqual([shown.at(-1)]);
  }
  expect(full.shown.every((one) => one.text.length <= 300)).toBe(true);
});

test('on a slow Slack no word is lost or doubled, whatever comes while a message is begun, grown or ended', async () => {
  const words = Array.from({ length: 150 }, (_, i) => `Sentence number ${i}.${i % 4 === 3 ? '\n\n' : ' '}`);
  for (const growth of [(): Growth => 'ok', (pieces: number): Growth => (pieces === 9 ? 'dead' : 'ok')]) {
    const { canvas, shown } = aCanvas({ growth });
    const slowly =
      <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        await new Promise((resolve) => setTimeout(resolve, 7));
        return run(...args);
      };
    const slow: Canvas = {
      ...canvas,
      begin: slowly(canvas.begin),
      grow: slowly(canvas.grow),
      end: slowly(canvas.end),
      replace: slowly(canvas.replace),
      post: slowly(canvas.post),
    };
    await drawAnswer(events(...words.map(text), DONE), slow, options({ textLimit: 400 }));
    expect(
      shown
        .map((one) => one.text)
        .join('')
        .replaceAll(/\s/g, ''),
    ).toBe(words.join('').replaceAll(/\s/g, ''));
  }
});

test('when the reader stops it, what was said stays, the model is stopped and no more comes', async () => {
  const { canvas, shown } = aCanvas({ growth: (pieces) => (pieces >= 2 ? 'stopped' : 'ok') });
  let stopped = 0;
  const failed: AnswerEvent = { type: 'failed', code: 'stopped', message: 'Stopped.' };
  await drawAnswer(
    events(text('one '), text('two '), text('three '), text('four '), failed),
    canvas,
    options({ onStopped: () => void (stopped += 1) }),
  );
  expect(stopped).toBe(1);
  expect(shown.map((one) => one.text)).toEqual(['one two \n\n_Stopped._']);
});

test('a failure becomes a sentence: alone where nothing was said, at the end where something was', async () => {
  const failed: AnswerEvent = { type: 'failed', code: 'model_timeout', message: 'The model did not answer in time.' };
  const before = aCanvas();
  await drawAnswer(events(searching, failed), before.canvas, options());
  expect(before.shown.map((one) => one.text)).toEqual(['_The model did not answer in time._']);
  const after = aCanvas();
  await drawAnswer(events(text('Forty-eight '), failed), after.canvas, options());
  expect(after.shown.map((one) => one.text)).toEqual(['Forty-eight \n\n_The model did not answer in time._']);
});

test('the status line goes even when a post throws', async () => {
  const { canvas, statuses } = aCanvas({ streams: false });
  const broken = { ...canvas, post: async () => Promise.reject(new Error('no')) };
  await expect(drawAnswer(events(searching, text('x'), DONE), broken, options())).rejects.toThrow('no');
  expect(statuses.at(-1)).toBe(null);
});

test("Slack's marks for calling people are harmless however the text is cut", async () => {
  const { canvas, shown } = aCanvas();
  await drawAnswer(
    events(text('Ask <'), text('!chan'), text('nel> or <'), text('@U123> or @'), text('here.'), DONE),
    canvas,
    options(),
  );
  expect(shown.map((one) => one.text).join('')).not.toMatch(/<[!@]|@here/);
});
