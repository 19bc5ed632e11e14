import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import type { IdentityId, PersonId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import { makeGroupsByPrefix, noteGroupsSeen } from '../providers/groups-seen.ts';
import type { Provider } from '../providers/store.ts';
import { withheldFrom } from '../sign-on.sql.ts';
import { syncPeople } from '../sync-people.ts';
import { addMembers, countKnown, keepMembers, lockMembers, removeMembers, type GroupRow } from './groups.sql.ts';
import type { MemberChange } from './patch-group.ts';
import { refused } from './refusal.ts';

export type ChangedMembers = Readonly<{
  added: readonly PersonId[];
  removed: readonly PersonId[];
  /** Those who are or were members, changed or not. */
  everybody: readonly PersonId[];
}>;

/**
 * Carries out changes of a group's members, one after the other, and gives what came of them all.
 * @throws AppError with scimType 'invalidValue' where somebody who is to come in is no user of this provider.
 */
export async function applyMembers(
  tx: Queryable,
  provider: Provider,
  group: string,
  changes: readonly MemberChange[],
): Promise<ChangedMembers> {
  const coming = [...new Set(changes.flatMap(({ verb, ids }) => (verb === 'remove' ? [] : ids)))];
  const named = [...new Set(changes.flatMap(({ ids }) => ids))];
  const locked = await lockMembers(tx, group, named);
  if (coming.length > 0 && (await countKnown(tx, provider.id, coming)) < coming.length)
    throw refused('invalidValue', 'A member is no user of this provider');
  const sum = new Map<IdentityId, number>();
  const count = (found: readonly { id: IdentityId }[], by: 1 | -1) => {
    for (const { id } of found) sum.set(id, (sum.get(id) ?? 0) + by);
  };
  for (const { verb, ids } of changes) {
    if (verb === 'replace') count(await keepMembers(tx, group, ids), -1);
    if (verb === 'remove') count(await removeMembers(tx, group, ids), -1);
    else count(await addMembers(tx, group, ids), 1);
  }
  const who = (by: number) => locked.filter(({ id }) => sum.get(id) === by).map(({ personId }) => personId);
  return { added: who(1), removed: who(-1), everybody: locked.map(({ personId }) => personId) };
}

const MOST_IN_ONE_ENTRY = 1_000;

/** Brings people in line with a group that has changed, where this provider's provisioning is what counts, and records it. */
export async function syncGroup(
  ctx: Pick<Context, 'log' | 'clock'>,
  tx: Queryable,
  provider: Provider,
  what: {
    action: 'scim.group_created' | 'scim.group_changed' | 'scim.group_deleted';
    group: Pick<GroupRow, 'id' | 'externalId' | 'displayName'>;
    changed: ChangedMembers;
    /** Whether it means another thing now to all of its members. */
    everybody: boolean;
  },
): Promise<void> {
  const { action, group, changed } = what;
  const told = [{ id: group.externalId ?? group.id, label: group.displayName.slice(0, 200) }];
  if (action !== 'scim.group_deleted')
    await noteGroupsSeen(tx, provider, { groups: told, roles: 'kept' }, ctx.clock.now());
  const { added, removed } = changed;
  for (let at = 0; at === 0 || at < Math.max(added.length, removed.length); at += MOST_IN_ONE_ENTRY)
    await record(tx, {
      actorId: null,
      surface: 'api',
      action,
      subjectKind: 'provider',
      subjectId: provider.id,
      detail: {
        scimGroupId: group.id,
        externalId: group.externalId,
        added: added.slice(at, at + MOST_IN_ONE_ENTRY),
        removed: removed.slice(at, at + MOST_IN_ONE_ENTRY),
      },
    });
  if (provider.settings.groupsFrom !== 'scim') return;
  if (action !== 'scim.group_deleted') await makeGroupsByPrefix(tx, provider, { groups: told });
  const people = what.everybody ? changed.everybody : [...added, ...removed];
  if (people.length === 0) return;
  await syncPeople(ctx, tx, provider, people, 'api');
  for (const { personId, ...withheld } of await withheldFrom(tx, provider.id, people))
    await record(tx, {
      actorId: null,
      surface: 'api',
      action: 'person.provisioning_withheld',
      subjectKind: 'person',
      subjectId: personId,
      detail: { providerId: provider.id, because: 'made_a_token', ...withheld },
    });
}
