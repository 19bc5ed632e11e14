import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { putNotices } from '../../conversation/outbox.ts';
import { AppError } from '../../errors.ts';
import { throttle } from '../../identity/throttle.ts';
import { keyOf } from '../../identity/throttle.sql.ts';
import type { PersonId } from '../../ids.ts';
import { within } from '../../storage/within.ts';
import type { Actor } from '../actor.ts';
import { putGrant } from '../grants.ts';
import { LEVEL, type LevelName } from '../levels.ts';
import { closeIfDead } from './close-dead.ts';
import { getRequest, noneIfMissing, type AccessRequest } from './lists.ts';
import { lockRequest } from './requests.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'live'>;
type By = Actor & { personId: PersonId };

/** What an owner gives. `moreThanAsked`: they know that it is a higher level or a later end than was asked for. */
export type Given = Readonly<{ level: LevelName; until: Date | null; moreThanAsked?: boolean | undefined }>;

const CLOSED = 'This request is closed already: it was answered, withdrawn, or can be answered no more';

/** Each answer is throttled, one to what is not there too: within a quarter of an hour. */
const MOST_ANSWERS = 100;

/**
 * Gives what was asked for, or less; more only where that is said. Whether they may decide is looked at now, wherever the
 * question was shown before. @throws AppError 'not_found' for who does not decide about it, 'forbidden' for one's own,
 * 'conflict' for a closed one, more than asked, or less than they were given before; 'bad_input' for an end that has come;
 * 'too_many_requests'.
 */
export async function approveRequest(
  ctx: Needs,
  by: By,
  id: string,
  given: Given | 'as_asked',
): Promise<AccessRequest> {
  await demandOpen(ctx, by, id);
  return closing(ctx, by, id, async (request, tx) => {
    const at = ctx.clock.now();
    const { level, until } = weighed(request, given, at);
    await putGrant(tx, by, at, {
      resource: { kind: 'knowledge_base', id: request.knowledgeBase.id },
      to: { kind: 'person', id: request.person.id },
      level,
      expiresAt: until,
    });
    return { state: 'approved', givenLevel: level, givenUntil: until };
  });
}

/** Says no, with a word where there is one. @throws AppError as `approveRequest` does. */
export async function declineRequest(ctx: Needs, by: By, id: string, word: string): Promise<AccessRequest> {
  await demandOpen(ctx, by, id);
  return closing(ctx, by, id, async () => ({ state: 'declined', word: word.trim() }));
}

/** What is to be given, if it may be: not more than was asked for without saying so, not less than what they have. */
function weighed(
  request: AccessRequest,
  given: Given | 'as_asked',
  at: Date,
): { level: LevelName; until: Date | null } {
  const {
    level,
    until,
    moreThanAsked = false,
  }: Given = given === 'as_asked' ? { level: request.level, until: request.until } : given;
  if (until !== null && until <= at) throw new AppError('bad_input', 'This end has come already');
  if (!moreThanAsked && (LEVEL[level] > LEVEL[request.level] || isLater(until, request.until)))
    throw new AppError('conflict', 'This is more than was asked for: say so, or give what was asked for');
  const { held } = request;
  if (held !== null && (LEVEL[level] < LEVEL[held.level] || isLater(held.until, until)))
    throw new AppError(
      'conflict',
      'This would take away what they have: a higher level, or a later end. Give at least that, or decline',
    );
  return { level, until };
}

/** Null is without an end, later than every other. */
const isLater = (one: Date | null, other: Date | null): boolean =>
  other !== null && (one === null || one.getTime() > other.getTime());

async function demandOpen(ctx: Needs, by: By, id: string): Promise<void> {
  await throttle(ctx, keyOf(`access-answer:${by.personId}`), MOST_ANSWERS);
  const own = await getRequest(ctx, by.personId, 'asker', id).catch(noneIfMissing);
  if (own) throw new AppError('forbidden', 'Nobody answers their own request');
  const request = await getRequest(ctx, by.personId, 'decider', id);
  if (request.state !== 'open' || (await closeIfDead(ctx, request))) throw new AppError('conflict', CLOSED);
}

type Transaction = Parameters<Parameters<Needs['db']['$transaction']>[0]>[0];
type Closing =
  | { state: 'approved'; givenLevel: LevelName; givenUntil: Date | null }
  | { state: 'declined'; word: string };

/**
 * Closes an open request once, with what belongs to it in the same transaction, and tells the asker. Whether they still
 * decide, and what the asker has, is read once more while nobody else can close it.
 */
async function closing(
  ctx: Needs,
  by: By,
  id: string,
  change: (request: AccessRequest, tx: Transaction) => Promise<Closing>,
): Promise<AccessRequest> {
  const at = ctx.clock.now();
  await ctx.db.$transaction(async (tx) => {
    const pool = within(tx);
    await lockRequest(pool, id);
    const request = await getRequest({ pool, clock: ctx.clock }, by.personId, 'decider', id);
    if (request.state !== 'open') throw new AppError('conflict', CLOSED);
    const made = await change(request, tx);
    const { person, knowledgeBase, level, until } = request;
    await tx.accessRequest.update({ where: { id }, data: { ...made, closedAt: at, answeredBy: by.personId } });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: `access.request_${made.state}`,
      subjectKind: 'knowledge_base',
      subjectId: knowledgeBase.id,
      detail: {
        requestId: id,
        personId: person.id,
        asked: { level, until },
        ...(made.state === 'approved' ? { given: { level: made.givenLevel, until: made.givenUntil } } : {}),
      },
    });
    await putNotices(tx, [person.id], 'access_answered', id, at);
  });
  ctx.live.publish('chat-notices', id);
  return getRequest(ctx, by.personId, 'decider', id);
}
