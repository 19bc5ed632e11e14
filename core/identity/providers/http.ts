import http from 'node:http';
import https from 'node:https';
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isRefusedAddress } from '../../models/address.ts';

/** How long one call to a provider may take, ms: somebody is waiting in a browser. */
export const PROVIDER_TIMEOUT_MS = 10_000;
const LONGEST_BODY_BYTES = 4 * 1024 * 1024;

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxFreeSockets: 16 }),
  'https:': new https.Agent({ keepAlive: true, maxFreeSockets: 16 }),
};

type Call = Omit<RequestInit, 'body'> & { body?: unknown };

/**
 * A `fetch` for calls to identity providers: no redirect is followed, no link-local or metadata address reached, however a
 * name resolves, and a body has an end. What fails on the way keeps Node's code, such as ECONNREFUSED.
 */
export const providerFetch = async (input: string | URL | Request, init: Call = {}): Promise<Response> => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (isRefusedAddress(url.hostname.replace(/^\[|\]$/g, ''))) throw refused();
  const signal = AbortSignal.any([AbortSignal.timeout(PROVIDER_TIMEOUT_MS), ...(init.signal ? [init.signal] : [])]);
  const response = await send(url, init, signal);
  const status = response.statusCode ?? 0;
  const body = await read(response);
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return new Response([204, 205, 304].includes(status) ? null : new Uint8Array(body), { status, headers });
};

/** A connection that was kept may be closed there just now: what changes nothing is then asked once more, on a new one. */
async function send(url: URL, init: Call, signal: AbortSignal): Promise<http.IncomingMessage> {
  try {
    return await sendOnce(url, init, signal);
  } catch (error) {
    if (!(error instanceof Error && staleConnection in error) || (init.method ?? 'GET') !== 'GET') throw error;
    return sendOnce(url, init, signal);
  }
}

const staleConnection = Symbol('stale connection');

function sendOnce(url: URL, init: Call, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const body = bodyOf(init.body);
    const request = (secure ? https : http).request(url, {
      method: init.method ?? 'GET',
      headers: {
        ...(body instanceof URLSearchParams
          ? { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }
          : {}),
        ...Object.fromEntries(new Headers(init.headers)),
      },
      agent: agents[secure ? 'https:' : 'http:'],
      lookup: guardedLookup,
      signal,
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && error.code === 'ECONNRESET';
      reject(
        signal.aborted ? (signal.reason as Error) : stale ? Object.assign(error, { [staleConnection]: true }) : error,
      );
    });
    request.on('response', resolve);
    request.end(body === undefined ? undefined : String(body));
  });
}

function bodyOf(body: unknown): string | URLSearchParams | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return body;
  throw new TypeError('A call to a provider sends text or a form');
}

async function read(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_BODY_BYTES) throw failure('ERR_BODY_TOO_LARGE');
  }
  return Buffer.concat(chunks);
}

/** Resolves a name and refuses it when any of its addresses is one that no provider has. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    if (addresses.some(({ address }) => isRefusedAddress(address))) return callback(refused(), '');
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return first ? callback(null, first.address, first.family) : callback(failure('ENOTFOUND'), '');
  });
};

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });
const refused = () => failure('ERR_ADDRESS_REFUSED');
