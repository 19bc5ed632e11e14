import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerCall, type Call } from './connector.ts';
import { Refused } from './limits.ts';
import { TENANT, type Json, type Tenant, type Trouble } from './tenant.ts';
import { OUR_TOKEN, type Keys } from './tokens.ts';

/** Teams' side of HTTP: the keys of its tokens below /openid, the Bot Connector with the bot's token, and the troubles set. */
export const teamsServer = (tenant: Tenant, keys: Keys): Server =>
  createServer((request, response) => void serve(tenant, keys, request, response));

async function serve(tenant: Tenant, keys: Keys, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', tenant.origin);
  const json = (status: number, value: unknown, headers: Record<string, string> = {}) =>
    void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
  const published = openId(tenant, keys, url.pathname);
  if (published) return json(200, published);
  const call: Call = {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname.replace(`/amer/${TENANT}/`, '/')),
    query: url.searchParams,
    body: await bodyOf(request),
  };
  tenant.calls.push({ method: call.method, path: call.path, at: Date.now(), body: call.body });
  try {
    if (request.headers.authorization !== `Bearer ${OUR_TOKEN}`) throw new Refused(401, 'Unauthorized', 'no token');
    const trouble = troubleFor(tenant, call);
    if (trouble?.hang) return;
    const answer = trouble ? makeTrouble(trouble) : answerCall(tenant, call);
    json(answer.status, answer.body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, code, message, retryAfter } = error.answer;
    json(status, { error: { code, message } }, retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) });
  }
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return (text === '' ? {} : JSON.parse(text)) as Json;
}

function openId({ origin }: Tenant, { good, skype, foreign }: Keys, path: string): Json | null {
  switch (path) {
    case '/openid/configuration':
      return { issuer: 'https://api.botframework.com', jwks_uri: `${origin}/openid/keys` };
    case '/openid/keys':
      return { keys: [good.jwk, skype.jwk] };
    case '/openid/emulator':
      return { jwks_uri: `${origin}/openid/emulator-keys` };
    case '/openid/emulator-keys':
      return { keys: [foreign.jwk] };
    default:
      return null;
  }
}

function troubleFor({ troubles }: Tenant, { method, path }: Call): Trouble | undefined {
  const trouble = troubles.find((one) => one.left > 0 && one.method.test(method) && one.path.test(path));
  if (trouble) trouble.left -= 1;
  return trouble;
}

function makeTrouble({ body, status = 500, code = 'ServiceError', message = 'trouble', retryAfter }: Trouble) {
  if (body !== undefined) return { status: 200, body };
  throw new Refused(status, code, message, retryAfter);
}
