import type { Prisma } from '../../../prisma/generated/client.ts';
import type { Context } from '../../context.ts';
import type { PersonId } from '../../ids.ts';
import type { Resource, ResourceKind } from '../actions.ts';
import { decide, demand } from '../decide.ts';
import type { LevelName } from '../levels.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

/** Something that an administrator opened without being given it: who, what, why, until when. */
export type BreakGlassEntry = Readonly<{
  id: string;
  person: { id: PersonId; name: string };
  resource: Resource & { name: string | null };
  level: LevelName;
  reason: string;
  startedAt: Date;
  endsAt: Date;
  /** Whether it still opens something. */
  living: boolean;
}>;

type Row = Prisma.BreakGlassGetPayload<{ include: typeof PARTS }>;
const PARTS = { person: { select: { id: true, name: true } } } as const satisfies Prisma.BreakGlassInclude;

/**
 * What was opened by break-glass, the latest first: all of it for administrators, that of one resource for who manages it.
 * @throws AppError as `demand` does for the resource, 'forbidden' for others who ask for all.
 */
export async function listBreakGlass(
  ctx: Needs,
  by: PersonId,
  wanted: { resource: Resource | null; after: { at: string; id: string } | null; limit: number },
): Promise<BreakGlassEntry[]> {
  const { resource, after, limit } = wanted;
  if (resource === null || resource.kind === 'model') await demand(ctx, by, 'people.manage');
  else if (!(await decide(ctx, by, 'people.manage')).allowed)
    await demand(ctx, by, resource.kind === 'group' ? 'group.manage' : 'knowledge.manage', resource);
  const before = after && { startedAt: new Date(after.at), id: after.id };
  return entries(
    ctx,
    {
      ...(resource === null ? {} : { resourceKind: resource.kind, resourceId: resource.id }),
      ...(before === null
        ? {}
        : { OR: [{ startedAt: { lt: before.startedAt } }, { startedAt: before.startedAt, id: { lt: before.id } }] }),
    },
    limit,
  );
}

/** Those that fit, the latest first, at most `limit`. */
export async function entries(
  ctx: Pick<Needs, 'db' | 'clock'>,
  where: Prisma.BreakGlassWhereInput,
  limit: number,
): Promise<BreakGlassEntry[]> {
  const found = await ctx.db.breakGlass.findMany({
    where,
    include: PARTS,
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  const idsOf = (kind: ResourceKind) =>
    found.filter((row) => row.resourceKind === kind).map(({ resourceId }) => resourceId);
  const select = { id: true, name: true } as const;
  const named = await Promise.all([
    ctx.db.knowledgeBase.findMany({ where: { id: { in: idsOf('knowledge_base') } }, select }),
    ctx.db.group.findMany({ where: { id: { in: idsOf('group') } }, select }),
    ctx.db.model.findMany({ where: { id: { in: idsOf('model') } }, select }),
  ]);
  const names = new Map(named.flat().map(({ id, name }) => [id, name]));
  const at = ctx.clock.now();
  return found.map((row) => entryOf(row, names.get(row.resourceId) ?? null, at));
}

const entryOf = (row: Row, name: string | null, at: Date): BreakGlassEntry => ({
  id: row.id,
  person: row.person,
  resource: { kind: row.resourceKind as ResourceKind, id: row.resourceId, name },
  level: row.level as LevelName,
  reason: row.reason,
  startedAt: row.startedAt,
  endsAt: row.endsAt,
  living: row.endsAt > at,
});
