import type { Context } from '../../context.ts';
import { markRefused, markTold } from './told.sql.ts';
import type { Provisioning } from './tokens.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/**
 * Carries out a change of a user or group, and notes what that says of how old facts are. Once it is carried out, all that its
 * provider told before holds again as long as facts may; where it is refused, nobody knows what this one would have come to,
 * whatever is told of others. `id`: of what is changed; '' where it is only being made.
 */
export async function telling<T>(
  ctx: Needs,
  { provider, tokenId }: Provisioning,
  id: string,
  change: () => Promise<T>,
): Promise<T> {
  try {
    const changed = await change();
    await markTold(ctx.pool, tokenId, ctx.clock.now());
    if (id !== '') await markRefused(ctx.pool, provider.id, id, null);
    return changed;
  } catch (error) {
    if (id !== '') await markRefused(ctx.pool, provider.id, id, ctx.clock.now());
    throw error;
  }
}
