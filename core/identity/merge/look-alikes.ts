import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { PersonId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import { lookAlikes, setApart, type Likeness } from './look-alikes.sql.ts';
import { openMerges } from './merges.sql.ts';
import { sidesOf, type Side } from './sides.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

const PAIRS_AT_MOST = 100;

/** Two people who may be one. `merge`: the open proposal that names one of them, null without one. */
export type LookAlike = Readonly<{
  people: readonly [Side, Side];
  likenesses: readonly Likeness[];
  merge: string | null;
}>;

/** Active people who may be the same human under several identities: up to 100 pairs, those alike in most ways first. */
export async function listLookAlikes(ctx: Needs): Promise<LookAlike[]> {
  const pairs = await lookAlikes(ctx.pool, PAIRS_AT_MOST);
  const sides = new Map(
    (await sidesOf(ctx.pool, [...new Set(pairs.flatMap(({ one, other }) => [one, other]))])).map((side) => [
      side.id,
      side,
    ]),
  );
  const merges = await openMerges(ctx.pool, ctx.clock.now(), [...sides.keys()]);
  return pairs.flatMap(({ one, other, likenesses }) => {
    const [first, second] = [sides.get(one), sides.get(other)];
    if (!first || !second) return [];
    const merge = merges.find((each) => [one, other].some((id) => id === each.keptId || id === each.joiningId));
    return [{ people: [first, second] as const, likenesses, merge: merge?.id ?? null }];
  });
}

/** Remembers that two people who look alike are two: they are not listed again. @throws AppError 'not_found'. */
export async function keepApart(
  ctx: Needs,
  by: Actor & { personId: PersonId },
  people: readonly [PersonId, PersonId],
): Promise<void> {
  const [one, other] = people.toSorted() as [PersonId, PersonId];
  if (one === other) throw new AppError('bad_input', 'These are one person already');
  await withTransaction(ctx.pool, async (tx) => {
    if ((await sidesOf(tx, [one, other])).filter(({ kind }) => kind === 'human').length < 2) throw notFound('person');
    if ((await setApart(tx, { one, other, by: by.personId, at: ctx.clock.now() })) === 0) return;
    for (const [subjectId, apartFrom] of [
      [one, other],
      [other, one],
    ] as const)
      await record(tx, {
        actorId: by.personId,
        surface: by.surface,
        action: 'person.kept_apart',
        subjectKind: 'person',
        subjectId,
        detail: { from: apartFrom },
      });
  });
}
