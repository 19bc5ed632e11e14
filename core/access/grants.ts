import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';
import { decide } from './decide.ts';
import { managementForGood, openings } from './for-good.sql.ts';
import { ownerOfOwnAccount } from './own-account.ts';
import { refuseOwnGain } from './own-gain.ts';
import { refuseKeeping } from './own-group.ts';
import type { LevelName } from './levels.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

export type ResourceKind = 'knowledge_base' | 'model';
/** `id` null: every resource of the kind, later ones too. */
export type GrantedResource = Readonly<{ kind: ResourceKind; id: string | null }>;
export type Recipient = Readonly<{ kind: 'person' | 'group'; id: string } | { kind: 'everyone' }>;

export type GrantEntry = Readonly<{
  id: string;
  resource: GrantedResource;
  to: { kind: 'person' | 'group'; id: string; name: string } | { kind: 'everyone' };
  level: LevelName;
  expiresAt: Date | null;
  createdAt: Date;
}>;

type Row = Prisma.GrantGetPayload<object>;

/** The grants on one resource, or on every resource of a kind where `id` is null, the oldest first. */
export async function listGrants(ctx: Needs, resource: GrantedResource): Promise<GrantEntry[]> {
  const found = await ctx.db.grant.findMany({
    where: { resourceKind: resource.kind, resourceId: resource.id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return withNames(ctx, found);
}

async function getGrant(ctx: Needs, id: string): Promise<GrantEntry> {
  const found = await ctx.db.grant.findUnique({ where: { id } });
  const [entry] = found ? await withNames(ctx, [found]) : [];
  if (!entry) throw notFound('grant');
  return entry;
}

/**
 * Gives a resource to a person, a group or everyone; a second grant to the same one replaces the level and the end.
 * @throws AppError 'not_found' for the resource or whom it is for, 'bad_input' for a level that there is not:
 * everyone and every model only `use`; 'forbidden' for oneself: what somebody has by a group or as an owner ends with that.
 * Nobody gives for longer than they manage it themself.
 */
export async function createGrant(
  ctx: Needs,
  by: Actor,
  wanted: { resource: GrantedResource; to: Recipient; level: LevelName; expiresAt: Date | null },
): Promise<GrantEntry> {
  const { resource, to, level } = wanted;
  if (level !== 'use' && to.kind === 'everyone') throw new AppError('bad_input', 'Everyone can only be given use');
  if (level !== 'use' && resource.kind === 'model') throw new AppError('bad_input', 'A model can only be given to use');
  if (resource.kind === 'knowledge_base' && resource.id === null)
    throw new AppError('bad_input', 'Name the knowledge base: there is no grant on all of them');
  if (to.kind === 'person' && to.id === by.personId)
    throw new AppError(
      'forbidden',
      'Nobody gives themself a right: ask another one who manages it. An administrator may open it by break-glass, with a reason and for a while',
    );
  await refuseOwnAccount(ctx, by, resource, to);
  if (resource.kind === 'model' && to.kind === 'group') await refuseOwnGain(ctx, by, to.id, true);
  if (resource.kind === 'knowledge_base' && resource.id !== null) await refuseKeeping(ctx, by, resource.id, to);
  const right = await rightToGive(ctx, by, resource, to);
  const { until: most } = right;
  const expiresAt = most !== null && (wanted.expiresAt === null || wanted.expiresAt > most) ? most : wanted.expiresAt;
  const id = await ctx.db.$transaction((tx) =>
    putGrant(tx, by, ctx.clock.now(), { resource, to, level, expiresAt }, right),
  );
  return getGrant(ctx, id);
}

/**
 * Goes on for who manages what a grant is on: models their administrators, a knowledge base who manages it. Asks the same
 * whether it is there or not, else the time would tell. @throws AppError 'not_found', for others too.
 */
export async function demandGrant(ctx: Needs, person: PersonId, id: string): Promise<void> {
  const found = await ctx.db.grant.findUnique({ where: { id }, select: { resourceKind: true, resourceId: true } });
  const onModels = await decide(ctx, person, 'models.manage');
  const onBase = await decide(ctx, person, 'knowledge.manage', { kind: 'knowledge_base', id: found?.resourceId ?? id });
  if (!found || !(found.resourceKind === 'model' ? onModels : onBase).allowed) throw notFound('grant');
}

/**
 * Writes a grant, in the transaction of what it belongs to; what is there for the same one gets its level and end, and has
 * been looked at by that. Whether it may be given is asked before. `right`: by what, else by one that does not end; what was
 * given for longer stays, and what others gave where a break-glass is the right. Gives its id. @throws AppError 'not_found', 'forbidden'.
 */
export async function putGrant(
  tx: Prisma.TransactionClient,
  by: Actor,
  at: Date,
  {
    resource,
    to,
    level,
    expiresAt,
  }: { resource: GrantedResource; to: Recipient; level: LevelName; expiresAt: Date | null },
  right: RightToGive = FOR_GOOD,
): Promise<string> {
  await there(tx, resource, to);
  const toId = to.kind === 'everyone' ? null : to.id;
  const key = { resourceKind: resource.kind, resourceId: resource.id, toKind: to.kind, toId };
  const before = await tx.grant.findFirst({ where: key });
  const over = before !== null && before.expiresAt !== null && before.expiresAt <= at;
  if (before && !over && right.breakGlassId !== null && before.breakGlassId !== right.breakGlassId)
    throw new AppError(
      'forbidden',
      'This was not given by your break-glass, which changes nothing else: ask its owner',
    );
  if (before && right.until !== null && !sooner(before.expiresAt, right.until))
    throw new AppError('forbidden', 'This was given for longer than you manage it yourself: its owner changes it');
  const data = { level, expiresAt, createdBy: by.personId, breakGlassId: right.breakGlassId };
  const changed = { ...data, reviewedAt: at, reviewedBy: by.personId, endRecordedAt: null };
  const grant = before
    ? await tx.grant.update({ where: { id: before.id }, data: changed })
    : await tx.grant.create({ data: { id: newId(), ...key, ...data } });
  await record(tx, {
    actorId: by.personId,
    surface: by.surface,
    action: before ? 'grant.changed' : 'grant.created',
    subjectKind: resource.kind,
    ...(resource.id === null ? {} : { subjectId: resource.id }),
    detail: { grantId: grant.id, toKind: to.kind, toId, level, expiresAt, before: before?.level ?? null },
  });
  return grant.id;
}

/**
 * Takes a grant back. Who manages by break-glass only takes back what it gave.
 * @throws AppError 'not_found', 'forbidden' for what others gave.
 */
export async function deleteGrant(ctx: Needs, by: Actor, id: string): Promise<void> {
  await refuseOthers(ctx, by, id);
  await ctx.db.$transaction(async (tx) => {
    const grant = await tx.grant.findUnique({ where: { id } });
    if (!grant) throw notFound('grant');
    await tx.grant.delete({ where: { id } });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'grant.deleted',
      subjectKind: grant.resourceKind,
      ...(grant.resourceId === null ? {} : { subjectId: grant.resourceId }),
      detail: { grantId: id, toKind: grant.toKind, toId: grant.toId, level: grant.level },
    });
  });
}

const sooner = (one: Date | null, most: Date): boolean => one !== null && one <= most;

async function refuseOthers(ctx: Needs, { personId }: Actor, id: string): Promise<void> {
  const grant = await ctx.db.grant.findUnique({ where: { id } });
  if (personId === null || grant?.resourceKind !== 'knowledge_base' || grant.resourceId === null) return;
  const at = ctx.clock.now();
  if ((await managementForGood(ctx.pool, personId, grant.resourceId, at)).manages) return;
  const own = await openings(ctx.pool, personId, grant.resourceId, at);
  if (!own.some(({ breakGlassId }) => breakGlassId === grant.breakGlassId))
    throw new AppError('forbidden', 'A break-glass takes back only what it gave: ask its owner');
}

/** By what somebody gives: until when, null for good; and the break-glass with which the grant ends, if it is one. */
type RightToGive = Readonly<{ until: Date | null; breakGlassId: string | null }>;
const FOR_GOOD: RightToGive = { until: null, breakGlassId: null };

/**
 * By what somebody gives something. Who manages a knowledge base only by a break-glass gives it to others until that ends,
 * and not to themself by way of a group or of everyone.
 */
async function rightToGive(ctx: Needs, by: Actor, resource: GrantedResource, to: Recipient): Promise<RightToGive> {
  const { personId } = by;
  if (personId === null || resource.kind !== 'knowledge_base' || resource.id === null) return FOR_GOOD;
  const at = ctx.clock.now();
  const { manages, until } = await managementForGood(ctx.pool, personId, resource.id, at);
  if (manages) return { until, breakGlassId: null };
  const [opened] = await openings(ctx.pool, personId, resource.id, at);
  const reachesThem =
    to.kind === 'everyone' ||
    (to.kind === 'group' && (await ctx.db.membership.count({ where: { groupId: to.id, personId } })) > 0);
  if (opened && reachesThem)
    throw new AppError(
      'forbidden',
      'You manage this by break-glass only: a grant that reaches you too would outlast it. Ask its owner',
    );
  // Whoever called saw that they manage it; what is over since then gives nothing more.
  return opened ?? { until: at, breakGlassId: null };
}

/**
 * Who makes a service account's keys gives it nothing: it would be their own, and outlast what they have. Only what belongs to
 * the very group that owns the account may be given to it by those who manage both.
 */
async function refuseOwnAccount(ctx: Needs, by: Actor, resource: GrantedResource, to: Recipient): Promise<void> {
  if (by.personId === null || to.kind !== 'person') return;
  const owner = await ownerOfOwnAccount(ctx, by.personId, to.id);
  if (owner === null) return;
  if (owner.kind === 'group' && resource.kind === 'knowledge_base' && resource.id !== null) {
    const belonging = { id: resource.id, ownerKind: 'group', ownerId: owner.id };
    if ((await ctx.db.knowledgeBase.count({ where: belonging })) > 0) return;
  }
  throw new AppError(
    'forbidden',
    'Nobody gives a right to a service account of their own: ask another one who manages it',
  );
}

async function there(tx: Prisma.TransactionClient, resource: GrantedResource, to: Recipient): Promise<void> {
  const { id } = resource;
  if (id !== null && resource.kind === 'model' && (await tx.model.count({ where: { id } })) === 0)
    throw notFound('model');
  if (
    id !== null &&
    resource.kind === 'knowledge_base' &&
    (await tx.knowledgeBase.count({ where: { id, deletedAt: null } })) === 0
  )
    throw notFound('knowledge base');
  if (to.kind === 'person' && (await tx.person.count({ where: { id: to.id } })) === 0) throw notFound('person');
  if (to.kind === 'group' && (await tx.group.count({ where: { id: to.id } })) === 0) throw notFound('group');
}

async function withNames(ctx: Needs, found: readonly Row[]): Promise<GrantEntry[]> {
  const idsOf = (kind: string) => found.filter((each) => each.toKind === kind).map((each) => each.toId ?? '');
  const select = { id: true, name: true } as const;
  const [people, groups] = await Promise.all([
    ctx.db.person.findMany({ where: { id: { in: idsOf('person') } }, select }),
    ctx.db.group.findMany({ where: { id: { in: idsOf('group') } }, select }),
  ]);
  const names = new Map([...people, ...groups].map((each) => [each.id, each.name]));
  return found.map((each) => ({
    id: each.id,
    resource: { kind: each.resourceKind as ResourceKind, id: each.resourceId },
    to:
      each.toKind === 'everyone' || each.toId === null
        ? { kind: 'everyone' }
        : { kind: each.toKind as 'person' | 'group', id: each.toId, name: names.get(each.toId) ?? '' },
    level: each.level as LevelName,
    expiresAt: each.expiresAt,
    createdAt: each.createdAt,
  }));
}
