import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';
import { decide, demand } from './decide.ts';
import { overseen, type Overseen } from './oversight.ts';
import { weigh } from './weigh.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

export type Owner = Readonly<{ kind: 'person' | 'group'; id: string }>;

/**
 * Hands a knowledge base on to a person or a group. Who manages it may, and an administrator where nobody looks after it;
 * never to oneself, and by who does not own it not to a group of their own either: that would be taking over.
 * @throws AppError as `demand` does, 'forbidden' for taking over, 'not_found' or 'conflict' for a new owner who is not
 * there, not active, or a group that nobody manages.
 */
export async function transferOwnership(ctx: Needs, by: Actor, id: KnowledgeBaseId, to: Owner): Promise<Overseen> {
  const before = await demandHandingOn(ctx, by, id);
  await refuseTakingOver(ctx.db, by, to, await ownsBy(ctx, by, id));
  await ctx.db.$transaction(async (tx) => {
    await demandAble(tx, to);
    await moveKnowledgeBases(tx, by, [{ id, owner: before.owner }], to);
  });
  return overseen(ctx, id);
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
 * Hands on everything that somebody owns who is being deactivated, in the transaction that does it. Whether the one who
 * asks may deactivate them is asked before. @throws AppError as `transferOwnership` does.
 */
export async function handOver(
  tx: Prisma.TransactionClient,
  by: Actor,
  leaving: PersonId,
  to: Owner,
  at: Date,
): Promise<void> {
  if (to.id === leaving) throw new AppError('bad_input', 'The new owner must be somebody else');
  await refuseTakingOver(tx, by, to, false);
  await demandAble(tx, to);
  const { knowledgeBases, serviceAccounts } = await belongingsOf(tx, leaving);
  const owner = { kind: 'person', id: leaving } as const;
  await moveKnowledgeBases(
    tx,
    by,
    knowledgeBases.map(({ id }) => ({ id, owner })),
    to,
  );
  const ids = serviceAccounts.map(({ id }) => id);
  await tx.serviceAccount.updateMany({
    where: { personId: { in: ids } },
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

async function demandHandingOn(ctx: Needs, by: Actor, id: KnowledgeBaseId): Promise<Overseen> {
  if (by.personId === null) return overseen(ctx, id);
  const resource = { kind: 'knowledge_base', id } as const;
  if ((await decide(ctx, by.personId, 'knowledge.manage', resource)).allowed) return overseen(ctx, id);
  if (!(await decide(ctx, by.personId, 'people.manage')).allowed) {
    await demand(ctx, by.personId, 'knowledge.manage', resource);
    throw notFound('knowledge base');
  }
  const found = await overseen(ctx, id);
  if (found.unowned === null)
    throw new AppError(
      'forbidden',
      'Somebody looks after this: its owner hands it on. An administrator may manage it by break-glass, with a reason and for a while',
    );
  return found;
}

/** Whether what they manage is theirs or their group's, not only given or opened to them. */
async function ownsBy(ctx: Needs, by: Actor, id: KnowledgeBaseId): Promise<boolean> {
  if (by.personId === null) return true;
  const { decided } = await weigh(ctx, by.personId, 'knowledge.manage', { kind: 'knowledge_base', id });
  return decided.some(({ code }) => code === 'owner' || code === 'manager_of_owner');
}

/** @throws AppError 'forbidden' where somebody would take over what another owns. `owns`: whether it is theirs already. */
export async function refuseTakingOver(
  db: Pick<Prisma.TransactionClient, 'membership'>,
  by: Actor,
  to: Owner,
  owns: boolean,
): Promise<void> {
  const { personId } = by;
  if (personId === null) return;
  const own =
    to.kind === 'person'
      ? to.id === personId
      : !owns && (await db.membership.count({ where: { groupId: to.id, personId } })) > 0;
  if (own)
    throw new AppError(
      'forbidden',
      'Nobody takes over what another owns: choose somebody else. An administrator may manage it by break-glass, with a reason and for a while',
    );
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

async function moveKnowledgeBases(
  tx: Prisma.TransactionClient,
  by: Actor,
  bases: readonly { id: KnowledgeBaseId; owner: Owner | null }[],
  to: Owner,
): Promise<void> {
  for (const { id, owner } of bases) {
    if (owner?.kind === to.kind && owner.id === to.id) continue;
    const { count } = await tx.knowledgeBase.updateMany({
      where: { id, deletedAt: null },
      data: { ownerKind: to.kind, ownerId: to.id },
    });
    if (count === 0) throw notFound('knowledge base');
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'knowledge_base.owner_changed',
      subjectKind: 'knowledge_base',
      subjectId: id,
      detail: { before: owner && { kind: owner.kind, id: owner.id }, after: to },
    });
  }
}
