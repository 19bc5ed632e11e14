import { setTimeout as sleep } from 'node:timers/promises';
import { TurnContext, type Activity } from 'botbuilder';
import type { ConnectorClient } from 'botframework-connector';
import { z } from 'zod';
import type { Log } from '../../core/log.ts';
import { wholeConversationId, type Chat } from './chat.ts';
import type { Connection } from './cloud.ts';
import { asTeamsCallError, TeamsCallError } from './failure.ts';
import { memberOf, rosterRow, type Member } from './member.ts';
import type { Done, Pace } from './pace.ts';

/** An activity of ours, as it goes over the wire. */
export type Outgoing = Readonly<{
  type: 'message' | 'typing';
  text?: string;
  textFormat?: 'markdown';
  entities?: readonly Readonly<Record<string, unknown>>[];
  channelData?: Readonly<Record<string, unknown>>;
}>;

export type TeamsApi = Readonly<{
  /** Gives the id Teams gave it, '' where it gave none. */
  send(chat: Chat, activity: Outgoing): Promise<string>;
  /** Only if there is room for it now, and without a second try; null where there is none. */
  sendIfRoom(chat: Chat, activity: Outgoing): Promise<string | null>;
  update(chat: Chat, id: string, activity: Outgoing): Promise<void>;
  /** As Teams knows them now. */
  member(chat: Chat, userId: string): Promise<Member>;
  /** Everybody in the chat or channel itself, bots too. */
  members(chat: Chat): Promise<Member[]>;
  /** The one-to-one chat with somebody of this conversation. */
  openPersonal(chat: Chat, userId: string): Promise<Chat>;
}>;

/** Teams asks for these to be said again. */
const AGAIN = new Set([412, 429, 502, 504]);
const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** The token for a call comes from Entra by a client without a time-out of its own. */
const CALL_MS = 30_000;
const PAGE = 200;
const MOST_PAGES = 200;

const pageOfMembers = z.object({ members: z.array(rosterRow), continuationToken: z.string().nullish() });

/**
 * What the bot says to Teams, through the SDK and in its pace. Every function throws TeamsCallError; what may be said again is
 * said again after a pause, what may have arrived is not.
 */
export function createTeamsApi({ appId, adapter }: Connection, pace: Pace, log: Log): TeamsApi {
  const withConnector = async <T>(chat: Chat, work: (connector: ConnectorClient, turn: TurnContext) => Promise<T>) => {
    let result: { value: T } | undefined;
    await adapter.continueConversationAsync(appId, referenceOf(chat), async (turn) => {
      const connector = turn.turnState.get<ConnectorClient>(adapter.ConnectorClientKey);
      if (!connector) throw new TeamsCallError({ status: 0, code: 'not_sent' });
      result = { value: await within(CALL_MS, work(connector, turn)) };
    });
    if (!result) throw new TeamsCallError({ status: 0, code: 'not_sent' });
    return result.value;
  };

  const tried = async <T>(
    chat: Chat,
    method: string,
    work: () => Promise<T>,
    turn: () => Promise<Done>,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      const done = await turn();
      try {
        return await work();
      } catch (error) {
        const failed = asTeamsCallError(error);
        const again = AGAIN.has(failed.status) || failed.code === 'not_sent';
        log.debug(
          { surface: 'teams', method, status: failed.status, code: failed.code, count: attempt },
          'call_failed',
        );
        if (!again || attempt === MOST_TRIES) throw failed;
        const waitMs = pauseMs(attempt, failed.retryAfterMs);
        if (failed.status === 429) pace.hold(chat.conversationId, waitMs);
        await sleep(waitMs);
      } finally {
        done();
      }
    }
  };
  const write = <T>(chat: Chat, method: string, work: () => Promise<T>) =>
    tried(chat, method, work, () => pace.turn(chat.conversationId));
  const read = <T>(chat: Chat, method: string, work: () => Promise<T>) =>
    tried(chat, method, work, async () => () => {});

  // Not by the turn: that answers an activity, and here it would name one that never was.
  const sendOnce = (chat: Chat, activity: Outgoing) =>
    withConnector(chat, async (connector) => {
      const addressed = TurnContext.applyConversationReference({ ...activity } as Partial<Activity>, referenceOf(chat));
      return (await connector.conversations.sendToConversation(chat.conversationId, addressed)).id ?? '';
    });

  return {
    send: (chat, activity) => write(chat, 'send', () => sendOnce(chat, activity)),
    async sendIfRoom(chat, activity) {
      const done = pace.tryTurn(chat.conversationId);
      if (!done) return null;
      try {
        return await sendOnce(chat, activity);
      } catch (error) {
        const failed = asTeamsCallError(error);
        if (failed.status === 429) pace.hold(chat.conversationId, pauseMs(1, failed.retryAfterMs));
        throw failed;
      } finally {
        done();
      }
    },
    update: (chat, id, activity) =>
      write(chat, 'update', () =>
        withConnector(chat, (_, turn) => turn.updateActivity({ ...activity, id } as Partial<Activity>)),
      ).then(() => {}),
    member: (chat, userId) =>
      read(chat, 'member', () =>
        withConnector(chat, async (connector) =>
          memberOf(
            rosterRow.parse(
              await connector.conversations.getConversationMember(wholeConversationId(chat.conversationId), userId),
            ),
            chat.tenantId,
          ),
        ),
      ),
    async members(chat) {
      const id = wholeConversationId(chat.conversationId);
      const found = new Map<string, Member>();
      let token: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await read(chat, 'members', () =>
          withConnector(chat, async (connector) =>
            pageOfMembers.parse(await connector.conversations.getConversationPagedMembers(id, pageFrom(token))),
          ),
        );
        for (const row of answer.members) found.set(row.id, memberOf(row, chat.tenantId));
        const next = answer.continuationToken || undefined;
        if (next === undefined) return [...found.values()];
        if (next === token) break;
        token = next;
      }
      throw new TeamsCallError({ status: 0, code: 'members_without_end' });
    },
    openPersonal: (chat, userId) =>
      read(chat, 'open', () =>
        withConnector(chat, async (connector) => {
          const { id } = await connector.conversations.createConversation({
            isGroup: false,
            bot: { id: chat.botId, name: '' },
            members: [{ id: userId, name: '' }],
            tenantId: chat.tenantId,
            channelData: { tenant: { id: chat.tenantId } },
          });
          return { ...chat, kind: 'personal' as const, conversationId: id };
        }),
      ),
  };
}

/** The SDK's type asks for a token on the first page too, where there is none. */
const pageFrom = (token: string | undefined) =>
  ({ pageSize: PAGE, ...(token === undefined ? {} : { continuationToken: token }) }) as {
    pageSize: number;
    continuationToken: string;
  };

const referenceOf = (chat: Chat) => ({
  channelId: 'msteams',
  serviceUrl: chat.serviceUrl,
  bot: { id: chat.botId, name: '' },
  conversation: {
    id: chat.conversationId,
    conversationType: chat.kind === 'group' ? 'groupChat' : chat.kind,
    isGroup: chat.kind !== 'personal',
    tenantId: chat.tenantId,
    name: '',
  },
});

/** Twice as long each time, with jitter, but never less than Teams asked for. */
function pauseMs(attempt: number, retryAfterMs: number | null): number {
  const backOff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  return Math.min(LONGEST_PAUSE_MS, Math.max(backOff, retryAfterMs === null ? 0 : retryAfterMs + Math.random() * 500));
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TeamsCallError({ status: 0, code: 'no_answer' })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
