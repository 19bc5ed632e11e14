import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { scopeOf } from '../../../core/access/scopes.ts';
import type { Context } from '../../../core/context.ts';
import { standingAlone } from '../../../core/retrieval/follow-up.ts';
import { search, type FoundPassage } from '../../../core/retrieval/search.ts';

const questionFile = z.array(
  z.object({
    question: z.string(),
    after: z.string().optional(),
    as: z.string(),
    /** Passages that answer, any of them; empty: nothing may be found. */
    expect: z.array(z.object({ document: z.string(), page: z.number().optional(), contains: z.string() })),
    forbidden: z.array(z.string()),
    set: z.enum(['tune', 'check']),
  }),
);
export type Question = z.infer<typeof questionFile>[number];

export const readQuestions = (): Question[] =>
  questionFile.parse(parse(readFileSync(new URL('../../fixtures/questions.yaml', import.meta.url), 'utf8')));

/**
 * `mrr`: mean of 1 / rank of the first right passage. `refused`: share of unanswerable questions for which nothing was found.
 * `withheld`: share of those asked by people who may not read the answer; what else they may read answers some of them.
 */
export type Figures = {
  questions: number;
  hitAt1: number;
  hitAt5: number;
  mrr: number;
  refused: number;
  withheld: number;
  leaks: number;
};
export type Outcome = {
  question: Question;
  rank: number | null;
  found: readonly FoundPassage[];
  leaked: readonly string[];
  /** What those found who may not read the answer. */
  foundByOthers: readonly (readonly FoundPassage[])[];
};

const LIMIT = 5;

/** Asks everything as the people whom it names, and as those who may not get the answer. */
export async function replay(ctx: Context, questions: readonly Question[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const question of questions) {
    const found = await ask(ctx, question, question.as);
    const at = found.findIndex((passage) => answers(question, passage));
    const leaked: string[] = [];
    const foundByOthers: FoundPassage[][] = [];
    for (const email of question.forbidden) {
      const shown = email === question.as ? found : await ask(ctx, question, email);
      if (question.expect.length > 0) foundByOthers.push(shown);
      const documents = new Set(question.expect.map((each) => each.document));
      if (shown.some((passage) => documents.has(passage.documentName) || passage.outside)) leaked.push(email);
    }
    if (found.some((passage) => passage.outside)) leaked.push(question.as);
    outcomes.push({ question, found, rank: at < 0 ? null : at + 1, leaked, foundByOthers });
  }
  return outcomes;
}

/** Line breaks and doubled spaces of a table or a page do not matter. */
const plain = (text: string): string => text.replace(/\s+/g, ' ');

const answers = ({ expect }: Question, passage: FoundPassage): boolean =>
  expect.some((each) => each.document === passage.documentName && plain(passage.text).includes(plain(each.contains)));

async function ask(ctx: Context, question: Question, email: string): Promise<(FoundPassage & { outside: boolean })[]> {
  const person = await ctx.db.person.findFirst({ where: { email }, select: { id: true } });
  if (!person) throw new Error(`${email} is not in the sample`);
  const scope = await scopeOf(ctx, person.id);
  const before = question.after === undefined ? [] : [{ role: 'person', text: question.after } as const];
  const found = await search(ctx, scope, { ...standingAlone(question.question, before), limit: LIMIT });
  return found.map((passage) => ({ ...passage, outside: !scope.knowledgeBaseIds.includes(passage.knowledgeBaseId) }));
}

export function figuresOf(outcomes: readonly Outcome[]): Figures {
  const answerable = outcomes.filter(({ question }) => question.expect.length > 0);
  const unanswerable = outcomes.filter(({ question }) => question.expect.length === 0);
  const share = <T>(all: readonly T[], good: (each: T) => boolean): number =>
    all.length === 0 ? 1 : Number((all.filter(good).length / all.length).toFixed(3));
  return {
    questions: outcomes.length,
    hitAt1: share(answerable, ({ rank }) => rank === 1),
    hitAt5: share(answerable, ({ rank }) => rank !== null),
    mrr: Number(
      (answerable.reduce((sum, { rank }) => sum + (rank === null ? 0 : 1 / rank), 0) / answerable.length).toFixed(3),
    ),
    refused: share(unanswerable, ({ found }) => found.length === 0),
    withheld: share(
      outcomes.flatMap(({ foundByOthers }) => foundByOthers),
      (found) => found.length === 0,
    ),
    leaks: outcomes.reduce((sum, { leaked }) => sum + leaked.length, 0),
  };
}
