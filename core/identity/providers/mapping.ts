import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { newId, type GroupId, type PersonId, type ProviderId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import { refuseBrought, syncPeople } from '../sync-people.ts';
import { seenGroups, type SeenGroup } from './groups-seen.sql.ts';
import { deleteMapping, groupExists, insertMapping, mappingsOf, signMapping, type MappingRow } from './mapping.sql.ts';
import { providerRowById } from './providers.sql.ts';

type Needs = Pick<Context, 'pool' | 'config' | 'clock' | 'log'>;

export type Mapping = Readonly<
  MappingRow & { groupName: string | null; addedBy: PersonId | null; addedByName: string | null }
>;

/** The allow-list of a provider, and what it has named so far. */
export async function mappingOf(
  ctx: Pick<Needs, 'pool'>,
  provider: ProviderId,
): Promise<{ mappings: Mapping[]; seen: SeenGroup[] }> {
  const [mappings, seen] = await Promise.all([mappingsOf(ctx.pool, provider), seenGroups(ctx.pool, provider)]);
  return { mappings, seen };
}

/**
 * Lets a group or role of the provider give a group or role of ours, at once to everybody whom it told to be in it; to
 * whoever added it never, also when the provider puts them into it later: another administrator adds it for that.
 * @throws AppError 'not_found' for the provider or the group, 'conflict' when it is mapped so already, 'forbidden' to oneself and to
 * accounts in one's own hands.
 */
export async function addMapping(
  ctx: Needs,
  by: Actor,
  provider: ProviderId,
  wanted: {
    toldAs: 'group' | 'role';
    externalId: string;
    label: string;
    to: { groupId: GroupId } | { role: 'user' | 'admin' };
  },
): Promise<Mapping> {
  const { toldAs, externalId, label, to } = wanted;
  const row: MappingRow = {
    id: newId(),
    toldAs,
    externalId,
    label,
    groupId: 'groupId' in to ? to.groupId : null,
    role: 'role' in to ? to.role : null,
  };
  await changeMapping(ctx, by, provider, 'provider.mapping_added', row, async (tx) => {
    if (row.groupId !== null && !(await groupExists(tx, row.groupId))) throw notFound('group');
    if ((await insertMapping(tx, { ...row, providerId: provider })) === 0)
      throw new AppError('conflict', 'This is mapped so already');
  });
  const added = (await mappingsOf(ctx.pool, provider)).find(({ id }) => id === row.id);
  if (!added) throw notFound('mapping');
  return added;
}

/** Takes a mapping away, and at once what it gave. @throws AppError 'not_found'. */
export async function removeMapping(ctx: Needs, by: Actor, provider: ProviderId, id: string): Promise<void> {
  const before = (await mappingsOf(ctx.pool, provider)).find((each) => each.id === id);
  if (!before) throw notFound('mapping');
  await changeMapping(ctx, by, provider, 'provider.mapping_removed', before, async (tx) => {
    if ((await deleteMapping(tx, provider, id)) === 0) throw notFound('mapping');
  });
}

async function changeMapping(
  ctx: Needs,
  by: Actor,
  provider: ProviderId,
  action: string,
  mapping: MappingRow,
  change: (tx: Queryable) => Promise<void>,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    if (!(await providerRowById(tx, provider))) throw notFound('provider');
    await change(tx);
    const synced = await syncPeople(ctx, tx, { id: provider }, null, by.surface);
    await refuseBrought(ctx, tx, by, synced);
    // Signed only now, so that what it would have given at once was refused and not just left out.
    await signMapping(tx, mapping.id, by.personId);
    const { toldAs, externalId, groupId, role } = mapping;
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action,
      subjectKind: 'provider',
      subjectId: provider,
      detail: { toldAs, externalId, groupId, role, memberships: synced.length },
    });
  });
}
