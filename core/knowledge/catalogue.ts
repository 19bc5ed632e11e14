import type { Actor } from '../access/actor.ts';
import { demandOwner } from '../access/ownership.ts';
import { levelName, type LevelName } from '../access/levels.ts';
import { visibleKnowledgeBases } from '../access/scopes.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import type { AnswerPolicy } from './answer-policy.ts';
import { countDocuments } from './catalogue.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

/** A knowledge base as somebody who may use it sees it; `level` is theirs, `owner` null where nobody is left. */
export type CatalogueEntry = Readonly<{
  id: KnowledgeBaseId;
  name: string;
  description: string;
  owner: { kind: 'person' | 'group'; id: string; name: string } | null;
  /** Who made it, which gives no right to it. Null where that was the installation, or they are not there any more. */
  creator: { id: PersonId; name: string } | null;
  level: LevelName;
  answerPolicy: AnswerPolicy;
  notice: string;
  discoverable: boolean;
  documentCount: number;
  unfinishedCount: number;
  failedCount: number;
  passageCount: number;
  createdAt: Date;
}>;

/** The knowledge bases that a person may use, by name. */
export async function catalogueOf(ctx: Needs, person: PersonId): Promise<CatalogueEntry[]> {
  const visible = await visibleKnowledgeBases(ctx, person);
  const ids = visible.map((each) => each.id);
  const [bases, counts] = await Promise.all([
    ctx.db.knowledgeBase.findMany({ where: { id: { in: ids } } }),
    countDocuments(ctx.pool, ids),
  ]);
  const ownersOf = (kind: string) => bases.filter((base) => base.ownerKind === kind).map((base) => base.ownerId);
  const creators = bases.flatMap(({ creatorId }) => creatorId ?? []);
  const select = { id: true, name: true } as const;
  const [people, groups] = await Promise.all([
    ctx.db.person.findMany({ where: { id: { in: [...ownersOf('person'), ...creators] } }, select }),
    ctx.db.group.findMany({ where: { id: { in: ownersOf('group') } }, select }),
  ]);
  const names = new Map([...people, ...groups].map((each) => [each.id, each.name]));
  return visible.flatMap(({ id, level }) => {
    const base = bases.find((each) => each.id === id);
    if (!base) return [];
    const count = counts.find((each) => each.knowledgeBaseId === id);
    const ownerName = names.get(base.ownerId);
    const creatorName = base.creatorId === null ? undefined : names.get(base.creatorId);
    return {
      id,
      name: base.name,
      description: base.description,
      owner:
        ownerName === undefined
          ? null
          : { kind: base.ownerKind as 'person' | 'group', id: base.ownerId, name: ownerName },
      creator: base.creatorId === null || creatorName === undefined ? null : { id: base.creatorId, name: creatorName },
      level: levelName(level),
      answerPolicy: base.answerPolicy as AnswerPolicy,
      notice: base.notice,
      discoverable: base.discoverable,
      documentCount: count?.documents ?? 0,
      unfinishedCount: count?.unfinished ?? 0,
      failedCount: count?.failed ?? 0,
      passageCount: base.passageCount,
      createdAt: base.createdAt,
    };
  });
}

/** @throws AppError 'not_found' for one that this person may not use too. */
export async function catalogueEntry(ctx: Needs, person: PersonId, id: KnowledgeBaseId): Promise<CatalogueEntry> {
  const found = (await catalogueOf(ctx, person)).find((each) => each.id === id);
  if (!found) throw notFound('knowledge base');
  return found;
}

export type KnowledgeBaseChange = {
  name?: string | undefined;
  description?: string | undefined;
  answerPolicy?: AnswerPolicy | undefined;
  notice?: string | undefined;
  discoverable?: boolean | undefined;
};

/**
 * Changes name and settings. Whether they manage it is asked before; who learns of it only its owner says.
 * @throws AppError 'not_found', 'conflict' for a taken name, 'forbidden' for who does not own it.
 */
export async function updateKnowledgeBase(
  ctx: Needs,
  by: Actor,
  id: KnowledgeBaseId,
  change: KnowledgeBaseChange,
): Promise<void> {
  const now = await ctx.db.knowledgeBase.findFirst({ where: { id, deletedAt: null }, select: { discoverable: true } });
  if (now && change.discoverable !== undefined && change.discoverable !== now.discoverable)
    await demandOwner(ctx, by, id);
  const data = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  await ctx.db.$transaction(async (tx) => {
    const before = await tx.knowledgeBase.findFirst({ where: { id, deletedAt: null } });
    if (!before) throw notFound('knowledge base');
    const taken =
      change.name === undefined
        ? 0
        : await tx.knowledgeBase.count({
            where: { id: { not: id }, deletedAt: null, name: { equals: change.name, mode: 'insensitive' } },
          });
    if (taken > 0) throw new AppError('conflict', 'There is already a knowledge base of this name');
    await tx.knowledgeBase.update({ where: { id }, data });
    const { answerPolicy, notice, discoverable } = before;
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'knowledge_base.changed',
      subjectKind: 'knowledge_base',
      subjectId: id,
      detail: { before: { answerPolicy, notice, discoverable }, after: data },
    });
  });
}
