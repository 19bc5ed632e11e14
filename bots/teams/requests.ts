import { requestToTell } from '../../core/access/requests/told.ts';
import { accessWords } from '../../core/conversation/access-words.ts';
import type { NoticeRow } from '../../core/conversation/outbox.ts';
import type { Chat } from './chat.ts';
import { asTeamsCallError } from './failure.ts';
import type { Asked } from './incoming.ts';
import { keepPersonalChat, personalChatOf } from './personal-chats.sql.ts';
import { escaped } from './said.ts';
import type { Teams } from './teams.ts';
import { sayHere } from './tell.ts';

/** Keeps where a colleague wrote to the bot alone, so that the bot can tell them something later. */
export async function rememberPersonalChat(
  { ctx, tenants }: Teams,
  { chat, user, tenantsDisagree }: Asked,
): Promise<void> {
  const { tenantId, serviceUrl, conversationId, botId } = chat;
  if (chat.kind !== 'personal' || user.objectId === null || user.isBot || tenantsDisagree) return;
  if (tenants && !tenants.has(tenantId)) return;
  await keepPersonalChat(ctx.pool, { tenantId, objectId: user.objectId }, { serviceUrl, conversationId, botId });
}

/**
 * Tells somebody of a request that waits for them, with a link to answer it, or of the answer to theirs; if it is still theirs
 * to know. Who has never written to the bot hears it in the portal only. `mayWriteTo`: whether an address is Teams'.
 */
export async function tellOfRequest(
  teams: Teams,
  notice: NoticeRow,
  mayWriteTo: (serviceUrl: URL) => boolean,
): Promise<void> {
  const { ctx, tenants } = teams;
  const { tenantId, externalId: objectId } = notice;
  if (tenants && !tenants.has(tenantId)) return;
  const told = await requestToTell(ctx, 'teams', notice);
  const where = told && (await personalChatOf(ctx.pool, { tenantId, objectId }));
  if (told === null || where === null || !mayWriteTo(new URL(where.serviceUrl))) return;
  const words = accessWords(told.to.language);
  const { request } = told;
  const lines =
    notice.topic === 'access_answered'
      ? [escaped(words.answered(request))]
      : [
          escaped(words.asks(request)),
          escaped(words.known(request)),
          escaped(`${words.reason}: ${request.reason.replaceAll(/\s+/g, ' ')}`),
          escaped(words.held(request)),
          `${ctx.config.PUBLIC_URL}/requests/answer`,
        ];
  const chat: Chat = { kind: 'personal', tenantId, ...where };
  try {
    await sayHere(teams, chat, lines.filter((line) => line !== '').join('\n'));
  } catch (error) {
    // Blocked, or the bot was taken away: nobody is there to be told.
    const { status } = asTeamsCallError(error);
    if (status !== 403 && status !== 404) throw error;
  }
}
