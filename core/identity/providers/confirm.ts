import type { Actor } from '../../access/actor.ts';
import { inOneHand } from '../../access/own-hands.sql.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { PersonId, ProviderId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import { syncPeople } from '../sync-people.ts';
import { lockProvider, providerRowById } from './providers.sql.ts';
import type { Provider } from './store.ts';
import { leaveInHands, otherAdministrators } from './trust.sql.ts';

/**
 * Another administrator has looked at a provider and takes it for the company's: what its maker did counts no longer as being
 * in their hands, and what its mappings withheld is given. What whoever confirms did to it themself waits for somebody else.
 * Whoever came by it before it was changed is taken for themself here: where all come by one provider, nobody could confirm it
 * else. `seen`: as which it was looked at. @throws AppError 'not_found', 'forbidden' to whose hands it is in, 'conflict' when
 * it was changed since.
 */
export async function confirmProvider(
  ctx: Pick<Context, 'pool' | 'config' | 'log'>,
  by: Actor,
  id: ProviderId,
  seen: Date,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    await lockProvider(tx, id);
    const found = await providerRowById(tx, id);
    if (!found) throw notFound('provider');
    if (found.inHandsOf.length === 0) return;
    if (found.updatedAt.getTime() !== seen.getTime())
      throw new AppError('conflict', 'This provider was changed since you looked at it: look again, then confirm it');
    const { personId } = by;
    const own =
      personId === null || ctx.config.ADMINS_VOUCH
        ? []
        : [personId, ...(await inOneHand(tx, personId, found.inHandsOf, { madeAccounts: true, believed: id }))];
    const left = found.inHandsOf.filter((hand) => own.includes(hand));
    if (left.length === found.inHandsOf.length)
      throw new AppError(
        'forbidden',
        'You made this provider or changed whom it believes, or your account is in the hands of who did: another administrator has to confirm it',
      );
    await leaveInHands(tx, id, left);
    const told = { actorId: personId, surface: by.surface } as const;
    const detail = { name: found.name, confirmedOf: found.inHandsOf.filter((hand) => !left.includes(hand)) };
    await record(tx, { ...told, action: 'provider.confirmed', subjectKind: 'provider', subjectId: id, detail });
    for (const admin of await otherAdministrators(tx, personId))
      await record(tx, {
        ...told,
        action: 'provider.confirmed_by_other',
        subjectKind: 'person',
        subjectId: admin.id,
        detail: { ...detail, providerId: id },
      });
    if (left.length === 0) await syncPeople(ctx, tx, { id }, null, by.surface);
  });
}

/** In whose hands a provider is, by name; empty once another administrator has confirmed it. */
export async function handsOf(
  { db }: Pick<Context, 'db'>,
  { inHandsOf }: Pick<Provider, 'inHandsOf'>,
): Promise<{ id: PersonId; name: string }[]> {
  if (inHandsOf.length === 0) return [];
  return db.person.findMany({
    where: { id: { in: [...inHandsOf] } },
    select: { id: true, name: true },
    orderBy: { name: 'asc' },
  });
}
