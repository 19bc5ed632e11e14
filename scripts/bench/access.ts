import { randomBytes } from 'node:crypto';
import { admit } from '../../core/access/admission.ts';
import { PRIVATE } from '../../core/access/scope.ts';
import { commonTo, scopeOf } from '../../core/access/scopes.ts';
import { systemClock } from '../../core/clock.ts';
import { readConfig } from '../../core/config.ts';
import type { Context } from '../../core/context.ts';
import { createProvider } from '../../core/identity/providers/store.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import { silentLog } from '../../core/log.ts';
import { openSecrets } from '../../core/storage/secret.ts';
import { createUnderway } from '../../core/underway.ts';
import { fillAccess, mapGroups, type AccessSize } from './access-fill.sql.ts';
import { benchDatabase } from './database.ts';
import { percentile, rounded, type BenchResult } from './result.ts';
import { randomFrom } from './retrieval-data.ts';

const SIZE: AccessSize = { people: 10_000, groups: 500, knowledgeBases: 1_000 };
const ASKERS = 1_000;
const AUDIENCES = [10, 100, 1_000] as const;
const PLACES = 30;
/** The loop asks once for each member: fewer places do. */
const PLACES_OF_THE_LOOP = 3;
const SIGN_INS = 30;
const GROUPS_TOLD = 50;

type Needs = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log' | 'underway'>;
type Times = number[];

/**
 * Rights of a company of 10,000 people, 500 groups and 1,000 knowledge bases, one question after the other.
 *
 * `scopeCold…`: the scope of somebody who was not asked for before, each of 1,000 people once; `scopeWarm…`: of the same
 * people again. `admit…`: all that is read before a question is answered (scope, models, permission), in one statement.
 * `audience…`: what everyone in a place of so many members may read, in one statement; the reference asks for each member's
 * scope and keeps what is in all of them. `signIn…`: what a provider tells of a person in 50 mapped groups is taken over,
 * the first time and again with one group gone and one more. Ratios: the reference's p50 by ours.
 */
export async function benchAccess(size: AccessSize = SIZE): Promise<BenchResult> {
  const database = await benchDatabase(4);
  try {
    const { pool } = database;
    const { people, groups } = await fillAccess(pool, size);
    const config = readConfig({ SECRET_KEY: randomBytes(32).toString('base64'), DATA_DIR: '.' });
    const [secrets, underway] = [await openSecrets(config), createUnderway(silentLog)];
    const ctx: Needs = { pool, config, clock: systemClock, log: silentLog, secrets, underway };
    const random = randomFrom(3);
    const some = (count: number): string[] => {
      const chosen = new Set<string>();
      while (chosen.size < Math.min(count, people.length)) chosen.add(people[Math.floor(random() * people.length)]!);
      return [...chosen];
    };
    const askers = some(ASKERS);
    const scopeCold = await each(askers, (person) => scopeOf(ctx, person));
    const scopeWarm = await each(askers, (person) => scopeOf(ctx, person));
    const admitCold = await each(some(ASKERS), (person) => admit(ctx, person, PRIVATE));

    const figures: Record<string, number> = {
      ...named('scopeCold', scopeCold),
      ...named('scopeWarm', scopeWarm),
      ...named('admit', admitCold),
    };
    const reference: Record<string, number> = {};
    const ratios: Record<string, number> = {};
    for (const members of AUDIENCES) {
      const places = Array.from({ length: PLACES }, () => some(members));
      const ours = await each(places, ([asker, ...others]) => common(ctx, asker!, others));
      const loop = await each(places.slice(0, PLACES_OF_THE_LOOP), (all) => oneByOne(ctx, all));
      Object.assign(figures, named(`audience${members}`, ours));
      reference[`audience${members}OneByOneP50Ms`] = rounded(percentile(loop, 0.5));
      ratios[`audience${members}`] = rounded(percentile(loop, 0.5) / percentile(ours, 0.5), 1);
    }
    const { first, again } = await signIns(ctx, groups);
    return {
      figures: { ...figures, ...named('signInFirst', first), ...named('signInAgain', again) },
      reference,
      ratios,
    };
  } finally {
    await database.close();
  }
}

const named = (name: string, ms: Times): Record<string, number> => ({
  [`${name}P50Ms`]: rounded(percentile(ms, 0.5)),
  [`${name}P99Ms`]: rounded(percentile(ms, 0.99)),
});

async function each<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<Times> {
  const ms: Times = [];
  for (const one of all) {
    const start = performance.now();
    await work(one);
    ms.push(performance.now() - start);
  }
  return ms;
}

const common = (ctx: Needs, asker: string, others: readonly string[]): Promise<unknown> => {
  const audience = { kind: 'members', personIds: others, unlinked: false } as const;
  return commonTo(ctx, asker, { kind: 'shared', audience }, ctx.clock.now());
};

/** The same by a loop over the members. */
async function oneByOne(ctx: Needs, members: readonly string[]): Promise<Set<string>> {
  let shared: Set<string> | null = null;
  for (const member of members) {
    const own = new Set((await scopeOf(ctx, member)).knowledgeBaseIds);
    shared = shared === null ? own : shared.intersection(own);
  }
  return shared ?? new Set();
}

async function signIns(ctx: Needs, groups: readonly string[]): Promise<{ first: Times; again: Times }> {
  const provider = await createProvider(
    ctx,
    { personId: null, surface: 'command_line' },
    {
      key: 'bench',
      kind: 'oidc',
      name: 'Bench',
      enabled: true,
      maxAgeHours: 12,
      settings: { issuer: 'https://idp.example.com', clientId: 'gatehouse' },
      secrets: undefined,
    },
  );
  await mapGroups(ctx.pool, provider.id, groups);
  const random = randomFrom(9);
  const told = (from: number) =>
    Array.from({ length: GROUPS_TOLD }, (_, index) => ({ id: `ext-${groups[(from + index) % groups.length]}` }));
  const people = Array.from({ length: SIGN_INS }, () => ({
    subject: newId(),
    from: Math.floor(random() * groups.length),
  }));
  const facts = { roles: 'not_asked', active: 'not_told' } as const;
  const first = await each(people, ({ subject, from }) =>
    signOn(ctx, provider, { ...facts, subject, groups: told(from) }),
  );
  const again = await each(people, ({ subject, from }) =>
    signOn(ctx, provider, { ...facts, subject, groups: told(from + 1) }),
  );
  return { first, again };
}
