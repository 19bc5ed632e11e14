import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { IdentityId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import { lockSubject } from '../sign-on.sql.ts';
import { signOnWithin } from '../sign-on.ts';
import type { Provider } from '../providers/store.ts';
import type { Filter } from './filter.ts';
import { patchedUser } from './patch-user.ts';
import type { Change } from './patch.ts';
import { refused } from './refusal.ts';
import { subjectOf } from './subject.ts';
import { emailOfUser, languageOfUser, nameOfUser, readUser, type UserAttributes } from './user-attributes.ts';
import {
  countUsers,
  groupsOfUsers,
  insertUser,
  lockedUserRow,
  markUserDeleted,
  pageOfUsers,
  takenBy,
  updateUser,
  userRow,
  type UserRow,
} from './users.sql.ts';
import type { Json } from './values.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'log'>;

export type ScimUser = Readonly<
  UserAttributes & {
    id: IdentityId;
    version: number;
    createdAt: Date;
    updatedAt: Date;
    /** null where they were not asked for. */
    groups: readonly { id: string; displayName: string }[] | null;
  }
>;

/** What a client says it knows of a resource: only such a version is changed. null: any. */
export type Expected = readonly number[] | null;

/** @throws AppError 'not_found'. */
export async function getUser(ctx: Needs, provider: Provider, id: IdentityId, withGroups: boolean): Promise<ScimUser> {
  const found = await userRow(ctx.pool, provider.id, id);
  if (!found) throw notFound('user');
  return (await completed(ctx.pool, [found], withGroups))[0]!;
}

/** A page of users in the order in which they came, and how many there are in all. */
export async function listUsers(
  ctx: Needs,
  provider: Provider,
  wanted: { filter: Filter | null; skip: number; limit: number; withGroups: boolean },
): Promise<{ total: number; users: ScimUser[] }> {
  const { filter, withGroups, ...page } = wanted;
  const total = await countUsers(ctx.pool, provider.id, filter);
  const found = page.limit === 0 || page.skip >= total ? [] : await pageOfUsers(ctx.pool, provider.id, filter, page);
  return { total, users: await completed(ctx.pool, found, withGroups) };
}

/**
 * Makes a user, who is the same person as whoever signs in through this provider with the same subject.
 * @throws AppError with a scimType: 'uniqueness' where the name or the subject is another user's.
 */
export async function createUser(ctx: Needs, provider: Provider, sent: Json): Promise<ScimUser> {
  const user = readUser(sent, true);
  const subject = subjectOf(provider, user);
  const id = await withTransaction(ctx.pool, async (tx) => {
    await lockSubject(tx, provider.id, subject);
    await refuseTaken(tx, provider, subject, user, null);
    const { identityId } = await tell(ctx, tx, provider, subject, user);
    const made = await insertUser(tx, { ...kept(ctx, identityId, user), provider: provider.id });
    if (made === 0) throw taken('externalId');
    return identityId;
  }).catch(asUniqueness);
  return getUser(ctx, provider, id, true);
}

/** Puts a user in the place of what was known of them. @throws AppError 'not_found', 'precondition_failed', or with a scimType. */
export const replaceUser = (
  ctx: Needs,
  provider: Provider,
  id: IdentityId,
  sent: Json,
  expected: Expected,
): Promise<ScimUser> => changeUser(ctx, provider, id, expected, (before) => readUser(sent, before.active));

/** @throws AppError 'not_found', 'precondition_failed', or with a scimType. */
export const patchUser = (
  ctx: Needs,
  provider: Provider,
  id: IdentityId,
  changes: readonly Change[],
  expected: Expected,
): Promise<ScimUser> => changeUser(ctx, provider, id, expected, (before) => patchedUser(before, changes));

/** Forgets a user as a resource, and ends the person's access at once; the person and what they own stay. @throws AppError 'not_found', 'precondition_failed'. */
export async function deleteUser(ctx: Needs, provider: Provider, id: IdentityId, expected: Expected): Promise<void> {
  await withLockedUser(ctx, provider, id, expected, async (tx, before) => {
    await markUserDeleted(tx, id, ctx.clock.now());
    await tell(ctx, tx, provider, before.subject, { ...attributesOf(before), active: false });
  });
}

async function changeUser(
  ctx: Needs,
  provider: Provider,
  id: IdentityId,
  expected: Expected,
  change: (before: UserAttributes) => UserAttributes,
): Promise<ScimUser> {
  await withLockedUser(ctx, provider, id, expected, async (tx, row) => {
    const before = attributesOf(row);
    const after = change(before);
    if (subjectOf(provider, after) !== row.subject)
      throw refused(
        'mutability',
        `${provider.settings.scimSubject} says who this user is, and does not change: delete the user and make another`,
      );
    await refuseTaken(tx, provider, row.subject, after, id);
    // Said again, it heals what went another way in between.
    await tell(ctx, tx, provider, row.subject, after);
    if (!isDeepStrictEqual(after, before)) await updateUser(tx, kept(ctx, id, after));
  }).catch(asUniqueness);
  return getUser(ctx, provider, id, true);
}

/** In the order in which a sign-on locks: the subject, then the identity. */
async function withLockedUser(
  ctx: Needs,
  provider: Provider,
  id: IdentityId,
  expected: Expected,
  work: (tx: Queryable, before: UserRow) => Promise<void>,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    const known = await userRow(tx, provider.id, id);
    if (known) await lockSubject(tx, provider.id, known.subject);
    const before = known && (await lockedUserRow(tx, provider.id, id));
    if (!before) throw notFound('user');
    refuseOtherVersion(before.version, expected);
    await work(tx, before);
  });
}

/** @throws AppError 'precondition_failed'. */
export function refuseOtherVersion(version: number, expected: Expected): void {
  if (expected !== null && !expected.includes(version))
    throw new AppError('precondition_failed', 'This has been changed since you read it: read it again');
}

const tell = (ctx: Needs, tx: Queryable, provider: Provider, subject: string, user: UserAttributes) => {
  const email = emailOfUser(user);
  const language = languageOfUser(user);
  const facts = {
    subject,
    name: nameOfUser(user),
    groups: 'kept',
    roles: 'kept',
    active: user.active,
    ...(email === null ? {} : { email }),
    ...(language === null ? {} : { language }),
  } as const;
  return signOnWithin(ctx, tx, provider, facts, { surface: 'api', provisioned: true });
};

async function refuseTaken(
  tx: Queryable,
  provider: Provider,
  subject: string,
  { userName, externalId }: UserAttributes,
  except: IdentityId | null,
): Promise<void> {
  const others = await takenBy(tx, { provider: provider.id, subject, userName, externalId, except });
  if (others?.userName) throw taken('userName');
  if (others?.externalId) throw taken('externalId');
}

const taken = (name: string) => refused('uniqueness', `Another user has this ${name} already`);

/** Two that came at the same moment: the database knows only one of them. */
function asUniqueness(error: unknown): never {
  throw (error as { code?: unknown }).code === '23505' ? taken('userName or externalId') : error;
}

const kept = (
  ctx: Pick<Needs, 'clock'>,
  id: IdentityId,
  { userName, externalId, active, ...attributes }: UserAttributes,
) => ({
  id,
  userName,
  externalId,
  active,
  attributes,
  at: ctx.clock.now(),
});

// Written by `kept` alone, whose shape this is.
const attributesOf = ({ userName, externalId, active, attributes }: UserRow): UserAttributes => ({
  userName,
  externalId,
  active,
  ...(attributes as Omit<UserAttributes, 'userName' | 'externalId' | 'active'>),
});

async function completed(db: Queryable, found: readonly UserRow[], withGroups: boolean): Promise<ScimUser[]> {
  const ids = found.map(({ id }) => id);
  const groups = withGroups && ids.length > 0 ? await groupsOfUsers(db, ids) : [];
  const byUser = Map.groupBy(groups, ({ userId }) => userId);
  return found.map((row) => ({
    ...attributesOf(row),
    id: row.id,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    groups: withGroups ? (byUser.get(row.id) ?? []).map(({ id, displayName }) => ({ id, displayName })) : null,
  }));
}
