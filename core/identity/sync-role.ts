import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import type { Queryable } from '../storage/sql.ts';
import { ROLES, type Role } from './person.ts';
import type { Provider } from './providers/store.ts';
import { mappedRole, onlyTheseAdminister, setMappedRole, setRole, type KnownIdentity } from './sign-on.sql.ts';

type Needs = Pick<Context, 'log'>;

const higher = (a: Role, b: Role): Role => (ROLES.indexOf(a) >= ROLES.indexOf(b) ? a : b);

/** The role that somebody falls back to once this identity's mappings give none: what a hand changed in between counts. */
export const roleWithout = (role: Role, identity: Pick<KnownIdentity, 'mappedRole' | 'formerRole'>): Role => {
  const former = identity.formerRole ?? 'pending';
  return identity.mappedRole !== null && role === higher(identity.mappedRole, former) ? former : role;
};

/**
 * A mapping gives at least its role; when it gives none any more, the role falls back to the one before. What a hand changed
 * in between counts as the one before. The last administrator stays one, and the record says so.
 */
export async function syncRole(
  ctx: Needs,
  tx: Queryable,
  provider: Pick<Provider, 'id'>,
  identity: Pick<KnownIdentity, 'id' | 'person' | 'mappedRole' | 'formerRole'>,
  surface: AuditEntry['surface'],
): Promise<boolean> {
  return giveRole(ctx, tx, provider, identity, await mappedRole(tx, provider.id, identity.id), surface);
}

/** As `syncRole`, with the role that mappings give now; null for none. */
export async function giveRole(
  ctx: Needs,
  tx: Queryable,
  provider: Pick<Provider, 'id'>,
  identity: Pick<KnownIdentity, 'id' | 'person' | 'mappedRole' | 'formerRole'>,
  now: 'user' | 'admin' | null,
  surface: AuditEntry['surface'],
): Promise<boolean> {
  if (now === identity.mappedRole) return false;
  const { person } = identity;
  const former = roleWithout(person.role, identity);
  const next = now === null ? former : higher(now, former);
  const told = { actorId: null, surface, subjectKind: 'person', subjectId: person.id } as const;
  const detail = { providerId: provider.id, before: { role: person.role }, after: { role: next } };
  if (person.role === 'admin' && next !== 'admin' && person.status === 'active')
    if (await onlyTheseAdminister(tx, [person.id])) {
      await record(tx, { ...told, action: 'person.role_kept', detail: { ...detail, reason: 'last_administrator' } });
      ctx.log.warn(
        { part: 'sign-in', personId: person.id, reason: 'last_administrator' },
        'a mapping no longer makes the last administrator one: they stay it until there is another',
      );
      return false;
    }
  await setMappedRole(tx, identity.id, now, now === null ? null : former);
  if (next === person.role) return false;
  await setRole(tx, person.id, next);
  await record(tx, { ...told, action: 'person.role_synced', detail });
  return true;
}
