import { record, type AuditEntry } from '../audit/record.ts';
import type { Queryable } from '../storage/sql.ts';
import type { Provider } from './providers/store.ts';
import { syncMemberships, type KnownIdentity, type MembershipChange } from './sign-on.sql.ts';

/** Brings one person's groups in line with what a provider told, and records what changed. False where nothing did. */
export async function syncGroups(
  tx: Queryable,
  provider: Pick<Provider, 'id'>,
  { person }: Pick<KnownIdentity, 'person'>,
  surface: AuditEntry['surface'],
): Promise<boolean> {
  return recordGroups(tx, provider, { person }, await syncMemberships(tx, provider.id, [person.id]), surface);
}

/** Records groups that came and went by a provider. False where none did. */
export async function recordGroups(
  tx: Queryable,
  provider: Pick<Provider, 'id'>,
  { person }: Pick<KnownIdentity, 'person'>,
  changes: readonly MembershipChange[],
  surface: AuditEntry['surface'],
): Promise<boolean> {
  if (changes.length === 0) return false;
  await record(tx, {
    actorId: null,
    surface,
    action: 'person.groups_synced',
    subjectKind: 'person',
    subjectId: person.id,
    detail: {
      providerId: provider.id,
      added: changes.filter(({ came }) => came).map(({ groupId }) => groupId),
      removed: changes.filter(({ came }) => !came).map(({ groupId }) => groupId),
    },
  });
  return true;
}
