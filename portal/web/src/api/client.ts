import { paths } from 'virtual:calls';
import type * as contract from '../../../contract/index.ts';
import { eventsOf } from './events.ts';
import { ApiProblem, asProblem, problemOf } from './problem.ts';

type Contract = typeof contract;
export type CallName = {
  [Name in keyof Contract]: Contract[Name] extends contract.Call ? Name : never;
}[keyof Contract];
type CallOf<Name extends CallName> = Extract<Contract[Name], contract.Call>;

/** Only the parts that a call has: params, query and body, as the contract writes them. */
type Parts<Name extends CallName> = {
  [
    Part in keyof contract.Sent<CallOf<Name>> as contract.Sent<CallOf<Name>>[Part] extends undefined ? never : Part
  ]: contract.Sent<CallOf<Name>>[Part];
};
export type Given<Name extends CallName> = contract.Answered<CallOf<Name>>;
type Options = { signal?: AbortSignal | undefined };
type Arguments<Name extends CallName> = keyof Parts<Name> extends never
  ? [parts?: Record<string, never>, options?: Options]
  : [parts: Parts<Name>, options?: Options];

const BASE = '/api/v1';
let csrfToken = '';
let renewToken: (() => Promise<unknown>) | null = null;

/** The token that goes back with every change, and how to get a new one when the server refuses it. */
export function useCsrfToken(token: string, renew?: () => Promise<unknown>): void {
  csrfToken = token;
  if (renew) renewToken = renew;
}

/** The headers of a call that changes something and is not sent by `api` itself, such as an upload. */
export const changeHeaders = (): Record<string, string> => (csrfToken ? { 'X-CSRF-Token': csrfToken } : {});

/** Where a call goes, parameters and query filled in. */
export function addressOf(name: CallName, parts: { params?: unknown; query?: unknown } = {}): string {
  const params = (parts.params ?? {}) as Record<string, unknown>;
  const path = paths[name]![1].replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(params[key])));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries((parts.query ?? {}) as Record<string, string | number | boolean | null>))
    if (value !== undefined && value !== null && value !== '') query.set(key, String(value));
  return `${BASE}${path}${query.size > 0 ? `?${query}` : ''}`;
}

/**
 * Makes one call of the contract and gives its answer (undefined where it has none).
 * @throws ApiProblem with the server's code, or `offline` / `aborted`.
 */
export async function api<Name extends CallName>(name: Name, ...args: Arguments<Name>): Promise<Given<Name>> {
  const [parts = {}, options = {}] = args as [Record<string, unknown>?, Options?];
  const response = await send(name, parts, options);
  if (response.status === 204) return undefined as Given<Name>;
  const answer: unknown = await response.json().catch(() => {
    throw new ApiProblem('unreadable', response.status, '');
  });
  if (import.meta.env.DEV) await checkShape(name, answer);
  return answer as Given<Name>;
}

/**
 * Makes a call that answers with server-sent events. `onStart` gets the response's headers before the first event.
 * @throws ApiProblem before the first event, or `offline` when the connection breaks.
 */
export async function* events<Event>(
  name: CallName,
  parts: Record<string, unknown>,
  options: Options & { onStart?: (headers: Headers) => void } = {},
): AsyncGenerator<Event> {
  const response = await send(name, parts, options, 'text/event-stream');
  options.onStart?.(response.headers);
  if (!response.body) return;
  try {
    for await (const event of eventsOf(response.body)) yield event as Event;
  } catch (error) {
    throw asProblem(error);
  }
}

async function send(
  name: CallName,
  parts: Record<string, unknown>,
  options: Options,
  accept = 'application/json',
  again = true,
): Promise<Response> {
  const method = paths[name]![0];
  const hasBody = parts.body !== undefined;
  let response: Response;
  try {
    response = await fetch(addressOf(name, parts), {
      method,
      credentials: 'same-origin',
      signal: options.signal ?? null,
      headers: {
        Accept: accept,
        ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
        ...(method === 'GET' ? {} : changeHeaders()),
      },
      body: hasBody ? JSON.stringify(parts.body) : null,
    });
  } catch (error) {
    throw asProblem(error);
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.code === 'csrf' && again && renewToken) {
    await renewToken();
    return send(name, parts, options, accept, false);
  }
  throw problem;
}

/** While developing: the server's answer is held against the contract, and what differs is said aloud. */
async function checkShape(name: CallName, answer: unknown): Promise<void> {
  const all = await import('../../../contract/index.ts');
  const shape = (all[name] as contract.Call).answers;
  const checked = shape?.safeParse(answer);
  if (checked && !checked.success)
    reportError(new Error(`The answer of ${name} is not what the contract says`, { cause: checked.error }));
}
