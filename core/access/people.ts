import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { createOneTimeLink } from '../identity/one-time-links.ts';
import type { Role } from '../identity/person.ts';
import { newId, type PersonId } from '../ids.ts';
import type { Actor, NamePosition } from './actor.ts';
import { demandHandOver, handOver, type Owner } from './ownership.ts';

type Needs = Pick<Context, 'db' | 'clock'>;

const PARTS = {
  memberships: { select: { group: { select: { id: true, name: true } } }, orderBy: { group: { name: 'asc' } } },
  password: { select: { personId: true } },
  sessions: { select: { lastSeenAt: true }, orderBy: { lastSeenAt: 'desc' }, take: 1 },
  conversations: { select: { updatedAt: true }, orderBy: { updatedAt: 'desc' }, take: 1 },
} as const satisfies Prisma.PersonInclude;

type Row = Prisma.PersonGetPayload<{ include: typeof PARTS }>;

/** A person as administrators see them: who they are, never what they asked. */
export type PersonEntry = Readonly<{
  id: PersonId;
  name: string;
  email: string | null;
  role: Role;
  status: 'active' | 'deactivated';
  groups: readonly { id: string; name: string }[];
  hasPassword: boolean;
  /** The last sign of life on any surface; null where there was none yet. */
  lastActiveAt: Date | null;
  fromSample: boolean;
  createdAt: Date;
}>;

/** People by name, up to `limit` after `after`. `find` looks in names and addresses. */
export async function listPeople(
  ctx: Pick<Needs, 'db'>,
  wanted: { find?: string | undefined; after: NamePosition | null; limit: number },
): Promise<PersonEntry[]> {
  const { find, after, limit } = wanted;
  const conditions: Prisma.PersonWhereInput[] = [{ kind: 'human', mergedInto: null }];
  if (find)
    conditions.push({
      OR: [{ name: { contains: find, mode: 'insensitive' } }, { email: { contains: find, mode: 'insensitive' } }],
    });
  if (after) conditions.push({ OR: [{ name: { gt: after.name } }, { name: after.name, id: { gt: after.id } }] });
  const found = await ctx.db.person.findMany({
    where: { AND: conditions },
    include: PARTS,
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit,
  });
  return found.map(entryOf);
}

/** @throws AppError 'not_found'. */
export async function getPerson(ctx: Pick<Needs, 'db'>, id: PersonId): Promise<PersonEntry> {
  const found = await ctx.db.person.findUnique({ where: { id, kind: 'human', mergedInto: null }, include: PARTS });
  if (!found) throw notFound('person');
  return entryOf(found);
}

/**
 * Adds a person with a local account and no password: the one-time link lets them choose it.
 * @throws AppError 'conflict' when a local account with this address is there already.
 */
export async function createPerson(
  ctx: Needs & Pick<Context, 'pool' | 'config'>,
  by: Actor,
  wanted: { name: string; email: string; role: Role },
): Promise<PersonEntry & { link: { url: string; expiresAt: Date } }> {
  const id = newId(ctx.clock.now().getTime());
  await ctx.db.$transaction(async (tx) => {
    await addLocalPerson(tx, {
      id,
      ...wanted,
      fromSample: false,
      inHandsOf: by.personId === null ? [] : [by.personId],
    });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'person.created',
      subjectKind: 'person',
      subjectId: id,
      detail: { role: wanted.role },
    });
  });
  const link = await createOneTimeLink(ctx, id, 'first_sign_in', by.personId);
  return { ...(await getPerson(ctx, id)), link };
}

/** A person and the local account that is theirs. @throws AppError 'conflict' when the address has one already. */
export async function addLocalPerson(
  tx: Prisma.TransactionClient,
  person: {
    id: PersonId;
    name: string;
    email: string;
    role: Role;
    fromSample: boolean;
    status?: 'active' | 'deactivated';
    /** Who could sign in as them: those who made the account or a link to it. */
    inHandsOf?: PersonId[];
  },
): Promise<void> {
  const taken = await tx.identity.findFirst({
    where: { issuer: 'local', email: { equals: person.email, mode: 'insensitive' } },
    select: { id: true },
  });
  if (taken) throw new AppError('conflict', 'There is already a local account with this address');
  await tx.person.create({ data: { status: 'active', ...person } });
  await tx.identity.create({
    data: { id: newId(), personId: person.id, issuer: 'local', subject: person.id, email: person.email },
  });
}

/**
 * Changes name or role, or lets a deactivated person in again.
 * @throws AppError 'not_found', or 'conflict' where nobody would be left to administer.
 */
export async function updatePerson(
  ctx: Needs,
  by: Actor,
  id: PersonId,
  change: { name?: string | undefined; role?: Role | undefined; status?: 'active' | undefined },
): Promise<PersonEntry> {
  await ctx.db.$transaction(async (tx) => {
    const before = await tx.person.findUnique({
      where: { id, kind: 'human', mergedInto: null },
      select: { name: true, role: true, status: true },
    });
    if (!before) throw notFound('person');
    if (before.role === 'admin' && change.role !== undefined && change.role !== 'admin')
      await keepAnAdministrator(tx, id);
    const data = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    await tx.person.update({
      where: { id },
      data: {
        ...data,
        ...(change.status === 'active' ? { deactivatedAt: null, deactivatedBy: null } : {}),
        ...(change.role === undefined ? {} : { refusedAt: null }),
      },
    });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'person.changed',
      subjectKind: 'person',
      subjectId: id,
      detail: {
        before: { role: before.role, status: before.status },
        after: { role: change.role, status: change.status },
      },
    });
  });
  return getPerson(ctx, id);
}

/**
 * Ends a person's access everywhere: sessions and links go, keys are revoked; what they said stays, and what they own is
 * handed over where a new owner is named. Deactivating twice is deactivating once.
 * @throws AppError 'not_found', 'conflict' for oneself and for the last administrator, and as `handOver` does.
 */
export async function deactivatePerson(
  ctx: Needs & Pick<Context, 'pool' | 'config'>,
  by: Actor,
  id: PersonId,
  handOverTo: Owner | null = null,
): Promise<void> {
  if (by.personId === id) throw new AppError('conflict', 'Another administrator has to deactivate you');
  const at = ctx.clock.now();
  if (handOverTo !== null) await demandHandOver(ctx, by, id, handOverTo);
  await ctx.db.$transaction(async (tx) => {
    const person = await tx.person.findUnique({
      where: { id, kind: 'human', mergedInto: null },
      select: { role: true, status: true },
    });
    if (!person) throw notFound('person');
    if (handOverTo !== null) await handOver(tx, by, id, handOverTo, at);
    // By hand it stays so, whatever a provider that had done it before says later.
    if (person.status === 'deactivated')
      return void (await tx.person.update({ where: { id }, data: { deactivatedBy: null } }));
    if (person.role === 'admin') await keepAnAdministrator(tx, id);
    await tx.person.update({ where: { id }, data: { status: 'deactivated', deactivatedAt: at } });
    await tx.session.deleteMany({ where: { personId: id } });
    await tx.oneTimeLink.deleteMany({ where: { personId: id, usedAt: null } });
    await tx.apiKey.updateMany({ where: { personId: id, revokedAt: null }, data: { revokedAt: at } });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'person.deactivated',
      subjectKind: 'person',
      subjectId: id,
    });
  });
}

/**
 * A link by which a person chooses a new password, the first one too.
 * @throws AppError 'not_found', or 'conflict' for a deactivated person and for one who comes from an identity provider: a
 * password beside it would be a second way in that they do not notice. Nor for one whose provider was deleted: else whoever
 * deletes it opens the accounts of all who came by it.
 */
export async function linkForPerson(
  ctx: Needs & Pick<Context, 'pool' | 'config'>,
  by: Actor,
  id: PersonId,
): Promise<{ url: string; expiresAt: Date }> {
  const person = await getPerson(ctx, id);
  if (person.status !== 'active') throw new AppError('conflict', 'This person is deactivated: let them in again first');
  const { wasProvided } = await ctx.db.person.findUniqueOrThrow({ where: { id }, select: { wasProvided: true } });
  if (wasProvided && (await ctx.db.identity.count({ where: { personId: id } })) === 0)
    throw new AppError(
      'conflict',
      'This account was an identity provider’s, which is gone: no link opens it. Let the person come by a provider again and join the two accounts, or add them anew',
    );
  if ((await ctx.db.identity.count({ where: { personId: id, providerId: { not: null } } })) > 0)
    throw new AppError('conflict', 'This person signs in with the company account: access is restored there');
  const purpose = person.hasPassword ? 'reset_password' : 'first_sign_in';
  if (by.personId !== null)
    await ctx.db.person.updateMany({
      where: { id, NOT: { inHandsOf: { has: by.personId } } },
      data: { inHandsOf: { push: by.personId } },
    });
  const link = await createOneTimeLink(ctx, id, purpose, by.personId);
  await record(ctx.db, {
    actorId: by.personId,
    surface: by.surface,
    action: 'person.link_created',
    subjectKind: 'person',
    subjectId: id,
    detail: { purpose },
  });
  return link;
}

// Locks the administrators' rows, so that two of them cannot remove each other at the same moment.
async function keepAnAdministrator(tx: Prisma.TransactionClient, leaving: PersonId): Promise<void> {
  await tx.person.updateMany({ where: { role: 'admin', status: 'active' }, data: { role: 'admin' } });
  const others = await tx.person.count({ where: { role: 'admin', status: 'active', id: { not: leaving } } });
  if (others === 0)
    throw new AppError('conflict', 'Nobody would be left to administer: make somebody else administrator first');
}

function entryOf(row: Row): PersonEntry {
  const signs = [row.sessions[0]?.lastSeenAt, row.conversations[0]?.updatedAt].filter((at) => at !== undefined);
  const groups = new Map(row.memberships.map(({ group }) => [group.id, group]));
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role as Role,
    status: row.status as PersonEntry['status'],
    groups: [...groups.values()],
    hasPassword: row.password !== null,
    lastActiveAt: signs.sort((a, b) => b.getTime() - a.getTime())[0] ?? null,
    fromSample: row.fromSample,
    createdAt: row.createdAt,
  };
}
