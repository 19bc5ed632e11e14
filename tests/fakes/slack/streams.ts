import { checkBlocks, MARKDOWN_LIMIT, noteCallsOfPeople } from './limits.ts';
import { messageFrom, type Args, type SlackChannel, type SlackMessage, type Workspace } from './workspace.ts';

/** What became of a message's stream: an old one expires by itself. */
export function streamState(workspace: Workspace, { stream }: SlackMessage) {
  if (stream?.state === 'streaming' && Date.now() - stream.startedAt > workspace.streamLifeMs) stream.state = 'expired';
  return stream?.state;
}

/** `chat.startStream`, `chat.appendStream`, `chat.stopStream`: with recipients, state and age. A refusal is its word. */
export function stream(
  workspace: Workspace,
  method: string,
  args: Args,
  channel: SlackChannel | undefined,
): Args | string {
  const { messages, violations } = workspace;
  if (!workspace.streams) return 'unknown_method';
  if (!channel) return 'channel_not_found';
  const added = String(args.markdown_text ?? '');
  if (added.length > MARKDOWN_LIMIT) return 'msg_too_long';
  noteCallsOfPeople(violations, added);
  if (method === 'chat.startStream') {
    if (!args.thread_ts) return 'invalid_arguments';
    if (!channel.is_im && (!args.recipient_user_id || !args.recipient_team_id)) return 'missing_recipient_user_id';
    const begun = { state: 'streaming', startedAt: Date.now(), pieces: 1 } as const;
    const message = messageFrom(workspace, { ...args, text: added }, { stream: { ...begun } });
    messages.push(message);
    return { channel: channel.id, ts: message.ts };
  }
  const message = messages.find((m) => m.channel === channel.id && m.ts === args.ts);
  if (!message?.stream) return 'message_not_found';
  if (workspace.stopStreams) return 'stopped_by_user';
  if (streamState(workspace, message) !== 'streaming') return 'message_not_in_streaming_state';
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
