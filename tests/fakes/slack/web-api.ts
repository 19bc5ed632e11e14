import { checkMessage } from './limits.ts';
import { stream, streamState } from './streams.ts';
import {
  BOT,
  messageFrom,
  openDirect,
  textOf,
  type Args,
  type SlackChannel,
  type SlackUser,
  type Workspace,
} from './workspace.ts';

/** What Slack answers to a call of its Web API. A refusal is given as its word. */
export function answerCall(workspace: Workspace, method: string, args: Args): Args | string {
  const channel = workspace.channels.get(args.channel as string);
  switch (method) {
    case 'auth.test':
      return {
        url: 'https://acme.slack.com/',
        team: 'Acme',
        user: 'gatehouse',
        team_id: workspace.team,
        user_id: BOT,
        bot_id: 'B0BOT',
      };
    case 'users.info': {
      const user = workspace.users.get(args.user as string);
      return user ? { user: publicUser(workspace, user) } : 'user_not_found';
    }
    case 'users.list': {
      const { items, response_metadata } = page(workspace, [...workspace.users.values()], args);
      return { members: items.map((user) => publicUser(workspace, user)), response_metadata };
    }
    case 'conversations.info':
      return channel ? { channel: publicChannel(channel) } : 'channel_not_found';
    case 'conversations.members': {
      if (!channel) return 'channel_not_found';
      const { items, response_metadata } = page(workspace, channel.members, args);
      return { members: items, response_metadata };
    }
    case 'conversations.open':
      return { channel: { id: openDirect(workspace, args.users as string) } };
    case 'conversations.replies':
      return channel ? replies(workspace, channel, args) : 'channel_not_found';
    case 'chat.postMessage':
      return post(workspace, args, channel);
    case 'chat.postEphemeral':
      return postEphemeral(workspace, args, channel);
    case 'chat.update':
      return update(workspace, args);
    case 'chat.startStream':
    case 'chat.appendStream':
    case 'chat.stopStream':
      return stream(workspace, method, args, channel);
    case 'assistant.threads.setStatus':
      return setStatus(workspace, args);
    case 'assistant.threads.setSuggestedPrompts':
      return (args.prompts as unknown[]).length > 4 ? 'invalid_arguments' : {};
    case 'views.open':
      return openView(workspace, args);
    default:
      return 'unknown_method';
  }
}

function page<T>({ pageSize }: Workspace, all: readonly T[], args: Args) {
  const from = Number(String(args.cursor ?? '0').replace('c', ''));
  const items = all.slice(from, from + Math.min(pageSize, Number(args.limit ?? pageSize)));
  const next = from + items.length < all.length ? `c${from + items.length}` : '';
  return { items, response_metadata: { next_cursor: next } };
}

const publicUser = ({ team }: Workspace, user: SlackUser) => ({
  team_id: team,
  real_name: user.name,
  profile: { real_name: user.name },
  ...user,
});

const publicChannel = (channel: SlackChannel) => ({
  is_private: false,
  is_ext_shared: false,
  is_shared: channel.is_ext_shared === true,
  ...channel,
  members: undefined,
});

function replies({ messages }: Workspace, { id }: SlackChannel, { ts }: Args): Args {
  const found = messages.filter((m) => m.channel === id && m.only === undefined && (m.ts === ts || m.thread_ts === ts));
  return { messages: found.map((m) => ({ type: 'message', ...m })), has_more: false };
}

function post(workspace: Workspace, args: Args, channel: SlackChannel | undefined): Args | string {
  if (!channel) return 'channel_not_found';
  if (channel.is_archived) return 'is_archived';
  if (!channel.members.includes(BOT)) return 'not_in_channel';
  const problem = checkMessage(workspace, args);
  if (problem) return problem;
  const message = messageFrom(workspace, args);
  workspace.messages.push(message);
  return { channel: channel.id, ts: message.ts, message };
}

/** Only for who is there. */
function postEphemeral(workspace: Workspace, args: Args, channel: SlackChannel | undefined): Args | string {
  if (!channel?.members.includes(BOT)) return 'channel_not_found';
  if (!channel.members.includes(args.user as string)) return 'user_not_in_channel';
  const problem = checkMessage(workspace, args);
  if (problem) return problem;
  const message = messageFrom(workspace, args, { only: args.user as string });
  workspace.messages.push(message);
  return { message_ts: message.ts };
}

function update(workspace: Workspace, args: Args): Args | string {
  const message = workspace.messages.find((m) => m.channel === args.channel && m.ts === args.ts);
  if (!message) return 'message_not_found';
  if (message.stream && streamState(workspace, message) === 'streaming') return 'streaming_state_conflict';
  const problem = checkMessage(workspace, args);
  if (problem) return problem;
  if (String(args.text ?? '').length > 4_000) return 'msg_too_long';
  message.text = textOf({ text: args.text ?? '', blocks: args.blocks ?? [] });
  message.blocks = args.blocks ?? [];
  return { ts: message.ts };
}

/** A window, for who has just pressed something. */
function openView({ views }: Workspace, { trigger_id: trigger, view }: Args): Args | string {
  if (!trigger) return 'invalid_trigger';
  if (view.type !== 'modal' || String(view.title?.text ?? '').length > 24 || !(view.blocks?.length > 0))
    return 'invalid_arguments';
  const opened = { id: `V${views.length}`, ...view };
  views.push(opened);
  return { view: opened };
}

function setStatus({ streams, statuses }: Workspace, args: Args): Args | string {
  if (!streams) return 'unknown_method';
  const key = `${args.channel_id}:${args.thread_ts}`;
  const loading = (args.loading_messages ?? []) as string[];
  if (loading.length > 10 || loading.some((line) => line.length > 50)) return 'invalid_arguments';
  if (args.status === '') statuses.delete(key);
  else statuses.set(key, args.status as string);
  return {};
}
