import { cookieName, csrfTokenOf } from '../../portal/api/caller.ts';
import { startPortal } from '../../portal/main.ts';
import type { Context } from '../../core/context.ts';
import { createApiKey, type ApiKeyScope } from '../../core/identity/api-keys.ts';
import { openSession } from '../../core/identity/sessions.ts';
import type { TestPerson } from './company.ts';

export type Answer = { status: number; headers: Headers; body: any };

export type Client = {
  /** JSON in, JSON out; a path below /api/v1. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The response as it comes, for streams and files. */
  raw(
    method: string,
    path: string,
    init?: { body?: NonNullable<RequestInit['body']>; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>;
};

export type TestApi = {
  url: string;
  anonymous: Client;
  /** Signed in with a browser. */
  session(person: TestPerson): Promise<Client>;
  /** A program with a key of this person. */
  key(person: TestPerson, ...scopes: ApiKeyScope[]): Promise<Client>;
  stop(): Promise<void>;
};

/** The API on a free port, and clients that come in as a browser or as a program. */
export async function anApi(ctx: Context): Promise<TestApi> {
  const portal = await startPortal(ctx, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${portal.port}`;
  return {
    url,
    anonymous: clientWith(url, {}),
    async session(person) {
      const { token } = await openSession(ctx, person.id, { address: null, device: 'test' });
      return clientWith(url, {
        Cookie: `${cookieName(ctx.config.PUBLIC_URL)}=${token}`,
        'X-CSRF-Token': csrfTokenOf(token),
      });
    },
    async key(person, ...scopes) {
      const made = await createApiKey(ctx, {
        personId: person.id,
        name: 'test',
        scopes,
        days: 1,
        madeBy: 'command_line',
      });
      return clientWith(url, { Authorization: `Bearer ${made.key}` });
    },
    stop: () => portal.stop(),
  };
}

function clientWith(url: string, standing: Record<string, string>): Client {
  const raw: Client['raw'] = (method, path, init = {}) =>
    fetch(path.startsWith('/api') || !path.startsWith('/') ? new URL(path, url) : `${url}/api/v1${path}`, {
      method,
      redirect: 'manual',
      ...init,
      headers: { ...standing, ...init.headers },
    });
  return {
    raw,
    async call(method, path, body, headers = {}) {
      const response = await raw(method, path, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}

/** The events of a stream until it ends, or until `enough`. */
export async function eventsOf(response: Response, enough: (events: any[]) => boolean = () => false): Promise<any[]> {
  const events: any[] = [];
  let rest = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) if (block.startsWith('data: ')) events.push(JSON.parse(block.slice(6)));
    if (enough(events)) break;
  }
  return events;
}
