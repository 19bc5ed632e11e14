import { newId } from '../../../core/ids.ts';

export const SIGNING_SECRET = 'fake-signing-secret';
export const BOT_TOKEN = 'xoxb-fake-token';
export const BOT = 'U0BOT';

export type SlackUser = {
  id: string;
  name: string;
  team_id?: string;
  is_bot?: boolean;
  deleted?: boolean;
  is_restricted?: boolean;
  is_ultra_restricted?: boolean;
  is_stranger?: boolean;
};

export type SlackChannel = {
  id: string;
  name: string;
  is_private?: boolean;
  is_mpim?: boolean;
  is_im?: boolean;
  is_ext_shared?: boolean;
  is_pending_ext_shared?: boolean;
  is_archived?: boolean;
  members: string[];
};

export type SlackMessage = {
  channel: string;
  ts: string;
  thread_ts?: string;
  user: string;
  text: string;
  blocks: Record<string, unknown>[];
  bot_id?: string;
  metadata?: unknown;
  /** Seen by this user alone. */
  only?: string;
  stream?: { state: 'streaming' | 'stopped' | 'expired'; startedAt: number; pieces: number };
};

export type Args = Record<string, any>;

/** How calls of a method fail. `takeFirst`: it happens all the same, only the answer is lost. */
export type Trouble = {
  method: string;
  left: number;
  error?: string;
  status?: number;
  retryAfter?: number;
  takeFirst?: boolean;
  /** Only for this user. */
  user?: string;
};

/** What a workspace holds, and what happened in it. */
export type Workspace = ReturnType<typeof aWorkspace>;

/** A workspace of its own, with nobody in it but the bot. */
export function aWorkspace() {
  let sequence = 0;
  return {
    team: `T${newId().slice(-10).toUpperCase()}`,
    users: new Map<string, SlackUser>([[BOT, { id: BOT, name: 'gatehouse', is_bot: true }]]),
    channels: new Map<string, SlackChannel>(),
    messages: [] as SlackMessage[],
    /** Windows that the bot has opened. */
    views: [] as Args[],
    calls: [] as { method: string; args: Args; at: number }[],
    /** What the real one would let pass and nobody wants, such as a link that unfurls. */
    violations: [] as string[],
    troubles: [] as Trouble[],
    /** Status lines that stand now, by channel and thread. */
    statuses: new Map<string, string>(),
    origin: '',
    /** Where the bot listens. */
    eventsUrl: '',
    /** Whether this Slack has streams and status lines. */
    streams: true,
    /** Every stream is stopped by its reader from now on. */
    stopStreams: false,
    /** How many members or users a page has at most. */
    pageSize: 2,
    streamLifeMs: 300_000,
    newTs: () => `${1_700_000_000 + (sequence += 1)}.${String(sequence).padStart(6, '0')}`,
  };
}

/** The direct chat of a user with the bot, opened where it wasn't. */
export function openDirect({ channels }: Workspace, user: string): string {
  const id = `D${user}`;
  if (!channels.has(id)) channels.set(id, { id, name: id, is_im: true, is_private: true, members: [user, BOT] });
  return id;
}

/** A message of the bot, as a call describes it. */
export function messageFrom(workspace: Workspace, args: Args, more: Partial<SlackMessage> = {}): SlackMessage {
  return {
    channel: args.channel as string,
    ts: workspace.newTs(),
    user: BOT,
    bot_id: 'B0BOT',
    text: args.text ?? '',
    blocks: args.blocks ?? [],
    ...(args.thread_ts ? { thread_ts: args.thread_ts as string } : {}),
    ...(args.metadata ? { metadata: args.metadata } : {}),
    ...more,
  };
}

/** All that a reader sees of a message. */
export function textOf(message: { text: string; blocks: Record<string, unknown>[] }): string {
  const inBlocks = message.blocks
    .map((block) =>
      block.type === 'section'
        ? (block.text as { text: string }).text
        : block.type === 'markdown'
          ? String(block.text)
          : block.type === 'context'
            ? (block.elements as { text: string }[]).map((element) => element.text).join('\n')
            : '',
    )
    .join('\n');
  return message.blocks.some((block) => block.type === 'markdown' || block.type === 'section')
    ? inBlocks
    : `${message.text}\n${inBlocks}`;
}
