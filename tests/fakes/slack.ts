import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const SIGNING_SECRET = 'fake-signing-secret';
export const BOT_TOKEN = 'xoxb-fake-token';

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

type Args = Record<string, any>;
type Trouble = {
  method: string;
  left: number;
  error?: string;
  status?: number;
  retryAfter?: number;
  takeFirst?: boolean;
  /** Only for this user. */
  user?: string;
};

export type FakeSlack = ReturnType<typeof build> & { url: string; close(): Promise<void> };

const TEAM = 'T0ACME';
const BOT = 'U0BOT';
const BLOCK_LIMIT = 50;
const MARKDOWN_LIMIT = 12_000;
const ALL_BLOCKS_LIMIT = 13_200;

/**
 * A Slack that is as strict as the real one where local-slack is not: streams with recipients, state and age, status lines,
 * pages of members, guests and shared channels, limits of length and number, ephemerals only for who is there, signed and
 * repeated deliveries. `violations`: what the real one would let pass and nobody wants, such as a link that unfurls.
 */
export async function startFakeSlack(
  options: { streams?: boolean; pageSize?: number; streamLifeMs?: number } = {},
): Promise<FakeSlack> {
  const slack = build(options);
  const server = createServer((request, response) => void slack.serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  slack.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(slack, {
    url: `${slack.origin}/api/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function build({
  streams = true,
  pageSize = 2,
  streamLifeMs = 300_000,
}: {
  streams?: boolean;
  pageSize?: number;
  streamLifeMs?: number;
}) {
  const users = new Map<string, SlackUser>([[BOT, { id: BOT, name: 'gatehouse', is_bot: true }]]);
  const channels = new Map<string, SlackChannel>();
  const messages: SlackMessage[] = [];
  const calls: { method: string; args: Args; at: number }[] = [];
  const violations: string[] = [];
  const troubles: Trouble[] = [];
  const statuses = new Map<string, string>();
  let sequence = 0;
  const newTs = () => `${1_700_000_000 + (sequence += 1)}.${String(sequence).padStart(6, '0')}`;

  const slack = {
    team: TEAM,
    bot: BOT,
    users,
    channels,
    messages,
    calls,
    violations,
    /** Status lines that stand now, by channel and thread. */
    statuses,
    origin: '',
    /** Where the bot listens. */
    eventsUrl: '',
    streams,
    /** Every stream is stopped by its reader from now on. */
    stopStreams: false,
    addUser: (user: SlackUser) => void users.set(user.id, user),
    addChannel: (channel: SlackChannel) =>
      void channels.set(channel.id, { ...channel, members: [...channel.members, BOT] }),
    /** The next `times` calls of a method fail. `takeFirst`: it happens all the same, only the answer is lost. */
    trouble: (method: string, trouble: Omit<Trouble, 'method' | 'left'>, times = 1) =>
      void troubles.push({ method, left: times, ...trouble }),
    untrouble: () => void troubles.splice(0),
    callsOf: (method: string) => calls.filter((call) => call.method === method),
    /** What the bot said in a channel or thread for everyone there to see. */
    said: (channel: string, thread?: string) =>
      messages.filter(
        (m) =>
          m.channel === channel &&
          m.user === BOT &&
          m.only === undefined &&
          (thread === undefined || m.thread_ts === thread),
      ),
    /** What only this user sees in a channel. */
    whispered: (channel: string, user: string) =>
      messages.filter((m) => m.channel === channel && m.user === BOT && m.only === user),
    directOf: (user: string) => `D${user}`,
    textOf,
    serve,
    deliver,
    say,
    command,
    press,
    event: (event: Args, envelope: Args = {}) => deliver(wrap(event, envelope)),
    newTs,
  };

  function wrap(event: Args, envelope: Args = {}): Args {
    return {
      type: 'event_callback',
      token: 'x',
      team_id: TEAM,
      api_app_id: 'A0',
      event_id: `Ev${randomUUID()}`,
      event_time: Math.floor(Date.now() / 1_000),
      authorizations: [
        { enterprise_id: null, team_id: TEAM, user_id: BOT, is_bot: true, is_enterprise_install: false },
      ],
      is_ext_shared_channel: channels.get(event.channel as string)?.is_ext_shared === true,
      event,
      ...envelope,
    };
  }

  /** Delivers a body signed as Slack signs it. Gives the status and how long the bot took to say "received". */
  async function deliver(
    body: Args,
    how: { timestamp?: number; secret?: string; retry?: number; form?: boolean } = {},
  ) {
    const text = how.form ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body);
    const timestamp = String(how.timestamp ?? Math.floor(Date.now() / 1_000));
    const signature = `v0=${createHmac('sha256', how.secret ?? SIGNING_SECRET)
      .update(`v0:${timestamp}:${text}`)
      .digest('hex')}`;
    const started = performance.now();
    const response = await fetch(slack.eventsUrl, {
      method: 'POST',
      body: text,
      headers: {
        'content-type': how.form ? 'application/x-www-form-urlencoded' : 'application/json',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': signature,
        ...(how.retry === undefined
          ? {}
          : { 'x-slack-retry-num': String(how.retry), 'x-slack-retry-reason': 'http_timeout' }),
      },
    });
    return { status: response.status, text: await response.text(), tookMs: performance.now() - started };
  }

  /** Somebody writes; Slack tells the bot as it would: `message`, and `app_mention` beside it where it is mentioned. */
  async function say(spoken: { user: string; channel?: string; text: string; thread_ts?: string; more?: Args }) {
    const channelId = spoken.channel ?? openDirect(spoken.user);
    const channel = channels.get(channelId)!;
    const ts = newTs();
    messages.push({
      channel: channelId,
      ts,
      user: spoken.user,
      text: spoken.text,
      blocks: [],
      ...(spoken.thread_ts ? { thread_ts: spoken.thread_ts } : {}),
    });
    const event = {
      channel: channelId,
      user: spoken.user,
      text: spoken.text,
      ts,
      event_ts: ts,
      ...(spoken.thread_ts ? { thread_ts: spoken.thread_ts } : {}),
      ...spoken.more,
    };
    const type = channel.is_im ? 'im' : channel.is_mpim ? 'mpim' : channel.is_private ? 'group' : 'channel';
    const bodies = [wrap({ type: 'message', channel_type: type, ...event })];
    if (!channel.is_im && spoken.text.includes(`<@${BOT}>`)) bodies.push(wrap({ type: 'app_mention', ...event }));
    const deliveries = await Promise.all(bodies.map((body) => deliver(body)));
    return { ts, thread: spoken.thread_ts ?? ts, channel: channelId, bodies, deliveries };
  }

  function command(given: {
    user: string;
    channel: string;
    text: string;
    trigger?: string;
    team?: string;
    responseUrl?: string;
  }) {
    return deliver(
      {
        command: '/ask',
        text: given.text,
        team_id: given.team ?? TEAM,
        team_domain: 'acme',
        channel_id: given.channel,
        channel_name: 'x',
        user_id: given.user,
        user_name: 'x',
        trigger_id: given.trigger ?? randomUUID(),
        response_url: given.responseUrl ?? `${slack.origin}/response/${given.channel}/${given.user}`,
      },
      { form: true },
    );
  }

  function press(given: { user: string; channel: string; ts: string; action: Args }) {
    const payload = {
      type: 'block_actions',
      team: { id: TEAM },
      user: { id: given.user, team_id: TEAM },
      channel: { id: given.channel },
      container: { message_ts: given.ts },
      actions: [given.action],
    };
    return deliver({ payload: JSON.stringify(payload) }, { form: true });
  }

  function openDirect(user: string): string {
    const id = `D${user}`;
    if (!channels.has(id)) channels.set(id, { id, name: id, is_im: true, is_private: true, members: [user, BOT] });
    return id;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const path = (request.url ?? '').split('?')[0]!;
    if (path.startsWith('/response/')) {
      const [, , channel = '', user = ''] = path.split('/');
      const args = JSON.parse(text) as Args;
      calls.push({ method: 'response_url', args, at: Date.now() });
      const problem = checkMessage(args);
      if (problem) return void json(400, { ok: false, error: problem });
      messages.push({ channel, ts: newTs(), user: BOT, text: args.text ?? '', blocks: args.blocks ?? [], only: user });
      return void response.writeHead(200).end('ok');
    }
    const method = path.replace('/api/', '');
    const args = parseArgs(text, request.headers['content-type'] ?? '');
    calls.push({ method, args, at: Date.now() });
    if (request.headers.authorization !== `Bearer ${BOT_TOKEN}`)
      return void json(200, { ok: false, error: 'invalid_auth' });
    const trouble = troubles.find(
      (one) => one.method === method && one.left > 0 && (one.user === undefined || one.user === args.user),
    );
    if (trouble) {
      trouble.left -= 1;
      if (trouble.takeFirst) handle(method, args);
      if (trouble.retryAfter !== undefined)
        return void json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(trouble.retryAfter) });
      if (trouble.status === 0) return void request.socket.destroy();
      if (trouble.status !== undefined) return void json(trouble.status, {});
      return void json(200, { ok: false, error: trouble.error });
    }
    const answer = handle(method, args);
    json(200, typeof answer === 'string' ? { ok: false, error: answer } : { ok: true, ...answer });
  }

  function page<T>(all: T[], args: Args): { items: T[]; response_metadata: { next_cursor: string } } {
    const from = Number(String(args.cursor ?? '0').replace('c', ''));
    const items = all.slice(from, from + Math.min(pageSize, Number(args.limit ?? pageSize)));
    const next = from + items.length < all.length ? `c${from + items.length}` : '';
    return { items, response_metadata: { next_cursor: next } };
  }

  const publicUser = (user: SlackUser) => ({
    team_id: TEAM,
    real_name: user.name,
    profile: { real_name: user.name },
    ...user,
  });

  /** A refusal is given as its word. */
  function handle(method: string, args: Args): Args | string {
    const channel = channels.get(args.channel as string);
    switch (method) {
      case 'auth.test':
        return {
          url: 'https://acme.slack.com/',
          team: 'Acme',
          user: 'gatehouse',
          team_id: TEAM,
          user_id: BOT,
          bot_id: 'B0BOT',
        };
      case 'users.info': {
        const user = users.get(args.user as string);
        return user ? { user: publicUser(user) } : 'user_not_found';
      }
      case 'users.list': {
        const { items, response_metadata } = page([...users.values()], args);
        return { members: items.map(publicUser), response_metadata };
      }
      case 'conversations.info':
        if (!channel) return 'channel_not_found';
        return {
          channel: {
            is_private: false,
            is_ext_shared: false,
            is_shared: channel.is_ext_shared === true,
            ...channel,
            members: undefined,
          },
        };
      case 'conversations.members': {
        if (!channel) return 'channel_not_found';
        const { items, response_metadata } = page(channel.members, args);
        return { members: items, response_metadata };
      }
      case 'conversations.open':
        return { channel: { id: openDirect(args.users as string) } };
      case 'conversations.replies': {
        if (!channel) return 'channel_not_found';
        const found = messages.filter(
          (m) => m.channel === channel.id && m.only === undefined && (m.ts === args.ts || m.thread_ts === args.ts),
        );
        return { messages: found.map((m) => ({ type: 'message', ...m })), has_more: false };
      }
      case 'chat.postMessage':
        return post(args, channel);
      case 'chat.postEphemeral': {
        if (!channel?.members.includes(BOT)) return 'channel_not_found';
        if (!channel.members.includes(args.user as string)) return 'user_not_in_channel';
        const problem = checkMessage(args);
        if (problem) return problem;
        messages.push(messageFrom(args, { only: args.user as string }));
        return { message_ts: messages.at(-1)!.ts };
      }
      case 'chat.update': {
        const message = messages.find((m) => m.channel === args.channel && m.ts === args.ts);
        if (!message) return 'message_not_found';
        if (message.stream && liveState(message) === 'streaming') return 'streaming_state_conflict';
        const problem = checkMessage(args);
        if (problem) return problem;
        if (String(args.text ?? '').length > 4_000) return 'msg_too_long';
        message.text = textOf({ text: args.text ?? '', blocks: args.blocks ?? [] });
        message.blocks = args.blocks ?? [];
        return { ts: message.ts };
      }
      case 'chat.startStream':
      case 'chat.appendStream':
      case 'chat.stopStream':
        return slack.streams ? stream(method, args, channel) : 'unknown_method';
      case 'assistant.threads.setStatus': {
        if (!slack.streams) return 'unknown_method';
        const key = `${args.channel_id}:${args.thread_ts}`;
        const loading = (args.loading_messages ?? []) as string[];
        if (loading.length > 10 || loading.some((line) => line.length > 50)) return 'invalid_arguments';
        if (args.status === '') statuses.delete(key);
        else statuses.set(key, args.status as string);
        return {};
      }
      case 'assistant.threads.setSuggestedPrompts':
        return (args.prompts as unknown[]).length > 4 ? 'invalid_arguments' : {};
      default:
        return 'unknown_method';
    }
  }

  function messageFrom(args: Args, more: Partial<SlackMessage> = {}): SlackMessage {
    return {
      channel: args.channel as string,
      ts: newTs(),
      user: BOT,
      bot_id: 'B0BOT',
      text: args.text ?? '',
      blocks: args.blocks ?? [],
      ...(args.thread_ts ? { thread_ts: args.thread_ts as string } : {}),
      ...(args.metadata ? { metadata: args.metadata } : {}),
      ...more,
    };
  }

  function post(args: Args, channel: SlackChannel | undefined): Args | string {
    if (!channel) return 'channel_not_found';
    if (channel.is_archived) return 'is_archived';
    if (!channel.members.includes(BOT)) return 'not_in_channel';
    const problem = checkMessage(args);
    if (problem) return problem;
    const message = messageFrom(args);
    messages.push(message);
    return { channel: channel.id, ts: message.ts, message };
  }

  function liveState(message: SlackMessage) {
    const { stream } = message;
    if (stream?.state === 'streaming' && Date.now() - stream.startedAt > streamLifeMs) stream.state = 'expired';
    return stream?.state;
  }

  function stream(method: string, args: Args, channel: SlackChannel | undefined): Args | string {
    if (!channel) return 'channel_not_found';
    const added = String(args.markdown_text ?? '');
    if (added.length > MARKDOWN_LIMIT) return 'msg_too_long';
    noteCalls(added);
    if (method === 'chat.startStream') {
      if (!args.thread_ts) return 'invalid_arguments';
      if (!channel.is_im && (!args.recipient_user_id || !args.recipient_team_id)) return 'missing_recipient_user_id';
      const message = messageFrom(
        { ...args, text: added },
        { stream: { state: 'streaming', startedAt: Date.now(), pieces: 1 } },
      );
      messages.push(message);
      return { channel: channel.id, ts: message.ts };
    }
    const message = messages.find((m) => m.channel === channel.id && m.ts === args.ts);
    if (!message?.stream) return 'message_not_found';
    if (slack.stopStreams) return 'stopped_by_user';
    if (liveState(message) !== 'streaming') return 'message_not_in_streaming_state';
    if (message.text.length + added.length > MARKDOWN_LIMIT) return 'msg_too_long';
    if (method === 'chat.stopStream') {
      const problem = checkBlocks(args.blocks ?? [], message.text.length + added.length);
      if (problem) return problem;
      message.blocks = args.blocks ?? [];
      message.stream.state = 'stopped';
    }
    message.text += added;
    message.stream.pieces += 1;
    return { channel: channel.id, ts: message.ts };
  }

  function checkMessage(args: Args): string | null {
    if (args.unfurl_links !== false || args.unfurl_media !== false) violations.push('a message that unfurls links');
    noteCalls(`${args.text ?? ''}\n${JSON.stringify(args.blocks ?? [])}`);
    if (!args.text && !(args.blocks?.length > 0)) return 'no_text';
    if (String(args.text ?? '').length > 40_000) return 'msg_too_long';
    return checkBlocks(args.blocks ?? [], 0);
  }

  /** Marks that would call people. */
  function noteCalls(text: string): void {
    if (/<!(channel|here|everyone|subteam)|<@[UW]/.test(text)) violations.push('a message that calls people');
  }

  function checkBlocks(blocks: Args[], before: number): string | null {
    if (blocks.length > BLOCK_LIMIT) return 'invalid_blocks';
    let length = before;
    for (const block of blocks) {
      length += JSON.stringify(block).length;
      if (block.type === 'markdown' && (!block.text || String(block.text).length > MARKDOWN_LIMIT))
        return 'invalid_blocks';
      if (block.type === 'section' && String(block.text?.text ?? '').length > 3_000) return 'invalid_blocks';
      if (
        block.type === 'context' &&
        (block.elements.length > 10 || block.elements.some((one: Args) => !one.text || one.text.length > 3_000))
      )
        return 'invalid_blocks';
      if (block.type === 'context_actions' && (block.elements.length > 5 || block.elements.length === 0))
        return 'invalid_blocks';
      if (!['markdown', 'section', 'context', 'context_actions', 'divider', 'actions'].includes(block.type as string))
        return 'invalid_blocks';
    }
    return length > ALL_BLOCKS_LIMIT ? 'msg_blocks_too_long' : null;
  }

  return slack;
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

function parseArgs(text: string, contentType: string): Args {
  if (contentType.includes('application/json')) return JSON.parse(text) as Args;
  const args: Args = {};
  for (const [key, value] of new URLSearchParams(text)) {
    args[key] = value;
    if (/^[[{]/.test(value)) {
      try {
        args[key] = JSON.parse(value);
      } catch {
        // A text that only looks like it.
      }
    }
    if (value === 'true' || value === 'false') args[key] = value === 'true';
  }
  return args;
}
