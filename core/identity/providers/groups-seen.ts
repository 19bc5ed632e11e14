import { record } from '../../audit/record.ts';
import { newId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import type { ProviderFacts, ToldGroup } from './facts.ts';
import { insertEmptyGroup, noteSeen, unmapped } from './groups-seen.sql.ts';
import { insertMapping } from './mapping.sql.ts';
import type { Provider } from './store.ts';

const listOf = <Item>(told: readonly Item[] | string): readonly Item[] => (typeof told === 'string' ? [] : told);

/** Writes down which groups and roles a provider names, so that an administrator can map them by a label and not by heart. */
export async function noteGroupsSeen(
  tx: Queryable,
  provider: Provider,
  facts: Pick<ProviderFacts, 'groups' | 'roles'>,
  at: Date,
): Promise<void> {
  const groups = listOf<ToldGroup>(facts.groups);
  const roles = listOf<string>(facts.roles).map((id): ToldGroup => ({ id }));
  for (const [toldAs, told] of [['group', groups] as const, ['role', roles] as const]) {
    const once = [...new Map(told.map((each) => [each.id, each.label ?? ''])).entries()];
    if (once.length === 0) continue;
    const [ids, labels] = [once.map(([id]) => id), once.map(([, label]) => label)];
    await noteSeen(tx, { providerId: provider.id, toldAs, ids, labels, at });
  }
}

/**
 * Makes the groups that this provider names for the first time and whose name begins with its prefix: mapped, empty of
 * rights. A group of ours with the same name is never taken for it.
 */
export async function makeGroupsByPrefix(
  tx: Queryable,
  provider: Provider,
  facts: Pick<ProviderFacts, 'groups'>,
): Promise<void> {
  const prefix = provider.settings.createGroupsPrefix;
  if (prefix === null) return;
  const told = listOf<ToldGroup>(facts.groups).filter((group) => (group.label ?? group.id).startsWith(prefix));
  const fresh = await unmapped(
    tx,
    provider.id,
    told.map(({ id }) => id),
  );
  for (const { id: externalId } of fresh) {
    const label = told.find(({ id }) => id === externalId)?.label ?? externalId;
    const group = await madeGroup(tx, provider, label.slice(0, 150));
    if (group === null) continue;
    await insertMapping(tx, {
      id: newId(),
      providerId: provider.id,
      toldAs: 'group',
      externalId,
      label,
      groupId: group.id,
      role: null,
    });
    await record(tx, {
      actorId: null,
      surface: 'portal',
      action: 'group.created',
      subjectKind: 'group',
      subjectId: group.id,
      detail: { providerId: provider.id, externalId },
    });
  }
}

async function madeGroup(tx: Queryable, provider: Provider, name: string): Promise<{ id: string } | null> {
  const description = `Made when ${provider.name} named it. It has no rights until somebody gives it some.`;
  return (
    (await insertEmptyGroup(tx, { id: newId(), name, description })) ??
    (await insertEmptyGroup(tx, { id: newId(), name: `${name} (${provider.name})`, description }))
  );
}
