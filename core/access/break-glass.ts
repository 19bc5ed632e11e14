import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';
import { RESOURCE_WORDS, type Resource, type ResourceKind } from './actions.ts';
import { decide, demand } from './decide.ts';
import type { LevelName } from './levels.ts';
import { weigh } from './weigh.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;

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
 * Opens something to an administrator who was not given it: a knowledge base at a level, a model to use, or a group to be
 * a plain member of. It is recorded with its reason, told to the owner, and ends by itself.
 * @throws AppError 'forbidden' for who is no administrator and where it is switched off, 'bad_input' for a level that there
 * is not, no reason or too long a time, 'not_found' for the resource.
 */
export async function breakGlass(
  ctx: Needs,
  by: Actor & { personId: PersonId },
  wanted: { resource: Resource; level: LevelName; reason: string; minutes?: number | undefined },
): Promise<BreakGlassEntry> {
  await demand(ctx, by.personId, 'people.manage');
  const most = ctx.config.BREAK_GLASS_MAX_MINUTES;
  if (most === 0) throw new AppError('forbidden', 'Break-glass is switched off here (BREAK_GLASS_MAX_MINUTES)');
  const { resource, level, minutes = most } = wanted;
  if (minutes > most) throw new AppError('bad_input', `Break-glass lasts for up to ${most} minutes here`);
  if (resource.kind !== 'knowledge_base' && level !== 'use')
    throw new AppError('bad_input', `A ${RESOURCE_WORDS[resource.kind]} can only be opened to use`);
  const reason = wanted.reason.trim();
  if (reason === '') throw new AppError('bad_input', 'Say why: the reason is recorded and its owner reads it');

  const startedAt = ctx.clock.now();
  const endsAt = new Date(startedAt.getTime() + minutes * 60_000);
  const id = newId(startedAt.getTime());
  await ctx.db.$transaction(async (tx) => {
    const name = await nameOf(tx, resource);
    if (name === null) throw notFound(RESOURCE_WORDS[resource.kind]);
    await tx.breakGlass.create({
      data: {
        id,
        personId: by.personId,
        resourceKind: resource.kind,
        resourceId: resource.id,
        level,
        reason,
        startedAt,
        endsAt,
      },
    });
    const told = { actorId: by.personId, surface: by.surface };
    const detail = { breakGlassId: id, level, reason, endsAt };
    await record(tx, {
      ...told,
      action: 'break_glass.opened',
      subjectKind: resource.kind,
      subjectId: resource.id,
      detail,
    });
    // On the page of each of them, beside what else was recorded about them.
    for (const ownerId of await ownersOf(tx, resource))
      await record(tx, {
        ...told,
        action: 'break_glass.opened_yours',
        subjectKind: 'person',
        subjectId: ownerId,
        detail: { ...detail, resourceKind: resource.kind, resourceId: resource.id, name },
      });
  });
  const [made] = await entries(ctx, { id }, 1);
  if (!made) throw notFound('break-glass');
  return made;
}

/** Who looks after it: its owner, or those who manage the group that owns it or is it. A model has nobody. */
async function ownersOf(tx: Prisma.TransactionClient, { kind, id }: Resource): Promise<PersonId[]> {
  if (kind === 'model') return [];
  const base =
    kind === 'knowledge_base'
      ? await tx.knowledgeBase.findUnique({ where: { id }, select: { ownerKind: true, ownerId: true } })
      : { ownerKind: 'group', ownerId: id };
  if (!base) return [];
  if (base.ownerKind === 'person') {
    const owner = await tx.person.findUnique({ where: { id: base.ownerId }, select: { id: true } });
    return owner ? [owner.id] : [];
  }
  const managers = await tx.membership.findMany({
    where: { groupId: base.ownerId, manager: true },
    select: { personId: true },
    distinct: ['personId'],
  });
  return managers.map(({ personId }) => personId);
}

async function nameOf(tx: Prisma.TransactionClient, { kind, id }: Resource): Promise<string | null> {
  const select = { name: true } as const;
  const found =
    kind === 'knowledge_base'
      ? await tx.knowledgeBase.findFirst({ where: { id, deletedAt: null }, select })
      : kind === 'model'
        ? await tx.model.findUnique({ where: { id }, select })
        : await tx.group.findUnique({ where: { id }, select });
  return found?.name ?? null;
}

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

/**
 * Ends one before its time: by whoever opened it, another administrator, or who manages what it opened. Ending what has
 * ended is no mistake. @throws AppError 'not_found', for others too.
 */
export async function endBreakGlass(ctx: Needs, by: Actor & { personId: PersonId }, id: string): Promise<void> {
  const at = ctx.clock.now();
  const found = await ctx.db.breakGlass.findUnique({ where: { id } });
  const may =
    found &&
    ((await decide(ctx, by.personId, 'people.manage')).allowed ||
      (await looksAfter(ctx, by.personId, { kind: found.resourceKind as ResourceKind, id: found.resourceId })));
  if (!may) throw notFound('break-glass');
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.breakGlass.updateMany({
      where: { id, endsAt: { gt: at } },
      data: { endsAt: at, endedBy: by.personId },
    });
    if (count === 0) return;
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'break_glass.ended',
      subjectKind: found.resourceKind,
      subjectId: found.resourceId,
      detail: { breakGlassId: id },
    });
  });
}

const looksAfter = async (ctx: Needs, person: PersonId, resource: Resource): Promise<boolean> =>
  resource.kind !== 'model' &&
  (await decide(ctx, person, resource.kind === 'group' ? 'group.manage' : 'knowledge.manage', resource)).allowed;

/** Whether a person manages a knowledge base by nothing but a break-glass: then they give nothing of it to themself. */
export async function managesByBreakGlassOnly(
  ctx: Pick<Needs, 'pool' | 'clock'>,
  person: PersonId,
  knowledgeBaseId: string,
): Promise<boolean> {
  const { allowed, decided } = await weigh(ctx, person, 'knowledge.manage', {
    kind: 'knowledge_base',
    id: knowledgeBaseId,
  });
  return allowed && decided.every(({ code }) => code === 'break_glass');
}

async function entries(
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
