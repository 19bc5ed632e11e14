import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';
import { decide, demand } from './decide.ts';
import { managementForGood } from './for-good.sql.ts';
import { overseen, type Overseen } from './oversight.ts';
import { refuseKeeping } from './own-group.ts';
import { refuseOwnHands } from './own-hands.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;

export type Owner = Readonly<{ kind: 'person' | 'group'; id: string }>;

/**
 * Hands a knowledge base on to a person or a group. Its owner may, and an administrator where nobody looks after it; never
 * who was only given it to manage, or opened it by break-glass; never to oneself, and by who does not own it not to a group
 * of their own either: that would be taking over. Of two at once one does it.
 * @throws AppError as `demand` does, 'forbidden' for taking over, 'not_found' or 'conflict' for a new owner who is not
 * there, not active, or a group that nobody manages, 'conflict' where it was handed on in the meantime.
 */
export async function transferOwnership(ctx: Needs, by: Actor, id: KnowledgeBaseId, to: Owner): Promise<Overseen> {
  // Read before the right to hand it on is looked at: what is then moved is what that right was about.
  const before = await ownerBefore(ctx.db, id);
  const owns = await demandHandingOn(ctx, by, id);
  if (before === null) throw notFound('knowledge base');
  if (owns) {
    refuseOneself(by, to);
    await refuseKeeping(ctx, by, id, to);
  } else await refuseTakingOver(ctx, by, to, [id]);
  await ctx.db.$transaction(async (tx) => {
    await demandAble(tx, to);
    if (!(await moveKnowledgeBase(tx, by, id, before, to)))
      throw new AppError('conflict', 'It was handed on in the meantime: look again whose it is');
  });
  return overseen(ctx, id);
}

/**
 * Goes on for who owns a knowledge base, or manages the group that does, by no break-glass; and for the operator.
 * @throws AppError 'not_found', 'forbidden'.
 */
export async function demandOwner(
  ctx: Pick<Needs, 'pool' | 'clock'>,
  { personId }: Actor,
  id: KnowledgeBaseId,
): Promise<void> {
  if (personId === null) return;
  await demand(ctx, personId, 'knowledge.manage', { kind: 'knowledge_base', id });
  if (!(await managementForGood(ctx.pool, personId, id, ctx.clock.now())).owns)
    throw new AppError('forbidden', 'Its owner decides this, or whoever manages the group that owns it');
}

async function ownerBefore(db: Needs['db'], id: KnowledgeBaseId): Promise<Owner | null> {
  const select = { ownerKind: true, ownerId: true } as const;
  const found = await db.knowledgeBase.findFirst({ where: { id, deletedAt: null }, select });
  return found && { kind: found.ownerKind as Owner['kind'], id: found.ownerId };
}

type Named = { id: string; name: string };
type Owned = Readonly<{ knowledgeBases: readonly Named[]; serviceAccounts: readonly Named[] }>;

/** What a person owns, by name: what stays behind without an owner when they go. @throws AppError 'not_found'. */
export async function ownedBy(ctx: Pick<Needs, 'db'>, personId: PersonId): Promise<Owned> {
  if ((await ctx.db.person.count({ where: { id: personId } })) === 0) throw notFound('person');
  return belongingsOf(ctx.db, personId);
}

async function belongingsOf(
  db: Pick<Prisma.TransactionClient, 'knowledgeBase' | 'person'>,
  personId: PersonId,
): Promise<Owned> {
  const owner = { ownerKind: 'person', ownerId: personId } as const;
  const listed = { select: { id: true, name: true }, orderBy: [{ name: 'asc' }, { id: 'asc' }] } as const;
  const knowledgeBases = await db.knowledgeBase.findMany({
    where: { ...owner, deletedAt: null },
    select: listed.select,
    orderBy: [...listed.orderBy],
  });
  const serviceAccounts = await db.person.findMany({
    where: { serviceAccount: owner },
    select: listed.select,
    orderBy: [...listed.orderBy],
  });
  return { knowledgeBases, serviceAccounts };
}

/**
 * Goes on where somebody may hand over what a person leaves who is being deactivated. Whether they may deactivate them is
 * asked before. @throws AppError as `transferOwnership` does.
 */
export async function demandHandOver(ctx: Needs, by: Actor, leaving: PersonId, to: Owner): Promise<void> {
  if (to.id === leaving) throw new AppError('bad_input', 'The new owner must be somebody else');
  const { knowledgeBases } = await belongingsOf(ctx.db, leaving);
  await refuseTakingOver(
    ctx,
    by,
    to,
    knowledgeBases.map(({ id }) => id),
  );
}

/**
 * Hands on everything that somebody owns who is being deactivated, in the transaction that does it, where `demandHandOver`
 * went on. @throws AppError 'not_found' or 'conflict' for the new owner.
 */
export async function handOver(
  tx: Prisma.TransactionClient,
  by: Actor,
  leaving: PersonId,
  to: Owner,
  at: Date,
): Promise<void> {
  await demandAble(tx, to);
  const { knowledgeBases, serviceAccounts } = await belongingsOf(tx, leaving);
  const owner = { kind: 'person', id: leaving } as const;
  for (const { id } of knowledgeBases) await moveKnowledgeBase(tx, by, id, owner, to);
  const ids = serviceAccounts.map(({ id }) => id);
  await tx.serviceAccount.updateMany({
    where: { personId: { in: ids }, ownerKind: owner.kind, ownerId: owner.id },
    data: { ownerKind: to.kind, ownerId: to.id },
  });
  // Who leaves knew them.
  await tx.apiKey.updateMany({ where: { personId: { in: ids }, revokedAt: null }, data: { revokedAt: at } });
  for (const id of ids)
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'service_account.changed',
      subjectKind: 'person',
      subjectId: id,
      detail: { owner: { before: owner, after: to } },
    });
}

/** Whether they own it: else they are an administrator, and nobody looks after it. The operator counts as its owner. */
async function demandHandingOn(ctx: Needs, by: Actor, id: KnowledgeBaseId): Promise<boolean> {
  if (by.personId === null) return true;
  if ((await managementForGood(ctx.pool, by.personId, id, ctx.clock.now())).owns) return true;
  if (!(await decide(ctx, by.personId, 'people.manage')).allowed) {
    await demand(ctx, by.personId, 'knowledge.manage', { kind: 'knowledge_base', id });
    throw new AppError(
      'forbidden',
      'Its owner hands it on: who was only given it to manage takes over nothing that another owns',
    );
  }
  if ((await overseen(ctx, id)).unowned === null)
    throw new AppError(
      'forbidden',
      'Somebody looks after this: its owner hands it on, nobody else takes over. An administrator may manage it by break-glass, with a reason and for a while',
    );
  return false;
}

const takenOver = () =>
  new AppError(
    'forbidden',
    'Nobody takes over what another owns: choose somebody else. An administrator may manage it by break-glass, with a reason and for a while',
  );

function refuseOneself({ personId }: Actor, to: Owner): void {
  if (personId !== null && to.id === personId) throw takenOver();
}

/**
 * @throws AppError 'forbidden' where somebody would take over what is not theirs: for themself, for a group that they are
 * in, or for accounts in their own hands. `knowledgeBases`: those that the new owner gets.
 */
export async function refuseTakingOver(
  ctx: Needs,
  by: Actor,
  to: Owner,
  knowledgeBases: readonly KnowledgeBaseId[],
): Promise<void> {
  refuseOneself(by, to);
  if (by.personId === null) return;
  const members =
    to.kind === 'person'
      ? [to.id]
      : (
          await ctx.db.membership.findMany({
            where: { groupId: to.id },
            select: { personId: true },
            distinct: ['personId'],
          })
        ).map(({ personId }) => personId);
  if (members.includes(by.personId)) throw takenOver();
  await refuseOwnHands(ctx, by, members, knowledgeBases);
}

/** Goes on where the new owner can look after it. @throws AppError 'not_found', 'conflict'. */
export async function demandAble(tx: Prisma.TransactionClient, { kind, id }: Owner): Promise<void> {
  const able = { status: 'active', role: { not: 'pending' }, kind: 'human' } as const;
  if (kind === 'person') {
    const person = await tx.person.findUnique({ where: { id }, select: { status: true, role: true, kind: true } });
    if (!person) throw notFound('person');
    if (person.status !== able.status || person.role === able.role.not || person.kind !== able.kind)
      throw new AppError('conflict', 'Only a person whose account is active and approved can own something');
    return;
  }
  if ((await tx.group.count({ where: { id } })) === 0) throw notFound('group');
  if ((await tx.membership.count({ where: { groupId: id, manager: true, person: able } })) === 0)
    throw new AppError('conflict', 'Nobody manages this group: make somebody its manager first');
}

/** Moves it if it is still this owner's, in one statement. Gives whether it was. */
async function moveKnowledgeBase(
  tx: Prisma.TransactionClient,
  by: Actor,
  id: KnowledgeBaseId,
  before: Owner,
  to: Owner,
): Promise<boolean> {
  const { count } = await tx.knowledgeBase.updateMany({
    where: { id, deletedAt: null, ownerKind: before.kind, ownerId: before.id },
    data: { ownerKind: to.kind, ownerId: to.id },
  });
  if (count === 0) return false;
  if (before.kind === to.kind && before.id === to.id) return true;
  await record(tx, {
    actorId: by.personId,
    surface: by.surface,
    action: 'knowledge_base.owner_changed',
    subjectKind: 'knowledge_base',
    subjectId: id,
    detail: { before, after: to },
  });
  return true;
}
