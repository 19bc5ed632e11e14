import { z } from 'zod';
import type { Context } from '../../core/context.ts';
import { nobodyBecause, type Readers } from '../../core/conversation/readers.ts';
import type { PrivateReason } from '../../core/conversation/words.ts';
import { audienceOf } from '../../core/identity/chat-accounts.ts';
import { SlackCallError, type SlackApi } from './api.ts';
import type { Directory } from './directory.ts';
import type { Self } from './incoming.ts';

export type Rosters = Readonly<{
  /** As Slack has it, read at most `youngerThanMs` ago. Never throws: what cannot be read whole is nobody. */
  readers(channelId: string, youngerThanMs?: number): Promise<Readers>;
  /** Somebody came or went, or the channel changed. */
  forget(channelId: string): void;
  /** Everybody's flags may have changed. */
  forgetAll(): void;
  /** Calls back when `forget` was called for this channel; gives the function that ends it. */
  watch(channelId: string, changed: () => void): () => void;
}>;

type Roster = { kind: 'people'; ids: readonly string[]; open: boolean } | { kind: 'closed'; reason: PrivateReason };

const KEPT_MS = 30_000;
const MOST_PAGES = 200;
const PAGE = 900;

const infoAnswer = z.object({
  channel: z.object({
    is_private: z.boolean().optional(),
    is_group: z.boolean().optional(),
    is_mpim: z.boolean().optional(),
    is_im: z.boolean().optional(),
    is_shared: z.boolean().optional(),
    is_ext_shared: z.boolean().optional(),
    is_pending_ext_shared: z.boolean().optional(),
    is_org_shared: z.boolean().optional(),
    shared_team_ids: z.array(z.string()).optional(),
    pending_shared: z.array(z.string()).optional(),
  }),
});
const membersAnswer = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** Who is in the channels, kept for half a minute and read again at once when Slack says that somebody came or went. */
export function createRosters(
  ctx: Pick<Context, 'pool' | 'clock' | 'config' | 'log'>,
  api: SlackApi,
  directory: Directory,
  self: Self,
  now: () => number = Date.now,
): Rosters {
  const kept = new Map<string, { roster: Promise<Roster>; at: number }>();
  const watchers = new Map<string, Set<() => void>>();

  const rosterOf = (channelId: string, youngerThanMs: number): Promise<Roster> => {
    const entry = kept.get(channelId);
    if (entry && now() - entry.at < youngerThanMs) return entry.roster;
    const roster = readRoster(api, directory, self, channelId);
    const fresh = { roster, at: now() };
    kept.set(channelId, fresh);
    roster.catch(() => kept.get(channelId) === fresh && kept.delete(channelId));
    for (const [id, { at }] of kept) if (now() - at > KEPT_MS) kept.delete(id);
    return roster;
  };
  const forget = (channelId: string) => {
    kept.delete(channelId);
    for (const changed of watchers.get(channelId) ?? []) changed();
  };
  return {
    async readers(channelId, youngerThanMs = KEPT_MS) {
      try {
        const roster = await rosterOf(channelId, youngerThanMs);
        if (roster.kind === 'closed') return nobodyBecause(roster.reason);
        // A public channel is open to everyone of the company, who may have less than its members.
        const members = await audienceOf(ctx, 'slack', self.teamId, roster.ids);
        if (members.kind === 'nobody') return nobodyBecause('deactivated');
        return { audience: roster.open ? { kind: 'everyone' } : members, reason: null };
      } catch (error) {
        ctx.log.warn(
          { error, surface: 'slack', reason: error instanceof SlackCallError ? error.code : 'roster' },
          'members not readable',
        );
        return nobodyBecause('unreadable');
      }
    },
    forget,
    forgetAll() {
      for (const channelId of new Set([...kept.keys(), ...watchers.keys()])) forget(channelId);
    },
    watch(channelId, changed) {
      const set = watchers.get(channelId) ?? new Set();
      set.add(changed);
      watchers.set(channelId, set);
      return () => {
        set.delete(changed);
        if (set.size === 0) watchers.delete(channelId);
      };
    },
  };
}

async function readRoster(api: SlackApi, directory: Directory, self: Self, channelId: string): Promise<Roster> {
  const { channel } = await api.read('conversations.info', { channel: channelId }, infoAnswer);
  const elsewhere = (channel.shared_team_ids ?? []).some((id) => id !== self.teamId);
  const outside =
    channel.is_ext_shared === true ||
    channel.is_pending_ext_shared === true ||
    (channel.pending_shared ?? []).length > 0 ||
    ((channel.is_shared === true || elsewhere) && channel.is_org_shared !== true);
  if (outside) return { kind: 'closed', reason: 'outside' };
  const ids = await readMembers(api, channelId);
  if (ids.length === 0) throw new SlackCallError('conversations.members', 'empty');
  const people = (await directory.profiles(ids)).filter((profile) => profile.refusal !== 'bot' && !profile.deleted);
  if (people.some(({ refusal }) => refusal === 'stranger' || refusal === 'foreign'))
    return { kind: 'closed', reason: 'outside' };
  if (people.some(({ refusal }) => refusal === 'guest')) return { kind: 'closed', reason: 'guests' };
  const isPrivate =
    channel.is_private !== false || channel.is_group === true || channel.is_mpim === true || channel.is_im === true;
  return { kind: 'people', ids: people.map(({ id }) => id), open: !isPrivate };
}

/** Every member: pages may be short, so only an empty cursor is the end. @throws SlackCallError for anything less. */
async function readMembers(api: SlackApi, channelId: string): Promise<string[]> {
  const ids = new Set<string>();
  let cursor = '';
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await api.read(
      'conversations.members',
      { channel: channelId, limit: PAGE, ...(cursor ? { cursor } : {}) },
      membersAnswer,
    );
    for (const id of answer.members) ids.add(id);
    const next = answer.response_metadata?.next_cursor ?? '';
    if (next === '') return [...ids];
    if (next === cursor) throw new SlackCallError('conversations.members', 'cursor_repeats');
    cursor = next;
  }
  throw new SlackCallError('conversations.members', 'too_many_pages');
}
