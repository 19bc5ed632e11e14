import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { newId, type IdentityId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import type { Provider } from '../providers/store.ts';
import type { Filter } from './filter.ts';
import {
  countGroups,
  deleteGroupRow,
  groupRow,
  groupTaken,
  insertGroup,
  lockedGroupRow,
  membersOfGroups,
  pageOfGroups,
  updateGroup,
  type GroupRow,
} from './groups.sql.ts';
import { applyMembers, syncGroup } from './members.ts';
import { groupChanges, readGroup, type GroupChanges } from './patch-group.ts';
import type { Change } from './patch.ts';
import { refused } from './refusal.ts';
import { refuseOtherVersion, type Expected } from './users.ts';
import type { Json } from './values.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'log'>;

export type ScimGroup = Readonly<
  GroupRow & {
    /** null where they were not asked for. */
    members: readonly { id: IdentityId; name: string }[] | null;
  }
>;

/** Members on one page of groups, past which the page ends early. */
const MEMBERS_ON_A_PAGE = 50_000;

/** @throws AppError 'not_found'. */
export async function getGroup(
  ctx: Pick<Needs, 'pool'>,
  provider: Provider,
  id: string,
  withMembers: boolean,
): Promise<ScimGroup> {
  const found = await groupRow(ctx.pool, provider.id, id);
  if (!found) throw notFound('group');
  return (await completed(ctx.pool, [found], withMembers))[0]!;
}

/** A page of groups in the order in which they came; with their members it may be shorter than was asked for, never empty before the end. */
export async function listGroups(
  ctx: Pick<Needs, 'pool'>,
  provider: Provider,
  wanted: { filter: Filter | null; skip: number; limit: number; withMembers: boolean },
): Promise<{ total: number; groups: ScimGroup[] }> {
  const { filter, withMembers, ...page } = wanted;
  const total = await countGroups(ctx.pool, provider.id, filter);
  const found = page.limit === 0 || page.skip >= total ? [] : await pageOfGroups(ctx.pool, provider.id, filter, page);
  let members = 0;
  const fit = found.filter(({ size }, index) => (members += size) <= MEMBERS_ON_A_PAGE || index === 0);
  const shown = (withMembers ? fit : found).map(({ size: _size, ...group }) => group);
  return { total, groups: await completed(ctx.pool, shown, withMembers) };
}

/** @throws AppError with a scimType: 'uniqueness' where another group has this external id, or 'invalidValue' for an unknown member. */
export async function createGroup(ctx: Needs, provider: Provider, sent: Json): Promise<ScimGroup> {
  const { displayName, externalId, members } = readGroup(sent);
  const at = ctx.clock.now();
  const group = { id: newId(at.getTime()), displayName, externalId };
  await withTransaction(ctx.pool, async (tx) => {
    await refuseTaken(tx, provider, group, null);
    await insertGroup(tx, { ...group, provider: provider.id, at });
    const changed = await applyMembers(tx, provider, group.id, members);
    await syncGroup(ctx, tx, provider, { action: 'scim.group_created', group, changed, everybody: false });
  }).catch(asUniqueness);
  return getGroup(ctx, provider, group.id, true);
}

/** Puts a group in the place of what was known of it. @throws AppError 'not_found', 'precondition_failed', or with a scimType. */
export const replaceGroup = (
  ctx: Needs,
  provider: Provider,
  id: string,
  sent: Json,
  expected: Expected,
): Promise<void> => changeGroup(ctx, provider, id, readGroup(sent), expected);

/** @throws AppError 'not_found', 'precondition_failed', or with a scimType. */
export const patchGroup = (
  ctx: Needs,
  provider: Provider,
  id: string,
  changes: readonly Change[],
  expected: Expected,
): Promise<void> => changeGroup(ctx, provider, id, groupChanges(changes), expected);

/** Deletes a group, and at once what it gave. @throws AppError 'not_found', 'precondition_failed'. */
export async function deleteGroup(ctx: Needs, provider: Provider, id: string, expected: Expected): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    const group = await lockedGroupRow(tx, provider.id, id);
    if (!group) throw notFound('group');
    refuseOtherVersion(group.version, expected);
    const changed = await applyMembers(tx, provider, id, [{ verb: 'replace', ids: [] }]);
    await deleteGroupRow(tx, id);
    await syncGroup(ctx, tx, provider, { action: 'scim.group_deleted', group, changed, everybody: false });
  });
}

async function changeGroup(
  ctx: Needs,
  provider: Provider,
  id: string,
  changes: GroupChanges,
  expected: Expected,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    const before = await lockedGroupRow(tx, provider.id, id);
    if (!before) throw notFound('group');
    refuseOtherVersion(before.version, expected);
    const { displayName = before.displayName, externalId = before.externalId } = changes;
    const group = { id, displayName, externalId };
    const renamed = displayName !== before.displayName || externalId !== before.externalId;
    if (renamed) await refuseTaken(tx, provider, group, id);
    const changed = await applyMembers(tx, provider, id, changes.members);
    if (!renamed && changed.added.length + changed.removed.length === 0) return;
    await updateGroup(tx, { ...group, at: ctx.clock.now() });
    // Another external id is another group to the mappings, for all of its members.
    const everybody = externalId !== before.externalId;
    await syncGroup(ctx, tx, provider, { action: 'scim.group_changed', group, changed, everybody });
  }).catch(asUniqueness);
}

async function refuseTaken(
  tx: Queryable,
  provider: Provider,
  { externalId, displayName }: Pick<GroupRow, 'externalId' | 'displayName'>,
  except: string | null,
): Promise<void> {
  if (await groupTaken(tx, { provider: provider.id, externalId, displayName, except })) throw taken();
}

const taken = () => refused('uniqueness', 'There is such a group already');

function asUniqueness(error: unknown): never {
  throw (error as { code?: unknown }).code === '23505' ? taken() : error;
}

async function completed(db: Queryable, found: readonly GroupRow[], withMembers: boolean): Promise<ScimGroup[]> {
  if (!withMembers || found.length === 0) return found.map((group) => ({ ...group, members: null }));
  const members = await membersOfGroups(
    db,
    found.map(({ id }) => id),
  );
  const byGroup = Map.groupBy(members, ({ groupId }) => groupId);
  return found.map((group) => ({
    ...group,
    members: (byGroup.get(group.id) ?? []).map(({ id, name }) => ({ id, name })),
  }));
}
