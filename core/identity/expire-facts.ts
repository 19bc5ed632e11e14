import type { Context } from '../context.ts';
import type { IdentityId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import { forgetTold } from './aging.sql.ts';
import { identityById } from './sign-on.sql.ts';
import { recordGroups } from './sync-groups.ts';
import { giveRole } from './sync-role.ts';

/**
 * Takes away what an identity brought that its provider has not confirmed for too long: memberships and mapped role. Who it
 * belongs to stays, and the next sign-in brings back what is still so.
 */
export async function expireFacts(ctx: Pick<Context, 'pool' | 'log'>, identityId: IdentityId): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    const found = await identityById(tx, identityId);
    if (!found) return;
    const provider = { id: found.providerId };
    const removed = await forgetTold(tx, identityId);
    await recordGroups(
      tx,
      provider,
      found,
      removed.map(({ groupId }) => ({ personId: found.person.id, groupId, came: false })),
      'worker',
    );
    await giveRole(ctx, tx, provider, found, null, 'worker');
  });
}
