import { createHash } from 'node:crypto';
import { AppError, notFound } from '../../errors.ts';
import type { PersonId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import { ROLES, type Role } from '../person.ts';
import { onlyTheseAdminister } from '../sign-on.sql.ts';
import type { MergeRow } from './merges.sql.ts';
import { givenBetween, sidesOf, type Side } from './sides.sql.ts';

export type Pair = Readonly<{ kept: Side; joining: Side }>;

export const lower = (a: Role, b: Role): Role => (ROLES.indexOf(a) <= ROLES.indexOf(b) ? a : b);
export const higher = (a: Role, b: Role): Role => (ROLES.indexOf(a) >= ROLES.indexOf(b) ? a : b);

const refused = (sentence: string, reason: string) => new AppError('conflict', sentence, { details: { reason } });

/**
 * Two people who can be made one, with this role. Looked at when it is proposed, and once more when it is done.
 * @throws AppError 'not_found', or 'conflict' that says why they cannot.
 */
export async function pairThatFits(
  tx: Queryable,
  ids: { kept: PersonId; joining: PersonId },
  role: Role | null,
): Promise<Pair> {
  const sides = await sidesOf(tx, [ids.kept, ids.joining]);
  const [kept, joining] = [ids.kept, ids.joining].map((id) =>
    sides.find((side) => side.id === id && side.kind === 'human'),
  );
  if (!kept || !joining) throw notFound('person');
  if (kept.status !== 'active' || joining.status !== 'active')
    throw refused('One of the two is deactivated: let them in again first, or leave it as it is', 'deactivated');
  if (kept.fromSample || joining.fromSample)
    throw refused('One of the two is an invented person of the sample: remove the sample instead', 'sample');
  if (![...kept.identities, ...joining.identities].some(({ provider }) => provider !== null))
    throw refused(
      'Both sign in with a password here: nobody but whoever knows both could tell that they are one. Deactivate one and hand over what it owns',
      'both_local',
    );
  if ((await givenBetween(tx, kept.id, joining.id)).length > 0)
    throw refused(
      'One of the two gave the other rights or what they owned: nobody gives themself anything, so take that back first',
      'given_between',
    );
  if (role !== null && ROLES.indexOf(role) > ROLES.indexOf(higher(kept.role, joining.role)))
    throw refused('Neither of the two has this role', 'role');
  const becomes = role ?? lower(kept.role, joining.role);
  if (becomes !== 'admin' && (await onlyTheseAdminister(tx, [kept.id, joining.id])))
    throw refused('Nobody would be left to administer: make somebody else administrator first', 'last_administrator');
  return { kept, joining };
}

/** What both are shown and confirm, as a word: another one as soon as a way in, a chat account or the role is another. */
export const fingerprintOf = (merge: { id: string; role: Role }, { kept, joining }: Pair): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        merge.id,
        merge.role,
        ...[kept, joining].map(({ id, identities, chatAccounts }) => [
          id,
          identities.map((each) => each.id),
          chatAccounts.map((each) => each.id),
        ]),
      ]),
    )
    .digest('base64url');

/** Who has confirmed what both are shown now: not what was another thing when they looked. */
export const whoConfirmed = (merge: MergeRow, pair: Pair): PersonId[] => {
  const seen = fingerprintOf(merge, pair);
  return [merge.keptId, merge.joiningId].filter((id) => merge.confirmed[id] === seen);
};
