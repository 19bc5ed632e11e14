import type { Context } from '../context.ts';
import type { IdentityId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import { forgetTold, leaveProviderGroups, oldParts } from './aging.sql.ts';
import { identityById } from './sign-on.sql.ts';
import { recordGroups, syncGroups } from './sync-groups.ts';
import { giveRole, syncRole } from './sync-role.ts';

/**
 * Takes away what an identity brought that its provider has not confirmed for too long: memberships and mapped role. Who it
 * belongs to stays, and the next sign-in brings back what is still so. What was confirmed in between stays too.
 */
export async function expireFacts(ctx: Pick<Context, 'pool' | 'log' | 'clock'>, identityId: IdentityId): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    const found = await identityById(tx, identityId);
    const old = await oldParts(tx, identityId, ctx.clock.now());
    if (!found || !old) return;
    const provider = { id: found.providerId };
    if (old.everything) {
      await forgetTold(tx, identityId, { groups: true, roles: true });
      const left = await leaveProviderGroups(tx, found.person.id, found.providerId);
      const removed = left.map(({ groupId }) => ({ personId: found.person.id, groupId, came: false }));
      await recordGroups(tx, provider, found, removed, 'worker');
      await giveRole(ctx, tx, provider, found, null, 'worker');
    } else if (old.groups || old.roles) {
      await forgetTold(tx, identityId, old);
      await syncGroups(tx, provider, found, 'worker');
      await syncRole(ctx, tx, provider, found, 'worker');
    }
  });
}
