import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { test as onDatabase } from '../../setup/database.ts';
import { figuresOf, readQuestions, replay, type Figures, type Outcome } from './replay.ts';
import { ingestedSample } from './sample-installation.ts';

const MINUTES = 60_000;

/** What the set `check` reached; it may not fall. Written anew by hand, when it has risen. */
const floors = JSON.parse(readFileSync(new URL('questions.floors.json', import.meta.url), 'utf8')) as Omit<
  Figures,
  'questions' | 'leaks'
>;

type Replayed = { failed: string[]; asked: number; outcomes: readonly Outcome[] };

const test = onDatabase.extend<{ $file: { sample: Replayed } }>({
  sample: [
    async ({ database }, use) => {
      const { ctx, failed, asked, saveEmbeddings, close } = await ingestedSample(database.connection);
      const outcomes = await replay(ctx, readQuestions());
      if (process.env['UPDATE_EMBEDDINGS']) saveEmbeddings();
      await use({ failed, asked, outcomes });
      await close();
    },
    { scope: 'file' },
  ],
});

const ofSet = (sample: Replayed, set: 'tune' | 'check') =>
  sample.outcomes.filter(({ question }) => question.set === set);

test('nobody is shown a document that they may not read', { timeout: 9 * MINUTES }, ({ sample }) => {
  const leaks = sample.outcomes.filter(({ leaked }) => leaked.length > 0);
  expect(leaks.map(({ question, leaked }) => `${question.question} to ${leaked.join(', ')}`)).toEqual([]);
});

test('every document of the sample is ingested', { timeout: 9 * MINUTES }, ({ sample }) => {
  expect(sample.failed).toEqual([]);
});

test('what is found does not get worse', { timeout: 9 * MINUTES }, ({ sample }) => {
  const figures = { tune: figuresOf(ofSet(sample, 'tune')), check: figuresOf(ofSet(sample, 'check')) };
  console.table(figures);
  if (sample.asked > 0)
    console.info(
      `${sample.asked} texts were not in tests/fixtures/sample-embeddings.bin; UPDATE_EMBEDDINGS=1 writes it`,
    );
  const { check } = figures;
  expect(check.hitAt1).toBeGreaterThanOrEqual(floors.hitAt1);
  expect(check.hitAt5).toBeGreaterThanOrEqual(floors.hitAt5);
  expect(check.mrr).toBeGreaterThanOrEqual(floors.mrr);
  expect(check.refused).toBeGreaterThanOrEqual(floors.refused);
  expect(check.withheld).toBeGreaterThanOrEqual(floors.withheld);
  expect(figures.tune.leaks + check.leaks).toBe(0);
});
