import type { Context } from '../../context.ts';
import type { KnowledgeBaseId, PersonId } from '../../ids.ts';
import { keepUse } from './usage.sql.ts';

/** What this process has kept today: an answer writes something once a day at most. */
const kept = new WeakMap<object, { day: string; pairs: Set<string> }>();

/**
 * Keeps that somebody got an answer from these knowledge bases today, for whoever reviews what was given. An answer is there
 * by then: that this could not be kept is written down and nothing else.
 */
export async function noteUse(
  ctx: Pick<Context, 'pool' | 'log' | 'clock'>,
  person: PersonId,
  knowledgeBases: readonly KnowledgeBaseId[],
): Promise<void> {
  const day = ctx.clock.now().toISOString().slice(0, 10);
  let today = kept.get(ctx.pool);
  if (today?.day !== day) kept.set(ctx.pool, (today = { day, pairs: new Set() }));
  const { pairs } = today;
  const keyOf = (id: KnowledgeBaseId) => `${person}:${id}`;
  const fresh = [...new Set(knowledgeBases)].filter((id) => !pairs.has(keyOf(id)));
  if (fresh.length === 0) return;
  try {
    await keepUse(ctx.pool, person, fresh, day);
    for (const id of fresh) pairs.add(keyOf(id));
  } catch (error) {
    ctx.log.warn({ error, personId: person }, 'use_not_kept');
  }
}
