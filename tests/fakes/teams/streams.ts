import { Refused } from './limits.ts';
import type { Json, Stream, TeamsChat, Tenant } from './tenant.ts';

type Answer = { status: number; body: unknown };

/**
 * A piece of a message that grows: of one a chat at a time, in order, not faster than one a second, each text beginning with
 * the one before. @throws Refused with Teams' words otherwise.
 */
export function streamPiece(
  tenant: Tenant,
  chat: TeamsChat,
  conversationId: string,
  activity: Json,
  info: Json,
): Answer {
  const { streams, messages, violations } = tenant;
  if (chat.kind !== 'personal') throw new Refused(403, 'ContentStreamNotAllowed', 'Content stream is not allowed');
  const all = streams.get(conversationId) ?? [];
  streams.set(conversationId, all);
  const isFinal = info.streamType === 'final';
  if (activity.type !== (isFinal ? 'message' : 'typing')) throw new Refused(400, 'BadSyntax', 'wrong type of activity');
  if (!activity.text) throw new Refused(400, 'BadSyntax', 'a stream needs a text');
  if (!isFinal && (activity.channelData || activity.attachments || activity.entities.length > 1))
    violations.push('more than text on a piece of a stream');
  const stream = all.find(({ id }) => id === info.streamId) ?? begin(tenant, all, info);
  take(tenant, stream, activity.text as string, info);
  const known = messages.find(({ id }) => id === stream.id);
  const message = known ?? { id: stream.id, conversationId, activity, rewritten: 0, streamed: [] };
  message.activity = activity;
  message.streamed.push(`${info.streamType}:${activity.text}`);
  if (!known) messages.push(message);
  // Only the first tells its id.
  return stream.sequence === 1 ? { status: 201, body: { id: stream.id } } : { status: 202, body: {} };
}

function begin({ newId }: Tenant, all: Stream[], { streamId, streamType, streamSequence }: Json): Stream {
  if (streamId !== undefined) throw new Refused(404, 'NotFound', 'no such stream');
  if (streamType === 'final' || streamSequence !== 1)
    throw new Refused(400, 'BadSyntax', 'a stream begins with sequence 1');
  if (all.some(({ over }) => over === ''))
    throw new Refused(403, 'ContentStreamNotAllowed', 'Content stream is not allowed');
  const begun = { sequence: 0, text: '', startedAt: Date.now(), lastAt: Number.NEGATIVE_INFINITY, over: '' } as const;
  const stream: Stream = { id: newId(), ...begun };
  all.push(stream);
  return stream;
}

function take({ streamLifeMs, violations }: Tenant, stream: Stream, text: string, info: Json): void {
  const now = Date.now();
  const isFinal = info.streamType === 'final';
  const refuse = (message: string) => new Refused(403, 'ContentStreamNotAllowed', message);
  if (now - stream.startedAt > streamLifeMs && stream.over === '') stream.over = 'time';
  if (stream.over === 'stopped') throw refuse('Content stream was canceled by user.');
  if (stream.over === 'time') throw refuse('Content stream finished due to exceeded streaming time.');
  if (stream.over === 'final') throw refuse('Content stream is not allowed on an already completed streamed message.');
  if (!isFinal && now - stream.lastAt < 950) {
    violations.push('pieces of a stream faster than one a second');
    throw new Refused(429, 'TooManyRequests', 'API calls quota exceeded', 1);
  }
  if (isFinal ? info.streamSequence !== undefined : info.streamSequence !== stream.sequence + 1)
    throw new Refused(412, 'ContentStreamSequenceOrderPreConditionFailed', 'out of order');
  if (info.streamType === 'informative') {
    if (text.length > 1_000) throw new Refused(400, 'BadSyntax', 'informative is too long');
    if (stream.text !== '') violations.push('informative after text');
  } else {
    if (!text.startsWith(stream.text))
      throw refuse('Request streamed content should contain the previously streamed content');
    stream.text = text;
  }
  stream.lastAt = now;
  stream.sequence += 1;
  if (isFinal) stream.over = 'final';
}
