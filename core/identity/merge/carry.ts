import { decide } from '../../access/decide.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { PersonId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import { recordGroups } from '../sync-groups.ts';
import { lockSubject, syncMemberships } from '../sign-on.sql.ts';
import {
  carryConversations,
  carryHands,
  carryIdentities,
  carryRights,
  closeJoining,
  endWhatIsOpen,
  identitiesOfBoth,
  lockIdentities,
} from './carry.sql.ts';
import { fingerprintOf, pairThatFits } from './fit.ts';
import { endMerge, lockPeople, type MergeRow } from './merges.sql.ts';
import { recordForBoth } from './propose.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/** Whoever proposed it has to be somebody who still may. @throws AppError 'conflict'. */
export async function demandProposer(ctx: Needs, { proposedBy }: Pick<MergeRow, 'proposedBy'>): Promise<void> {
  if (!(await decide(ctx, proposedBy, 'people.manage')).allowed)
    throw new AppError('conflict', 'Who proposed this may not any more: ask an administrator to propose it again');
}

/**
 * Makes two people one, in the transaction of the second confirmation. `seen`: what both were shown. A sign-on of either waits
 * until it is done, and then finds the one.
 * @throws AppError 'conflict' where they do not fit any more, or are not as both were shown.
 */
export async function carry(
  tx: Queryable,
  merge: MergeRow,
  done: { seen: string; by: PersonId; at: Date },
): Promise<void> {
  const pair = { kept: merge.keptId, joining: merge.joiningId };
  for (const { providerId, subject } of await identitiesOfBoth(tx, pair)) await lockSubject(tx, providerId, subject);
  await lockIdentities(tx, pair);
  await lockPeople(tx, [pair.kept, pair.joining]);
  const sides = await pairThatFits(tx, pair, merge.role);
  if (fingerprintOf(merge, sides) !== done.seen) throw changed();
  await endWhatIsOpen(tx, pair, done.at);
  await carryIdentities(tx, pair);
  await carryRights(tx, pair);
  await carryHands(tx, pair);
  await carryConversations(tx, pair);
  await closeJoining(tx, pair, merge.role, done.at);
  const providers = new Set((await identitiesOfBoth(tx, pair)).map(({ providerId }) => providerId));
  for (const id of [...providers].toSorted())
    await recordGroups(
      tx,
      { id },
      { person: { ...sides.kept, language: null } },
      await syncMemberships(tx, id, [pair.kept]),
      'portal',
    );
  await endMerge(tx, merge.id, 'merged', done.at);
  await recordForBoth(tx, { personId: done.by, surface: 'portal' }, 'person.merged', merge, {
    role: merge.role,
    proposedBy: merge.proposedBy,
    before: { kept: sides.kept.role, joining: sides.joining.role },
    identities: sides.joining.identities.map(({ id }) => id),
    chatAccounts: sides.joining.chatAccounts.map(({ id }) => id),
  });
}

/** Told to whoever confirms what is not so any more. */
export const changed = () =>
  new AppError('conflict', 'What would be joined has changed since you looked: look again', {
    details: { reason: 'changed' },
  });
