import { scopeOf } from '../../../core/access/scopes.ts';
import {
  conversationOf,
  conversationsOf,
  giveFeedback,
  messagesOf,
  type Place,
} from '../../../core/conversation/history.ts';
import { AppError } from '../../../core/errors.ts';
import * as contract from '../../contract/conversations.ts';
import { pageOf, positionOf } from '../pages.ts';
import { route } from '../route.ts';

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function placeOf(cursor: string | undefined): Place | null {
  const [at = '', id = ''] = positionOf(cursor, 2) ?? [];
  if (cursor === undefined) return null;
  if (!INSTANT.test(at) || Number.isNaN(Date.parse(at)) || !UUID.test(id))
    throw new AppError('bad_input', 'This cursor comes from another list: begin with the first page');
  return { at, id };
}

type Row = Awaited<ReturnType<typeof conversationOf>>;

const shown = (row: Row): contract.Conversation => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** One's own conversations on every surface, and nobody else's. */
export const conversationRoutes = [
  route(contract.listConversations, async ({ ctx, caller, query }) => {
    const { cursor, limit } = query;
    const found = await conversationsOf(ctx, caller.person.id, { after: placeOf(cursor), limit: limit + 1 });
    return pageOf(found, limit, (row) => [row.updatedAt.toISOString(), row.id], shown);
  }),

  route(contract.getConversation, async ({ ctx, caller, params }) =>
    shown(await conversationOf(ctx, caller.person.id, params.id)),
  ),

  route(contract.listMessages, async ({ ctx, caller, params, query }) => {
    const { cursor, limit } = query;
    const scope = await scopeOf(ctx, caller.person.id);
    const found = await messagesOf(ctx, scope, params.id, { after: placeOf(cursor), limit: limit + 1 });
    return pageOf(
      found,
      limit,
      (row) => [row.createdAt.toISOString(), row.id],
      (row) => ({ ...row, createdAt: row.createdAt.toISOString() }),
    );
  }),

  route(contract.giveFeedback, ({ ctx, caller, params, body }) =>
    giveFeedback(ctx, caller.person.id, params.id, body.feedback),
  ),
];
