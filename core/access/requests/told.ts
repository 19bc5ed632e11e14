import type { Context } from '../../context.ts';
import type { NoticeRow } from '../../conversation/outbox.ts';
import { factsHold } from '../../identity/aging.ts';
import { personOfChatAccount } from '../../identity/chat-accounts.ts';
import type { PersonId } from '../../ids.ts';
import { getRequest, noneIfMissing, type AccessRequest } from './lists.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log' | 'underway'>;
type Surface = 'slack' | 'teams';

/** Somebody behind a chat account who may be told something, or decide, right now. */
export type Known = Readonly<{ id: PersonId; language: string | null }>;

/** Null for an account of nobody, of somebody who does not count any more, and of whom we know too little by now. */
export async function knownNow(
  ctx: Needs,
  account: { surface: Surface; tenantId: string; externalId: string },
): Promise<Known | null> {
  const person = await personOfChatAccount(ctx, account);
  if (person === null || !(await factsHold(ctx, person.id, person.facts))) return null;
  return { id: person.id, language: person.language };
}

/** The request that a chat account is to be told of, as it is now; null where it is not theirs to know, or not news any more. */
export async function requestToTell(
  ctx: Needs,
  surface: Surface,
  notice: NoticeRow,
): Promise<{ to: Known; request: AccessRequest } | null> {
  const to = await knownNow(ctx, { surface, tenantId: notice.tenantId, externalId: notice.externalId });
  if (to === null || to.id !== notice.personId) return null;
  const asked = notice.topic === 'access_asked';
  const request = await getRequest(ctx, to.id, asked ? 'decider' : 'asker', notice.subjectId).catch(noneIfMissing);
  if (request === null || (asked ? request.state !== 'open' : request.answer === null && request.state !== 'lapsed'))
    return null;
  return { to, request };
}
