import type { Actor } from '../access/actor.ts';
import { refuseBringingHands } from '../access/own-hands.ts';
import type { AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { Queryable } from '../storage/sql.ts';
import { identitiesWithRoles } from './providers/mapping.sql.ts';
import type { Provider } from './providers/store.ts';
import { syncMemberships, type MembershipChange } from './sign-on.sql.ts';
import { syncRole } from './sync-role.ts';

/**
 * Brings groups and roles of many people in line with what their provider told, as a sign-on does for one: after a change
 * of its mappings or of its own groups. `people` null: all of them. Records the roles; the memberships are the caller's to record.
 */
export async function syncPeople(
  ctx: Pick<Context, 'log'>,
  tx: Queryable,
  provider: Pick<Provider, 'id'>,
  people: readonly PersonId[] | null,
  surface: AuditEntry['surface'],
): Promise<MembershipChange[]> {
  const changes = await syncMemberships(tx, provider.id, people);
  for (const identity of await identitiesWithRoles(tx, provider.id, people))
    await syncRole(ctx, tx, provider, identity, surface);
  return changes;
}

/** As `refuseOwnGain`, and to no account in one's own hands either. @throws AppError 'forbidden'. */
export async function refuseBrought(
  ctx: Pick<Context, 'config' | 'clock'>,
  tx: Queryable,
  by: Actor,
  changes: readonly MembershipChange[],
): Promise<void> {
  refuseOwnGain(by, changes);
  const brought = changes.filter(({ came }) => came);
  await refuseBringingHands(ctx, tx, by, brought);
}

/** Nobody gives themself the rights of a group, by a mapping or by what counts for one. @throws AppError 'forbidden'. */
function refuseOwnGain(by: Actor, changes: readonly MembershipChange[]): void {
  if (changes.some(({ personId, came }) => came && personId === by.personId))
    throw new AppError('forbidden', 'Nobody gives themself the rights of a group: another administrator has to do it');
}
