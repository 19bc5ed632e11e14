import { record } from '../../audit/record.ts';
import { putNotices } from '../../conversation/outbox.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { throttle } from '../../identity/throttle.ts';
import { keyOf } from '../../identity/throttle.sql.ts';
import { newId, type KnowledgeBaseId, type PersonId } from '../../ids.ts';
import type { Actor } from '../actor.ts';
import { LEVEL, type LevelName } from '../levels.ts';
import { closeIfDead } from './close-dead.ts';
import { getRequest, type AccessRequest } from './lists.ts';
import * as store from './requests.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'live'>;

/** Asking is throttled, asking for what is not there too: within a quarter of an hour. */
const MOST_ASKS = 20;
const MOST_OPEN = 20;

/**
 * Asks its owner for a knowledge base, with a reason, a level and an end where one is wished. Asking again while the first
 * request is open changes nothing and gives that one: its owner answers what they have read.
 * @throws AppError 'not_found' for what may not be found, which is the same as what is not there; 'conflict' for what they
 * have already or nobody looks after, 'bad_input' for an end that has come or no reason, 'too_many_requests'.
 */
export async function askForAccess(
  ctx: Needs,
  by: Actor & { personId: PersonId },
  wanted: { knowledgeBaseId: KnowledgeBaseId; reason: string; level: LevelName; until: Date | null },
): Promise<AccessRequest> {
  await throttle(ctx, keyOf(`access-request:${by.personId}`), MOST_ASKS);
  const at = ctx.clock.now();
  const reason = wanted.reason.trim();
  if (reason === '') throw new AppError('bad_input', 'Say why you need it: its owner reads that');
  if (wanted.until !== null && wanted.until <= at) throw new AppError('bad_input', 'This end has come already');
  const base = await store.askable(ctx.pool, by.personId, wanted.knowledgeBaseId, at);
  if (!base) throw notFound('knowledge base');
  if (base.lasting >= LEVEL[wanted.level]) throw new AppError('conflict', 'You have that already');
  const deciders = await store.deciders(ctx.pool, base.id, at);
  if (deciders.length === 0)
    throw new AppError(
      'conflict',
      'Nobody looks after this knowledge base at the moment. Ask an administrator to find it an owner',
    );

  const open = { knowledgeBaseId: base.id, personId: by.personId, state: 'open' } as const;
  const before = await ctx.db.accessRequest.findFirst({ where: open, select: { id: true } });
  if (before) await closeIfDead(ctx, { id: before.id, person: { id: by.personId } });
  const id = await ctx.db.$transaction(async (tx) => {
    const first = await tx.accessRequest.findFirst({ where: open, select: { id: true } });
    if (first) return first.id;
    if ((await tx.accessRequest.count({ where: { personId: by.personId, state: 'open' } })) >= MOST_OPEN)
      throw new AppError(
        'too_many_requests',
        `You have ${MOST_OPEN} open requests. Withdraw one, or wait for an answer`,
      );
    const made = newId(at.getTime());
    // Two at once: the index lets one of them in.
    const { count } = await tx.accessRequest.createMany({
      data: [
        { id: made, ...open, reason, level: wanted.level, until: wanted.until, surface: by.surface, createdAt: at },
      ],
      skipDuplicates: true,
    });
    if (count === 0) return (await tx.accessRequest.findFirstOrThrow({ where: open, select: { id: true } })).id;
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'access.requested',
      subjectKind: 'knowledge_base',
      subjectId: base.id,
      detail: { requestId: made, level: wanted.level, until: wanted.until },
    });
    await putNotices(tx, deciders, 'access_asked', made, at);
    return made;
  });
  ctx.live.publish('chat-notices', id);
  return getRequest(ctx, by.personId, 'asker', id);
}

/** Takes one's own request back, while nobody has answered it. @throws AppError 'not_found', 'conflict' for a closed one. */
export async function withdrawRequest(ctx: Needs, by: Actor & { personId: PersonId }, id: string): Promise<void> {
  const request = await getRequest(ctx, by.personId, 'asker', id);
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.accessRequest.updateMany({
      where: { id, personId: by.personId, state: 'open' },
      data: { state: 'withdrawn', closedAt: ctx.clock.now() },
    });
    if (count === 0) throw new AppError('conflict', 'This request is closed already');
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'access.request_withdrawn',
      subjectKind: 'knowledge_base',
      subjectId: request.knowledgeBase.id,
      detail: { requestId: id },
    });
  });
}
