import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import type { NamePosition } from './actor.ts';
import { decide, demand } from './decide.ts';
import * as store from './oversight.sql.ts';
import type { Level } from './levels.ts';
import { reasonOf, type Reason } from './weigh.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config'>;

type Named = Readonly<{ id: string; name: string }>;

/** A knowledge base as who oversees it knows it: its name and whose it is, nothing of what is in it. */
export type Overseen = Readonly<{
  id: KnowledgeBaseId;
  name: string;
  /** Null where the owner is not there any more at all. */
  owner: (Named & { kind: 'person' | 'group' }) | null;
  creator: Named | null;
  /** Why nobody looks after it; null where somebody does. */
  unowned: store.Unowned | null;
  createdAt: Date;
}>;

/** Somebody who may use a knowledge base, with every right that leads to it. */
export type PersonWithAccess = Readonly<{
  id: PersonId;
  name: string;
  email: string | null;
  kind: 'human' | 'service';
  level: Level;
  causes: readonly Reason[];
}>;

/**
 * Goes on for who may look at the rights on a knowledge base, never at what is in it: those who manage it, and
 * administrators. @throws AppError as `demand` does, 'not_found' where there is none.
 */
export async function demandOversight(ctx: Needs, person: PersonId, id: KnowledgeBaseId): Promise<void> {
  if (!(await decide(ctx, person, 'people.manage')).allowed)
    return demand(ctx, person, 'knowledge.manage', { kind: 'knowledge_base', id });
  await overseen(ctx, id);
}

/** One knowledge base with its owner. @throws AppError 'not_found'. */
export async function overseen(ctx: Pick<Needs, 'pool' | 'clock'>, id: KnowledgeBaseId): Promise<Overseen> {
  const [found] = await store.overseenKnowledgeBases(ctx.pool, ctx.clock.now(), {
    find: '',
    unownedOnly: false,
    id,
    after: null,
    limit: 1,
  });
  if (!found) throw notFound('knowledge base');
  return shown(found);
}

/** All knowledge bases by name, up to `limit` after `after`; `unownedOnly`: those that nobody looks after. */
export async function listOverseen(
  ctx: Pick<Needs, 'pool' | 'clock'>,
  wanted: { find: string; unownedOnly: boolean; after: NamePosition | null; limit: number },
): Promise<Overseen[]> {
  return (await store.overseenKnowledgeBases(ctx.pool, ctx.clock.now(), { ...wanted, id: null })).map(shown);
}

const shown = (row: store.OverseenRow): Overseen => ({
  id: row.id,
  name: row.name,
  owner: row.ownerName === null ? null : { kind: row.ownerKind, id: row.ownerId, name: row.ownerName },
  creator: row.creatorId === null || row.creatorName === null ? null : { id: row.creatorId, name: row.creatorName },
  unowned: row.unowned,
  createdAt: row.createdAt,
});

/** Everybody who may use a knowledge base, by name, through whichever group or grant, and why. */
export async function whoHasAccess(
  ctx: Needs,
  id: KnowledgeBaseId,
  wanted: { find: string; after: NamePosition | null; limit: number },
): Promise<PersonWithAccess[]> {
  const found = await store.peopleWithAccess(ctx.pool, id, ctx.clock.now(), wanted);
  return found.map(({ causes, ...person }) => ({
    ...person,
    causes: causes.map(({ until, ...cause }) => reasonOf({ ...cause, until: until === null ? null : new Date(until) })),
  }));
}

export type AccessSummary = Readonly<{
  knowledgeBase: Overseen;
  /** People by the highest level that each has. */
  people: store.Reach;
  /** What opens it to more people than its owner may think of. */
  broad: readonly store.BroadAccess[];
}>;

/** How far a knowledge base is open. @throws AppError 'not_found'. */
export async function accessSummary(ctx: Needs, id: KnowledgeBaseId): Promise<AccessSummary> {
  const at = ctx.clock.now();
  const [knowledgeBase, people, broad] = await Promise.all([
    overseen(ctx, id),
    store.reachOf(ctx.pool, id, at),
    store.broadAccess(ctx.pool, id, at, ctx.config.BROAD_GROUP_MEMBERS),
  ]);
  return { knowledgeBase, people: people ?? { use: 0, contribute: 0, manage: 0 }, broad };
}
