import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { checkMessage } from './limits.ts';
import { answerCall } from './web-api.ts';
import { BOT, BOT_TOKEN, type Args, type Workspace } from './workspace.ts';

/** Slack's side of HTTP: /api/… with the bot's token, /response/… for the address of a command, and the troubles set. */
export const slackServer = (workspace: Workspace): Server =>
  createServer((request, response) => void serve(workspace, request, response));

async function serve(workspace: Workspace, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await bodyOf(request);
  const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const path = (request.url ?? '').split('?')[0]!;
  if (path.startsWith('/response/')) {
    const problem = respond(workspace, path, JSON.parse(text) as Args);
    return problem ? json(400, { ok: false, error: problem }) : void response.writeHead(200).end('ok');
  }
  const method = path.replace('/api/', '');
  const args = parseArgs(text, request.headers['content-type'] ?? '');
  workspace.calls.push({ method, args, at: Date.now() });
  if (request.headers.authorization !== `Bearer ${BOT_TOKEN}`) return json(200, { ok: false, error: 'invalid_auth' });
  const trouble = workspace.troubles.find(
    (one) => one.method === method && one.left > 0 && (one.user === undefined || one.user === args.user),
  );
  if (trouble) {
    trouble.left -= 1;
    if (trouble.takeFirst) answerCall(workspace, method, args);
    if (trouble.retryAfter !== undefined)
      return json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(trouble.retryAfter) });
    if (trouble.status === 0) return void request.socket.destroy();
    if (trouble.status !== undefined) return json(trouble.status, {});
    return json(200, { ok: false, error: trouble.error });
  }
  const answer = answerCall(workspace, method, args);
  json(200, typeof answer === 'string' ? { ok: false, error: answer } : { ok: true, ...answer });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What is said to the address of a command, which only who typed it sees. */
function respond(workspace: Workspace, path: string, args: Args): string | null {
  const [, , channel = '', user = ''] = path.split('/');
  workspace.calls.push({ method: 'response_url', args, at: Date.now() });
  const problem = checkMessage(workspace, args);
  if (problem) return problem;
  const { text = '', blocks = [] } = args;
  workspace.messages.push({ channel, ts: workspace.newTs(), user: BOT, text, blocks, only: user });
  return null;
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
