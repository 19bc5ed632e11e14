import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { newId } from '../../core/ids.ts';
import { test } from '../factories/context.ts';
import { aProvider } from '../factories/providers.ts';

const MIGRATION = new URL('../../prisma/migrations/20261121091000_told_before/migration.sql', import.meta.url);

test('provisioning that was at work before it was written down when it told something counts from its last use', async ({
  ctx,
}) => {
  const { id: providerId } = await aProvider(ctx, { settings: { groupsFrom: 'scim' } });
  const [used, told] = [new Date('2026-11-20T08:00:00Z'), new Date('2026-11-19T08:00:00Z')];
  const aToken = async (lastUsedAt: Date | null, toldAt: Date | null) => {
    const id = newId();
    const tokenHash = Buffer.from(id);
    const expiresAt = new Date('2027-11-20T08:00:00Z');
    await ctx.db.scimToken.create({
      data: { id, providerId, tokenHash, name: 'provisioning', expiresAt, lastUsedAt, toldAt },
    });
    return id;
  };
  const [before, since, never] = [await aToken(used, null), await aToken(used, told), await aToken(null, null)];
  await ctx.pool.query(await readFile(MIGRATION, 'utf8'));
  const toldAt = async (id: string) => (await ctx.db.scimToken.findUniqueOrThrow({ where: { id } })).toldAt;
  expect([await toldAt(before), await toldAt(since), await toldAt(never)]).toEqual([used, told, null]);
});
