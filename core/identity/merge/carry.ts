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
  setFormerRole,
  type Brought,
} from './carry.sql.ts';
import type { Role } from '../person.ts';
import { roleWithout } from '../sync-role.ts';
import { fingerprintOf, higher, lower, pairThatFits, type Pair } from './fit.ts';
import { endMerge, lockPeople, type MergeRow } from './merges.sql.ts';
import { recordForBoth } from './propose.ts';
import type { Side } from './sides.sql.ts';

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
  const former = roleByHand(merge.role, sides, await identitiesOfBoth(tx, pair));
  await carryIdentities(tx, pair);
  await setFormerRole(tx, pair.kept, former);
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

/** The role that the one has by hand: the higher of what each has without mappings, never above the one both were shown. */
function roleByHand(role: Role, { kept, joining }: Pair, identities: readonly Brought[]): Role {
  const byHand = (side: Side) =>
    identities
      .filter(({ personId, mappedRole }) => personId === side.id && mappedRole !== null)
      .map((identity) => roleWithout(side.role, identity))
      .reduce(lower, side.role);
  return lower(role, higher(byHand(kept), byHand(joining)));
}

/** Told to whoever confirms what is not so any more. */
export const changed = () =>
  new AppError('conflict', 'What would be joined has changed since you looked: look again', {
    details: { reason: 'changed' },
  });
