import { scopeOf } from '../../../core/access/scopes.ts';
import { conversationOf, conversationsOf, giveFeedback, messagesOf } from '../../../core/conversation/history.ts';
import * as contract from '../../contract/conversations.ts';
import { byTime, pageOf, timePosition } from '../pages.ts';
import { route } from '../route.ts';

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
    const found = await conversationsOf(ctx, caller.person.id, { after: timePosition(cursor), limit: limit + 1 });
    return pageOf(found, limit, ({ updatedAt: at, id }) => byTime({ at, id }), shown);
  }),

  route(contract.getConversation, async ({ ctx, caller, params }) =>
    shown(await conversationOf(ctx, caller.person.id, params.id)),
  ),

  route(contract.listMessages, async ({ ctx, caller, params, query }) => {
    const { cursor, limit } = query;
    const scope = await scopeOf(ctx, caller.person.id);
    const found = await messagesOf(ctx, scope, params.id, { after: timePosition(cursor), limit: limit + 1 });
    return pageOf(
      found,
      limit,
      ({ createdAt: at, id }) => byTime({ at, id }),
      (row) => ({ ...row, createdAt: row.createdAt.toISOString() }),
    );
  }),

  route(contract.giveFeedback, ({ ctx, caller, params, body }) =>
    giveFeedback(ctx, caller.person.id, params.id, body.feedback),
  ),
];
