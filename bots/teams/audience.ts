import type { Context } from '../../core/context.ts';
import { nobodyBecause, type Readers } from '../../core/conversation/readers.ts';
import type { PrivateReason } from '../../core/conversation/words.ts';
import { audienceOf } from '../../core/identity/chat-accounts.ts';
import type { TeamsApi } from './api.ts';
import { wholeConversationId, type Chat } from './chat.ts';
import { TeamsCallError } from './failure.ts';

export type Rosters = Readonly<{
  /** As Teams has it, read at most `youngerThanMs` ago. Never throws: what cannot be read whole is nobody. */
  readers(chat: Chat, youngerThanMs?: number): Promise<Readers>;
  /** Somebody came or went somewhere. */
  forgetAll(): void;
}>;

type Roster = { kind: 'people'; objectIds: readonly string[] } | { kind: 'closed'; reason: PrivateReason };

const KEPT_MS = 30_000;

/** Who is in a group chat, or in the channel itself rather than its team, kept for half a minute. */
export function createRosters(
  ctx: Pick<Context, 'pool' | 'clock' | 'config' | 'log'>,
  api: TeamsApi,
  now: () => number = Date.now,
): Rosters {
  const kept = new Map<string, { roster: Promise<Roster>; at: number }>();

  const rosterOf = (chat: Chat, youngerThanMs: number): Promise<Roster> => {
    const key = wholeConversationId(chat.conversationId);
    const entry = kept.get(key);
    if (entry && now() - entry.at < youngerThanMs) return entry.roster;
    const fresh = { roster: readRoster(api, chat), at: now() };
    kept.set(key, fresh);
    fresh.roster.catch(() => kept.get(key) === fresh && kept.delete(key));
    for (const [id, { at }] of kept) if (now() - at > KEPT_MS) kept.delete(id);
    return fresh.roster;
  };
  return {
    async readers(chat, youngerThanMs = KEPT_MS) {
      try {
        const roster = await rosterOf(chat, youngerThanMs);
        if (roster.kind === 'closed') return nobodyBecause(roster.reason);
        const audience = await audienceOf(ctx, 'teams', chat.tenantId, roster.objectIds);
        return audience.kind === 'nobody' ? nobodyBecause('deactivated') : { audience, reason: null };
      } catch (error) {
        const reason = error instanceof TeamsCallError ? error.code : 'roster';
        ctx.log.warn({ error, surface: 'teams', reason }, 'members not readable');
        return nobodyBecause('unreadable');
      }
    },
    forgetAll: () => kept.clear(),
  };
}

/** One person whom we can't place closes the room: they may be anybody. */
async function readRoster(api: TeamsApi, chat: Chat): Promise<Roster> {
  const people = (await api.members(chat)).filter(({ refusal }) => refusal !== 'bot');
  if (people.length === 0) throw new TeamsCallError({ status: 0, code: 'members_empty' });
  if (people.some(({ refusal }) => refusal === 'stranger' || refusal === 'foreign'))
    return { kind: 'closed', reason: 'outside' };
  if (people.some(({ refusal }) => refusal === 'guest')) return { kind: 'closed', reason: 'guests' };
  const objectIds = people.flatMap(({ objectId, refusal }) =>
    objectId === null || refusal !== null ? [] : [objectId],
  );
  if (objectIds.length < people.length) return { kind: 'closed', reason: 'unreadable' };
  return { kind: 'people', objectIds };
}
