import type { Context } from '../context.ts';
import {
  documentsByStage,
  latencySince,
  questionsByDay,
  questionsBySurface,
  totalsSince,
  type DayOfQuestions,
} from './dashboard.sql.ts';

const DAY_MS = 24 * 3_600_000;

export type Dashboard = Readonly<{
  days: readonly DayOfQuestions[];
  questions: { total: number; answered: number; notFound: number; failed: number };
  /** Medians, ms; null before the first answer. */
  latency: { firstTextMs: number | null; totalMs: number | null };
  documents: { total: number; byStage: Readonly<Record<string, number>> };
  passages: number;
  knowledgeBases: number;
  people: { total: number; active: number };
  feedback: { good: number; bad: number };
  surfaces: readonly { surface: string; questions: number }[];
}>;

/** The installation in numbers over the last `days` days, today included. Nobody is named, no question is quoted. */
export async function dashboardOf(ctx: Pick<Context, 'pool' | 'clock'>, days: number): Promise<Dashboard> {
  const to = ctx.clock.now();
  const from = new Date(Math.floor(to.getTime() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS);
  const [byDay, latency, stages, totals, surfaces] = await Promise.all([
    questionsByDay(ctx.pool, from, to),
    latencySince(ctx.pool, from),
    documentsByStage(ctx.pool),
    totalsSince(ctx.pool, from),
    questionsBySurface(ctx.pool, from),
  ]);
  const sum = (part: keyof Omit<DayOfQuestions, 'day'>) => byDay.reduce((total, day) => total + day[part], 0);
  return {
    days: byDay,
    questions: { total: sum('questions'), answered: sum('answered'), notFound: sum('notFound'), failed: sum('failed') },
    latency: latency ?? { firstTextMs: null, totalMs: null },
    documents: {
      total: stages.reduce((total, each) => total + each.documents, 0),
      byStage: Object.fromEntries(stages.map((each) => [each.stage, each.documents])),
    },
    passages: totals?.passages ?? 0,
    knowledgeBases: totals?.knowledgeBases ?? 0,
    people: { total: totals?.people ?? 0, active: totals?.activePeople ?? 0 },
    feedback: { good: totals?.good ?? 0, bad: totals?.bad ?? 0 },
    surfaces,
  };
}
