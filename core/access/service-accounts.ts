import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { createApiKey, listApiKeys, revokeApiKey, type ApiKeyScope } from '../identity/api-keys.ts';
import { newId, type PersonId } from '../ids.ts';
import type { Actor, NamePosition } from './actor.ts';
import { decide, demand } from './decide.ts';
import type { Unowned } from './oversight.sql.ts';
import { demandAble, refuseTakingOver, type Owner } from './ownership.ts';
import { knowledgeBasesOf } from './scopes.sql.ts';
import { serviceAccounts, type ServiceAccountRow } from './service-accounts.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;
type By = Actor & { personId: PersonId };

/** A member that is no human: it cannot sign in, and does with its keys what its groups and grants allow. */
export type ServiceAccount = Readonly<{
  id: PersonId;
  name: string;
  description: string;
  status: 'active' | 'deactivated';
  owner: (Owner & { name: string }) | null;
  /** Why nobody looks after it; null where somebody does. */
  unowned: Unowned | null;
  /** Whether the one who asks makes its keys. */
  own: boolean;
  groups: readonly { id: string; name: string }[];
  keys: number;
  lastUsedAt: Date | null;
  createdAt: Date;
}>;

const shown = ({ ownerKind, ownerId, ownerName, ...row }: ServiceAccountRow): ServiceAccount => ({
  ...row,
  owner: ownerName === null ? null : { kind: ownerKind, id: ownerId, name: ownerName },
});

/** Service accounts by name: all of them for administrators, their own for others. */
export async function listServiceAccounts(
  ctx: Needs,
  by: PersonId,
  wanted: { find: string; unownedOnly: boolean; after: NamePosition | null; limit: number },
): Promise<ServiceAccount[]> {
  const ownOnly = !(await decide(ctx, by, 'people.manage')).allowed;
  const found = await serviceAccounts(ctx.pool, ctx.clock.now(), { ...wanted, ownOf: by, ownOnly, id: null });
  return found.map(shown);
}

/** @throws AppError 'not_found', for another one's too where the one who asks does not administer. */
export async function getServiceAccount(ctx: Needs, by: PersonId, id: PersonId): Promise<ServiceAccount> {
  const ownOnly = !(await decide(ctx, by, 'people.manage')).allowed;
  const none = { find: '', unownedOnly: false, after: null, limit: 1 };
  const [found] = await serviceAccounts(ctx.pool, ctx.clock.now(), { ...none, ownOf: by, ownOnly, id });
  if (!found) throw notFound('service account');
  return shown(found);
}

/**
 * Makes a service account, without keys, groups or grants. Only administrators do.
 * @throws AppError 'forbidden', and as a change of ownership does for an owner who cannot look after it.
 */
export async function createServiceAccount(
  ctx: Needs,
  by: By,
  wanted: { name: string; description: string; owner: Owner },
): Promise<ServiceAccount> {
  await demand(ctx, by.personId, 'people.manage');
  const { name, description, owner } = wanted;
  const id = newId(ctx.clock.now().getTime());
  await ctx.db.$transaction(async (tx) => {
    await demandAble(tx, owner);
    await refuseTakenName(tx, name, id);
    await tx.person.create({ data: { id, name, role: 'user', kind: 'service' } });
    await tx.serviceAccount.create({
      data: { personId: id, description, ownerKind: owner.kind, ownerId: owner.id, createdBy: by.personId },
    });
    await recordAccount(tx, by, 'service_account.created', id, { owner });
  });
  return getServiceAccount(ctx, by.personId, id);
}

/**
 * Changes name, description or owner, or lets a deactivated account work again. Only administrators do; its keys end with
 * its owner, who knew them. @throws AppError 'forbidden' for taking it over, 'not_found', and as `createServiceAccount`.
 */
export async function updateServiceAccount(
  ctx: Needs,
  by: By,
  id: PersonId,
  change: {
    name?: string | undefined;
    description?: string | undefined;
    owner?: Owner | undefined;
    status?: 'active' | undefined;
  },
): Promise<ServiceAccount> {
  await demand(ctx, by.personId, 'people.manage');
  // Read before the right to move it is looked at, so that of two at once one moves it.
  const now = await ctx.db.serviceAccount.findUnique({
    where: { personId: id },
    select: { ownerKind: true, ownerId: true },
  });
  const before = await getServiceAccount(ctx, by.personId, id);
  const { name, description, owner, status } = change;
  const moved = owner !== undefined && (owner.kind !== before.owner?.kind || owner.id !== before.owner.id);
  if (moved) await refuseTakingOver(ctx, by, owner, await readBy(ctx, id));
  await ctx.db.$transaction(async (tx) => {
    if (moved) await demandAble(tx, owner);
    if (name !== undefined) await refuseTakenName(tx, name, id);
    await tx.person.update({
      where: { id },
      data: {
        ...(name === undefined ? {} : { name }),
        ...(status === undefined ? {} : { status, deactivatedAt: null, deactivatedBy: null }),
      },
    });
    const { count } = await tx.serviceAccount.updateMany({
      where: { personId: id, ...(moved ? now : {}) },
      data: {
        ...(description === undefined ? {} : { description }),
        ...(moved ? { ownerKind: owner.kind, ownerId: owner.id } : {}),
      },
    });
    if (count === 0)
      throw new AppError('conflict', 'It was given another owner in the meantime: look again whose it is');
    if (moved)
      await tx.apiKey.updateMany({ where: { personId: id, revokedAt: null }, data: { revokedAt: ctx.clock.now() } });
    await recordAccount(tx, by, 'service_account.changed', id, {
      ...(moved
        ? { owner: { before: before.owner && { kind: before.owner.kind, id: before.owner.id }, after: owner } }
        : {}),
      ...(status === undefined ? {} : { status }),
    });
  });
  return getServiceAccount(ctx, by.personId, id);
}

/** What a service account reads: its new owner makes the keys to it. */
const readBy = async (ctx: Needs, id: PersonId): Promise<string[]> =>
  (await knowledgeBasesOf(ctx.pool, [id], ctx.clock.now())).map((base) => base.id);

/** Ends a service account's access at once, its keys with it. Its owner and administrators do. @throws AppError 'not_found'. */
export async function deactivateServiceAccount(ctx: Needs, by: By, id: PersonId): Promise<void> {
  await getServiceAccount(ctx, by.personId, id);
  const at = ctx.clock.now();
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.person.updateMany({
      where: { id, status: 'active' },
      data: { status: 'deactivated', deactivatedAt: at },
    });
    if (count === 0) return;
    await tx.apiKey.updateMany({ where: { personId: id, revokedAt: null }, data: { revokedAt: at } });
    await recordAccount(tx, by, 'service_account.deactivated', id, {});
  });
}

/** The living keys of a service account, without their secrets. @throws AppError 'not_found'. */
export async function listServiceKeys(ctx: Needs, by: PersonId, id: PersonId): ReturnType<typeof listApiKeys> {
  await getServiceAccount(ctx, by, id);
  return listApiKeys(ctx, id);
}

/**
 * A new key of a service account, shown once. Its owner makes it and nobody else: who sees a key has what it opens.
 * @throws AppError 'forbidden' for others, 'not_found', 'conflict' for a deactivated account, 'bad_input' for too long a life.
 */
export async function createServiceKey(
  ctx: Needs,
  by: By,
  id: PersonId,
  wanted: { name: string; scopes: readonly ApiKeyScope[]; days: number },
): ReturnType<typeof createApiKey> {
  const account = await getServiceAccount(ctx, by.personId, id);
  if (!account.own)
    throw new AppError(
      'forbidden',
      `The keys of a service account are made by its owner, ${account.owner?.name ?? 'and it has none: give it one first'}`,
    );
  if (account.status !== 'active') throw new AppError('conflict', 'This service account is deactivated');
  return createApiKey(ctx, { ...wanted, personId: id, madeBy: 'portal', by: by.personId });
}

/** Its owner and administrators revoke. @throws AppError 'not_found'. */
export async function revokeServiceKey(ctx: Needs, by: By, id: PersonId, keyId: string): Promise<void> {
  await getServiceAccount(ctx, by.personId, id);
  await revokeApiKey(ctx, id, keyId, by.personId);
}

async function refuseTakenName(tx: Prisma.TransactionClient, name: string, id: PersonId): Promise<void> {
  const same = { name: { equals: name, mode: 'insensitive' }, kind: 'service', id: { not: id } } as const;
  if ((await tx.person.count({ where: same })) > 0)
    throw new AppError('conflict', 'There is already a service account of this name');
}

const recordAccount = (
  tx: Parameters<typeof record>[0],
  by: By,
  action: string,
  id: PersonId,
  detail: Record<string, unknown>,
): Promise<void> =>
  record(tx, { actorId: by.personId, surface: by.surface, action, subjectKind: 'person', subjectId: id, detail });
