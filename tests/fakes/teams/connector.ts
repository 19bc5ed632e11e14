import { checkActivity, Refused, throttle } from './limits.ts';
import { streamPiece } from './streams.ts';
import { BOT_ID, personalOf, TENANT, type Json, type TeamsChat, type Tenant } from './tenant.ts';

type Answer = { status: number; body: unknown };
export type Call = { method: string; path: string; query: URLSearchParams; body: Json };

/** What the Bot Connector answers to a call of its API. @throws Refused */
export function answerCall(tenant: Tenant, { method, path, query, body }: Call): Answer {
  const { chats, messages, violations } = tenant;
  if (method === 'POST' && path === '/v3/conversations') return { status: 201, body: open(tenant, body) };
  const match = /^\/v3\/conversations\/([^/]+)\/(activities|members|pagedmembers)(?:\/([^/]+))?$/.exec(path);
  if (!match) throw new Refused(404, 'NotFound', path);
  const [, conversationId = '', what, id] = match;
  const chat = chats.get(conversationId.split(';')[0]!);
  if (!chat) throw new Refused(404, 'ConversationNotFound', 'no such conversation');
  if (method === 'GET' && what === 'members' && id) return { status: 200, body: rowOf(tenant, chat, id) };
  if (method === 'GET' && what === 'pagedmembers') return { status: 200, body: page(tenant, chat, query) };
  if (method === 'GET' && what === 'members') violations.push('asked for members without pages');
  if (method === 'POST' && what === 'activities' && id && !messages.some((one) => one.id === id))
    violations.push('answered an activity that never was');
  if (method === 'POST' && what === 'activities') return write(tenant, chat, conversationId, body);
  if (method === 'PUT' && what === 'activities' && id)
    return { status: 200, body: rewrite(tenant, conversationId, id, body) };
  throw new Refused(405, 'MethodNotAllowed', path);
}

function open({ users }: Tenant, body: Json): Json {
  const user = users.get(body.members?.[0]?.id);
  if (
    !user ||
    body.isGroup !== false ||
    body.bot?.id !== BOT_ID ||
    body.tenantId !== TENANT ||
    body.channelData?.tenant?.id !== TENANT
  )
    throw new Refused(400, 'BadArgument', 'incomplete');
  if (!user.installed) throw new Refused(403, 'BotNotInConversationRoster', 'the bot is not part of the roster');
  return { id: personalOf(user.id) };
}

function rowOf({ users }: Tenant, chat: TeamsChat, id: string): Json {
  const user = users.get(id);
  if (!user || !chat.members.includes(id)) throw new Refused(404, 'MemberNotFoundInConversation', 'no such member');
  return {
    id: user.id,
    name: user.name,
    // One of two names for the same, as the real one does.
    ...(chat.kind === 'personal' ? { aadObjectId: user.objectId } : { objectId: user.objectId }),
    userPrincipalName: user.signInName,
    tenantId: user.tenantId,
    userRole: user.userRole ?? 'user',
  };
}

function page(tenant: Tenant, chat: TeamsChat, query: URLSearchParams): Json {
  const asked = Number(query.get('pageSize'));
  if (!(asked >= 50 && asked <= 500)) throw new Refused(400, 'BadArgument', 'pageSize must be 50 to 500');
  const from = Number(query.get('continuationToken') ?? 0);
  const to = from + tenant.pageSize;
  return {
    members: chat.members.slice(from, to).map((id) => rowOf(tenant, chat, id)),
    ...(to < chat.members.length ? { continuationToken: String(to) } : {}),
  };
}

function write(tenant: Tenant, chat: TeamsChat, conversationId: string, activity: Json): Answer {
  if (chat.kind === 'personal' && !tenant.users.get(chat.members[0]!)?.installed)
    throw new Refused(403, 'MessageWritesBlocked', 'the user blocked the bot');
  throttle(tenant, conversationId);
  checkActivity(tenant, activity);
  const stream = (activity.entities ?? []).find(({ type }: Json) => type === 'streaminfo');
  if (stream) return streamPiece(tenant, chat, conversationId, activity, stream);
  if (activity.type === 'typing') return { status: 202, body: {} };
  const id = tenant.newId();
  tenant.messages.push({ id, conversationId, activity, rewritten: 0, streamed: [] });
  return { status: 201, body: { id } };
}

function rewrite(tenant: Tenant, conversationId: string, id: string, activity: Json): Json {
  const message = tenant.messages.find((one) => one.id === id && one.conversationId === conversationId);
  if (!message) throw new Refused(404, 'ActivityNotFoundInConversation', 'no such activity');
  const stream = tenant.streams.get(conversationId)?.find((one) => one.id === id);
  if (stream?.over === '') throw new Refused(400, 'BadSyntax', 'this is still a stream');
  throttle(tenant, conversationId);
  checkActivity(tenant, activity);
  message.activity = activity;
  message.rewritten += 1;
  return { id };
}
