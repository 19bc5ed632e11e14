import { createSign, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceClientCredentialsFactory } from 'botframework-connector';
import type { Cloud } from '../../bots/teams/cloud.ts';

export const APP_ID = '11111111-2222-4333-8444-555555555555';
export const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
export const OTHER_TENANT = 'bbbbbbbb-0000-4000-8000-000000000002';
export const BOT_ID = `28:${APP_ID}`;
const OUR_TOKEN = 'the-bots-own-token';

export type TeamsUser = {
  id: string;
  name: string;
  objectId?: string;
  signInName?: string;
  tenantId?: string;
  userRole?: string;
  /** Has added the bot, so that it may write first. */
  installed?: boolean;
};

export type TeamsChat = {
  id: string;
  kind: 'personal' | 'groupChat' | 'channel';
  members: string[];
  name?: string;
  /** Everybody of the team, whether in this channel or not: what the bot must not ask for. */
  team?: string[];
};

type Json = Record<string, any>;
export type TeamsMessage = {
  id: string;
  conversationId: string;
  activity: Json;
  rewritten: number;
  streamed: string[];
};

type Stream = {
  id: string;
  sequence: number;
  text: string;
  startedAt: number;
  lastAt: number;
  over: '' | 'final' | 'stopped' | 'time';
};
type Trouble = {
  left: number;
  method: RegExp;
  path: RegExp;
  status?: number;
  code?: string;
  message?: string;
  retryAfter?: number;
  hang?: boolean;
  body?: unknown;
};

const LIMITS = [
  { most: 7, ms: 1_000 },
  { most: 8, ms: 2_000 },
  { most: 60, ms: 30_000 },
];

class Refused extends Error {
  readonly answer: { status: number; code: string; message: string; retryAfter?: number };
  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.answer = { status, code, message, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
}

export type FakeTeams = ReturnType<typeof build> & { close(): Promise<void> };

/**
 * A Bot Connector as strict as the real one where the local playground is not: tokens both ways from keys of its own, streams
 * with their sequence, pace, age and text, pages of members, limits of rate and size, who may be written to. `violations`:
 * what the real one would swallow or break at without a word.
 */
export async function startFakeTeams(): Promise<FakeTeams> {
  const teams = build();
  const server = createServer((request, response) => void teams.serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  teams.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(teams, {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function build() {
  const keys = { good: newKey(['msteams']), skype: newKey(['skype']), foreign: newKey([]) };
  const users = new Map<string, TeamsUser>();
  const chats = new Map<string, TeamsChat>();
  const messages: TeamsMessage[] = [];
  const calls: { method: string; path: string; at: number; body: Json }[] = [];
  const streams = new Map<string, Stream[]>();
  const sentAt = new Map<string, number[]>();
  const troubles: Trouble[] = [];
  const violations: string[] = [];
  let serial = 1_700_000_000_000;

  const teams = {
    origin: '',
    /** Where deliveries go. */
    botUrl: '',
    /** How many members a page has, whatever was asked for. */
    pageSize: 2,
    streamLifeMs: 120_000,
    users,
    chats,
    messages,
    calls,
    violations,
    get serviceUrl() {
      return `${teams.origin}/amer/${TENANT}/`;
    },
    get cloud(): Cloud {
      return {
        openIdMetadataUrl: `${teams.origin}/openid/configuration`,
        emulatorOpenIdMetadataUrl: `${teams.origin}/openid/emulator`,
        issuer: 'https://api.botframework.com',
        serviceOrigins: [teams.origin],
        credentials: ourCredentials(),
      };
    },
    addUser(user: TeamsUser) {
      users.set(user.id, {
        objectId: randomUUID(),
        signInName: `${user.id}@acme.test`,
        tenantId: TENANT,
        installed: true,
        ...user,
      });
      chats.set(personalOf(user.id), { id: personalOf(user.id), kind: 'personal', members: [user.id] });
    },
    addChat: (chat: TeamsChat) => void chats.set(chat.id, chat),
    personalOf,
    trouble(trouble: Omit<Trouble, 'left'>, times = 1) {
      troubles.push({ ...trouble, left: times });
    },
    untrouble: () => void troubles.splice(0),
    /** What stands in a conversation, threads of a channel apart. */
    said: (conversationId: string) => messages.filter((message) => message.conversationId === conversationId),
    textIn: (conversationId: string) =>
      messages
        .filter((message) => message.conversationId.split(';')[0] === conversationId.split(';')[0])
        .map(({ activity }) => activity.text)
        .join('\n'),
    stopStream(conversationId: string) {
      for (const stream of streams.get(conversationId) ?? []) if (!stream.over) stream.over = 'stopped';
    },
    openStreams: () => [...streams.values()].flat().filter(({ over }) => over === ''),
    newId: () => String((serial += 1)),
    token,
    activityOf,
    deliver,
    /** A person writes. Gives the activity that was delivered. */
    async say(given: { user: string; chat?: string; text: string; mention?: boolean }): Promise<Json> {
      const activity = activityOf(given);
      const response = await deliver(activity);
      if (response.status !== 200) throw new Error(`the bot answered ${response.status}`);
      return activity;
    },
    serve,
  };
  return teams;

  function personalOf(userId: string): string {
    return `a:personal-${userId}`;
  }

  function activityOf({
    user,
    chat,
    text,
    mention = true,
  }: {
    user: string;
    chat?: string;
    text: string;
    mention?: boolean;
  }): Json {
    const from = users.get(user);
    if (!from) throw new Error(`no user ${user}`);
    const conversationId = chat ?? personalOf(user);
    const place = chats.get(conversationId.split(';')[0]!);
    if (!place) throw new Error(`no chat ${conversationId}`);
    const marked = place.kind === 'personal' || !mention ? text : `<at>Gatehouse</at> ${text}`;
    const id = teams.newId();
    return {
      type: 'message',
      id,
      timestamp: new Date(Number(id)).toISOString(),
      channelId: 'msteams',
      serviceUrl: teams.serviceUrl,
      from: { id: from.id, name: from.name, ...(from.objectId ? { aadObjectId: from.objectId } : {}) },
      recipient: { id: BOT_ID, name: 'Gatehouse' },
      conversation: {
        id:
          place.kind === 'channel' && !conversationId.includes(';')
            ? `${conversationId};messageid=${id}`
            : conversationId,
        conversationType: place.kind,
        tenantId: TENANT,
        ...(place.kind === 'personal' ? {} : { isGroup: true }),
        ...(place.kind === 'groupChat' && place.name ? { name: place.name } : {}),
      },
      text: marked,
      textFormat: 'plain',
      attachments: [{ contentType: 'text/html', content: `<p>${marked}</p>` }],
      entities: [
        { type: 'clientInfo', locale: 'en-GB', country: 'GB', platform: 'Web' },
        ...(marked === text
          ? []
          : [{ type: 'mention', text: '<at>Gatehouse</at>', mentioned: { id: BOT_ID, name: 'Gatehouse' } }]),
      ],
      channelData: {
        tenant: { id: TENANT },
        ...(place.kind === 'channel'
          ? { channel: { id: place.id, name: place.name ?? 'General' }, team: { id: '19:team@thread.tacv2' } }
          : {}),
      },
      locale: 'en-GB',
    };
  }

  function token(
    claims: Json = {},
    { key = 'good', alg = 'RS256' }: { key?: keyof typeof keys; alg?: 'RS256' | 'none' } = {},
  ): string {
    const now = Math.floor(Date.now() / 1_000);
    const part = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = `${part({ typ: 'JWT', alg, kid: keys[key].kid })}.${part({
      iss: 'https://api.botframework.com',
      aud: APP_ID,
      serviceurl: teams.serviceUrl,
      nbf: now - 10,
      exp: now + 600,
      ...claims,
    })}`;
    return `${body}.${alg === 'none' ? '' : createSign('RSA-SHA256').update(body).sign(keys[key].privateKey, 'base64url')}`;
  }

  function deliver(
    activity: Json,
    given: { authorization?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const { authorization = `Bearer ${token()}`, headers = {} } = given;
    return fetch(teams.botUrl, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...headers,
      },
      body: JSON.stringify(activity),
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', teams.origin);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = (text === '' ? {} : JSON.parse(text)) as Json;
    const json = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (url.pathname === '/openid/configuration')
      return void json(200, { issuer: 'https://api.botframework.com', jwks_uri: `${teams.origin}/openid/keys` });
    if (url.pathname === '/openid/emulator')
      return void json(200, { jwks_uri: `${teams.origin}/openid/emulator-keys` });
    if (url.pathname === '/openid/emulator-keys') return void json(200, { keys: [keys.foreign.jwk] });
    if (url.pathname === '/openid/keys') return void json(200, { keys: [keys.good, keys.skype].map(({ jwk }) => jwk) });
    const path = decodeURIComponent(url.pathname.replace(`/amer/${TENANT}/`, '/'));
    const method = request.method ?? 'GET';
    calls.push({ method, path, at: Date.now(), body });
    try {
      if (request.headers.authorization !== `Bearer ${OUR_TOKEN}`) throw new Refused(401, 'Unauthorized', 'no token');
      const trouble = troubles.find((one) => one.left > 0 && one.method.test(method) && one.path.test(path));
      if (trouble) {
        trouble.left -= 1;
        if (trouble.hang) return;
        if (trouble.body !== undefined) return void json(200, trouble.body);
        throw new Refused(
          trouble.status ?? 500,
          trouble.code ?? 'ServiceError',
          trouble.message ?? 'trouble',
          trouble.retryAfter,
        );
      }
      const answer = route(method, path, url.searchParams, body);
      json(answer.status, answer.body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { status, code, message, retryAfter } = error.answer;
      json(status, { error: { code, message } }, retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) });
    }
  }

  function route(method: string, path: string, query: URLSearchParams, body: Json): { status: number; body: unknown } {
    if (method === 'POST' && path === '/v3/conversations') return { status: 201, body: open(body) };
    const match = /^\/v3\/conversations\/([^/]+)\/(activities|members|pagedmembers)(?:\/([^/]+))?$/.exec(path);
    if (!match) throw new Refused(404, 'NotFound', path);
    const [, conversationId = '', what, id] = match;
    const chat = chats.get(conversationId.split(';')[0]!);
    if (!chat) throw new Refused(404, 'ConversationNotFound', 'no such conversation');
    if (method === 'GET' && what === 'members' && id) return { status: 200, body: rowOf(chat, id) };
    if (method === 'GET' && what === 'pagedmembers') return { status: 200, body: page(chat, query) };
    if (method === 'GET' && what === 'members') violations.push('asked for members without pages');
    if (method === 'POST' && what === 'activities' && id && !messages.some((one) => one.id === id))
      violations.push('answered an activity that never was');
    if (method === 'POST' && what === 'activities') return write(chat, conversationId, body);
    if (method === 'PUT' && what === 'activities' && id)
      return { status: 200, body: rewrite(conversationId, id, body) };
    throw new Refused(405, 'MethodNotAllowed', path);
  }

  function open(body: Json): Json {
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

  function rowOf(chat: TeamsChat, id: string): Json {
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

  function page(chat: TeamsChat, query: URLSearchParams): Json {
    const asked = Number(query.get('pageSize'));
    if (!(asked >= 50 && asked <= 500)) throw new Refused(400, 'BadArgument', 'pageSize must be 50 to 500');
    const from = Number(query.get('continuationToken') ?? 0);
    const to = from + teams.pageSize;
    return {
      members: chat.members.slice(from, to).map((id) => rowOf(chat, id)),
      ...(to < chat.members.length ? { continuationToken: String(to) } : {}),
    };
  }

  function throttle(conversationId: string): void {
    const now = Date.now();
    const sent = (sentAt.get(conversationId) ?? []).filter((at) => now - at < 30_000);
    if (LIMITS.some(({ most, ms }) => sent.filter((at) => now - at < ms).length >= most)) {
      violations.push(`more than allowed was written into ${conversationId}`);
      throw new Refused(429, 'TooManyRequests', 'slow down', 1);
    }
    sentAt.set(conversationId, [...sent, now]);
  }

  function write(chat: TeamsChat, conversationId: string, activity: Json): { status: number; body: unknown } {
    if (chat.kind === 'personal' && !users.get(chat.members[0]!)?.installed)
      throw new Refused(403, 'MessageWritesBlocked', 'the user blocked the bot');
    throttle(conversationId);
    check(activity);
    const stream = (activity.entities ?? []).find(({ type }: Json) => type === 'streaminfo');
    if (stream) return streamPiece(chat, conversationId, activity, stream);
    if (activity.type === 'typing') return { status: 202, body: {} };
    const id = teams.newId();
    messages.push({ id, conversationId, activity, rewritten: 0, streamed: [] });
    return { status: 201, body: { id } };
  }

  function streamPiece(
    chat: TeamsChat,
    conversationId: string,
    activity: Json,
    info: Json,
  ): { status: number; body: unknown } {
    if (chat.kind !== 'personal') throw new Refused(403, 'ContentStreamNotAllowed', 'Content stream is not allowed');
    const all = streams.get(conversationId) ?? [];
    streams.set(conversationId, all);
    const isFinal = info.streamType === 'final';
    if (activity.type !== (isFinal ? 'message' : 'typing'))
      throw new Refused(400, 'BadSyntax', 'wrong type of activity');
    if (!activity.text) throw new Refused(400, 'BadSyntax', 'a stream needs a text');
    if (!isFinal && (activity.channelData || activity.attachments || activity.entities.length > 1))
      violations.push('more than text on a piece of a stream');
    const now = Date.now();
    let stream = all.find(({ id }) => id === info.streamId);
    if (!stream) {
      if (info.streamId !== undefined) throw new Refused(404, 'NotFound', 'no such stream');
      if (isFinal || info.streamSequence !== 1) throw new Refused(400, 'BadSyntax', 'a stream begins with sequence 1');
      if (all.some(({ over }) => over === ''))
        throw new Refused(403, 'ContentStreamNotAllowed', 'Content stream is not allowed');
      stream = { id: teams.newId(), sequence: 0, text: '', startedAt: now, lastAt: Number.NEGATIVE_INFINITY, over: '' };
      all.push(stream);
    }
    const refuse = (message: string) => new Refused(403, 'ContentStreamNotAllowed', message);
    if (now - stream.startedAt > teams.streamLifeMs && stream.over === '') stream.over = 'time';
    if (stream.over === 'stopped') throw refuse('Content stream was canceled by user.');
    if (stream.over === 'time') throw refuse('Content stream finished due to exceeded streaming time.');
    if (stream.over === 'final')
      throw refuse('Content stream is not allowed on an already completed streamed message.');
    if (!isFinal && now - stream.lastAt < 950) {
      violations.push('pieces of a stream faster than one a second');
      throw new Refused(429, 'TooManyRequests', 'API calls quota exceeded', 1);
    }
    if (isFinal ? info.streamSequence !== undefined : info.streamSequence !== stream.sequence + 1)
      throw new Refused(412, 'ContentStreamSequenceOrderPreConditionFailed', 'out of order');
    if (info.streamType === 'informative') {
      if (activity.text.length > 1_000) throw new Refused(400, 'BadSyntax', 'informative is too long');
      if (stream.text !== '') violations.push('informative after text');
    } else {
      if (!activity.text.startsWith(stream.text))
        throw refuse('Request streamed content should contain the previously streamed content');
      stream.text = activity.text;
    }
    stream.lastAt = now;
    stream.sequence += 1;
    const known = messages.find(({ id }) => id === stream.id);
    const message = known ?? { id: stream.id, conversationId, activity, rewritten: 0, streamed: [] };
    message.activity = activity;
    message.streamed.push(`${info.streamType}:${activity.text}`);
    if (!known) messages.push(message);
    if (isFinal) stream.over = 'final';
    // Only the first tells its id.
    return stream.sequence === 1 ? { status: 201, body: { id: stream.id } } : { status: 202, body: {} };
  }

  function rewrite(conversationId: string, id: string, activity: Json): Json {
    const message = messages.find((one) => one.id === id && one.conversationId === conversationId);
    if (!message) throw new Refused(404, 'ActivityNotFoundInConversation', 'no such activity');
    const stream = streams.get(conversationId)?.find((one) => one.id === id);
    if (stream?.over === '') throw new Refused(400, 'BadSyntax', 'this is still a stream');
    throttle(conversationId);
    check(activity);
    message.activity = activity;
    message.rewritten += 1;
    return { id };
  }

  /** What Teams takes and shows wrongly, or not at all. */
  function check(activity: Json): void {
    if (JSON.stringify(activity).length * 2 > 100_000) throw new Refused(413, 'MessageSizeTooBig', 'too large');
    const bad = (what: string) => violations.push(what);
    if (/<at>/i.test(activity.text ?? '')) bad('mentions somebody');
    const roots = (activity.entities ?? []).filter(({ type }: Json) => type === 'https://schema.org/Message');
    if (roots.length > 1) bad('more than one root entity');
    for (const root of roots) {
      if (root['@type'] !== 'Message' || root['@context'] !== 'https://schema.org' || root['@id'] !== '')
        bad('root entity is not whole');
      if ((root.citation ?? []).length > 10) bad('more than ten citations');
      for (const { '@type': type, position, appearance } of root.citation ?? []) {
        if (type !== 'Claim' || appearance?.['@type'] !== 'DigitalDocument') bad('citation is not whole');
        if (!appearance.name || appearance.name.length > 80) bad('name of a citation');
        if (!appearance.abstract || appearance.abstract.length > 160) bad('abstract of a citation');
        if (appearance.text !== undefined || appearance.encodingFormat !== undefined) bad('field that breaks streams');
        if (
          (appearance.keywords ?? []).length > 3 ||
          (appearance.keywords ?? []).some((word: string) => word.length > 28)
        )
          bad('keywords');
        if (!String(activity.text).includes(`[${position}]`)) bad('citation without its number in the text');
      }
    }
  }
}

function newKey(endorsements: string[]): { kid: string; jwk: Json; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', endorsements } };
}

/** Stands for Entra, which gives the bot its tokens over https only. */
function ourCredentials(): ServiceClientCredentialsFactory {
  const sign = async (request: { headers: { set(name: string, value: string): void } }) => {
    request.headers.set('authorization', `Bearer ${OUR_TOKEN}`);
    return request;
  };
  return {
    isValidAppId: async (id: string) => id === APP_ID,
    isAuthenticationDisabled: async () => false,
    createCredentials: async () => ({ signRequest: sign }),
  } as unknown as ServiceClientCredentialsFactory;
}
