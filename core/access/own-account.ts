import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import type { Owner } from './ownership.ts';

/**
 * The owner of a service account whose keys this person makes; null for everybody else's account, and for a human. What is
 * given to it is given to whoever holds its keys.
 */
export async function ownerOfOwnAccount(
  { db }: Pick<Context, 'db'>,
  personId: PersonId,
  account: PersonId,
): Promise<Owner | null> {
  const found = await db.serviceAccount.findUnique({
    where: { personId: account },
    select: { ownerKind: true, ownerId: true },
  });
  if (!found) return null;
  const own =
    found.ownerKind === 'person'
      ? found.ownerId === personId
      : (await db.membership.count({ where: { groupId: found.ownerId, personId, manager: true } })) > 0;
  return own ? { kind: found.ownerKind as Owner['kind'], id: found.ownerId } : null;
}
