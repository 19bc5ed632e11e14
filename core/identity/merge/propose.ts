import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { newId, type PersonId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import type { Role } from '../person.ts';
import { lower, pairThatFits, whoConfirmed } from './fit.ts';
import { endMerge, insertMerge, lockMerge, lockPeople, openMerges, type MergeRow } from './merges.sql.ts';
import { sidesOf, type Side } from './sides.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;
type By = Actor & { personId: PersonId };

const LIFE_MS = 7 * 24 * 3_600_000;

/** An open proposal with both sides, and who has confirmed it so far. */
export type Merge = Readonly<MergeRow & { kept: Side; joining: Side; confirmedBy: readonly PersonId[] }>;

/** Open proposals, the oldest first. */
export async function listMerges(ctx: Needs): Promise<Merge[]> {
  const open = await openMerges(ctx.pool, ctx.clock.now(), null);
  const people = await sidesOf(ctx.pool, [...new Set(open.flatMap(({ keptId, joiningId }) => [keptId, joiningId]))]);
  return open.flatMap((merge) => {
    const [kept, joining] = [merge.keptId, merge.joiningId].map((id) => people.find((each) => each.id === id));
    return kept && joining ? [{ ...merge, kept, joining, confirmedBy: whoConfirmed(merge, { kept, joining }) }] : [];
  });
}

/**
 * Proposes to make one person of two: `kept` goes on, `joining` ends. Nothing is joined before each has confirmed it by a fresh sign-in of
 * its own. The role is the lower of the two unless `role` says another that one of them has; not who is one of them says it.
 * @throws AppError 'not_found', 'forbidden' for raising oneself, 'conflict' for who does not fit, or is named in another open one.
 */
export async function proposeMerge(
  ctx: Needs,
  by: By,
  wanted: { kept: PersonId; joining: PersonId; role: Role | null },
): Promise<string> {
  const { kept, joining, role } = wanted;
  if (kept === joining) throw new AppError('bad_input', 'These are one person already');
  const at = ctx.clock.now();
  const id = newId(at.getTime());
  await withTransaction(ctx.pool, async (tx) => {
    await lockPeople(tx, [kept, joining]);
    const pair = await pairThatFits(tx, wanted, role);
    const least = lower(pair.kept.role, pair.joining.role);
    if (role !== null && role !== least && [kept, joining].includes(by.personId))
      throw new AppError('forbidden', 'Nobody gives themself a role: another administrator has to propose this');
    if ((await openMerges(tx, at, [kept, joining])).length > 0)
      throw new AppError('conflict', 'One of the two is named in another open proposal: it has to end first');
    const expiresAt = new Date(at.getTime() + LIFE_MS);
    const merge = { id, keptId: kept, joiningId: joining, role: role ?? least, proposedBy: by.personId };
    await insertMerge(tx, { ...merge, proposedAt: at, expiresAt });
    await recordForBoth(tx, by, 'person.merge_proposed', merge, { role: merge.role });
  });
  return id;
}

/** Takes a proposal back. @throws AppError 'not_found', also where it has ended. */
export async function withdrawMerge(ctx: Needs, by: By, id: string): Promise<void> {
  const at = ctx.clock.now();
  await withTransaction(ctx.pool, async (tx) => {
    const merge = await lockMerge(tx, id, at, null);
    if (!merge) throw notFound('proposal');
    await endMerge(tx, id, 'withdrawn', at);
    await recordForBoth(tx, by, 'person.merge_withdrawn', merge, {});
  });
}

/** One of the two says that the other is not them. @throws AppError 'not_found', also where it has ended and for others. */
export async function refuseMerge(ctx: Needs, by: By, id: string): Promise<void> {
  const at = ctx.clock.now();
  await withTransaction(ctx.pool, async (tx) => {
    const merge = await lockMerge(tx, id, at, by.personId);
    if (!merge) throw notFound('proposal');
    await endMerge(tx, id, 'refused', at);
    await recordForBoth(tx, by, 'person.merge_refused', merge, {});
  });
}

/** In the record of each of the two, who read it on their own page. */
export async function recordForBoth(
  tx: Queryable,
  by: Actor,
  action: string,
  { id, keptId, joiningId }: Pick<MergeRow, 'id' | 'keptId' | 'joiningId'>,
  detail: Record<string, unknown>,
): Promise<void> {
  for (const subjectId of [keptId, joiningId])
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action,
      subjectKind: 'person',
      subjectId,
      detail: { merge: id, kept: keptId, joining: joiningId, ...detail },
    });
}
