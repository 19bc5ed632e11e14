import { approveRequest, declineRequest } from '../../../core/access/requests/answer.ts';
import { askForAccess, withdrawRequest } from '../../../core/access/requests/ask.ts';
import {
  endingSoon,
  findableKnowledgeBases,
  getRequest,
  listRequests,
  type AccessRequest,
} from '../../../core/access/requests/lists.ts';
import * as contract from '../../contract/requests.ts';
import { actorOf } from '../caller.ts';
import { byName, byOpen, namePosition, openPosition, pageOf } from '../pages.ts';
import { route } from '../route.ts';

const instantOf = (at: Date | null): string | null => at?.toISOString() ?? null;
const dateOf = (instant: string | null): Date | null => (instant === null ? null : new Date(instant));

const shown = (request: AccessRequest): contract.AccessRequest => {
  const right = (given: { level: contract.AccessRequest['level']; until: Date | null } | null) =>
    given && { level: given.level, until: instantOf(given.until) };
  const { answer, held } = request;
  return {
    ...request,
    until: instantOf(request.until),
    createdAt: request.createdAt.toISOString(),
    closedAt: instantOf(request.closedAt),
    answer: answer && { by: answer.by, word: answer.word, given: right(answer.given) },
    held: right(held),
  };
};

/** Asking for knowledge bases, and what their owners say. */
export const requestRoutes = [
  route(contract.listFindable, async ({ ctx, caller, query }) => {
    const { q, cursor, limit } = query;
    const wanted = { find: q, after: namePosition(cursor), limit: limit + 1 };
    return pageOf(await findableKnowledgeBases(ctx, caller.person.id, wanted), limit, byName, (one) => one);
  }),

  route(contract.askForAccess, async ({ ctx, caller, body }) =>
    shown(await askForAccess(ctx, actorOf(caller), { ...body, until: dateOf(body.until) })),
  ),

  route(contract.listAccessRequests, async ({ ctx, caller, query }) => {
    const { side, open, cursor, limit } = query;
    const wanted = { side, open, after: openPosition(cursor), limit: limit + 1 };
    const found = await listRequests(ctx, caller.person.id, wanted);
    return pageOf(found, limit, ({ state, createdAt: at, id }) => byOpen({ open: state === 'open', at, id }), shown);
  }),

  route(contract.getAccessRequest, async ({ ctx, caller, params }) =>
    shown(await getRequest(ctx, caller.person.id, 'decider', params.id)),
  ),

  route(contract.withdrawAccessRequest, ({ ctx, caller, params }) => withdrawRequest(ctx, actorOf(caller), params.id)),

  route(contract.approveAccessRequest, async ({ ctx, caller, params, body }) =>
    shown(await approveRequest(ctx, actorOf(caller), params.id, { ...body, until: dateOf(body.until) })),
  ),

  route(contract.declineAccessRequest, async ({ ctx, caller, params, body }) =>
    shown(await declineRequest(ctx, actorOf(caller), params.id, body.word)),
  ),

  route(contract.endingSoon, async ({ ctx, caller }) => ({
    items: (await endingSoon(ctx, caller.person.id)).map((one) => ({ ...one, until: one.until.toISOString() })),
  })),
];
