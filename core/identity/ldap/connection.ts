import net, { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { Client } from 'ldapts';
import type { Context } from '../../context.ts';
import { isRefusedAddress } from '../../models/address.ts';
import { providerFailed } from '../providers/failure.ts';
import { guardedLookup } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import { agreeOnTls } from './start-tls.ts';

/** How long a directory may take to be reached, encryption included, and then for each answer, ms: somebody is waiting. */
const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 8_000;

/** Those that were told in the log that they send passwords unencrypted, once for each process. */
const warned = new Set<string>();

/**
 * A connection to one of a directory's servers, encrypted before anything is said on it. It never comes back by itself:
 * a second one would not be encrypted, and nobody would be signed in on it. @throws what `net` and `tls` throw, or AppError 'provider_failed'.
 */
export async function connect(
  ctx: Pick<Context, 'log'>,
  provider: Provider<'ldap'>,
  url: string,
): Promise<{ client: Client; close: () => void }> {
  const socket = await withinTime((signal) => openSocket(ctx, provider, new URL(url), signal));
  let taken = false;
  const createConnection = ((): Socket => {
    if (taken) throw Object.assign(new Error('The connection was lost'), { code: 'ECONNRESET' });
    taken = true;
    return socket;
  }) as typeof net.connect;
  // The socket is there already: all that the library reads of the address is that it need not encrypt itself.
  const client = new Client({ url: 'ldap://directory.invalid', createConnection, timeout: ANSWER_TIMEOUT_MS });
  return {
    client,
    close: () =>
      void client
        .unbind()
        .finally(() => socket.destroy())
        .catch(() => undefined),
  };
}

async function openSocket(
  ctx: Pick<Context, 'log'>,
  { id, settings }: Provider<'ldap'>,
  url: URL,
  signal: AbortSignal,
): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isRefusedAddress(host)) throw Object.assign(new Error('Address refused'), { code: 'ERR_ADDRESS_REFUSED' });
  const secure = url.protocol === 'ldaps:';
  if (!secure && !settings.startTls) {
    if (!settings.allowUnencrypted) throw providerFailed('misconfigured', 'ldap: without encryption is not allowed');
    if (!warned.has(id))
      ctx.log.warn(
        { part: 'sign-in', providerId: id, reason: 'unencrypted' },
        'passwords go to a directory unencrypted: use ldaps, or StartTLS',
      );
    warned.add(id);
  }
  const plain = net.connect({ host, port: Number(url.port || (secure ? 636 : 389)), lookup: guardedLookup });
  // Whoever waits hears of it elsewhere; without this an error that comes later would end the process.
  plain.on('error', () => {});
  signal.addEventListener('abort', () => plain.destroy(), { once: true });
  await opened(plain, 'connect');
  if (!secure && !settings.startTls) return plain;
  if (!secure) await agreeOnTls(plain);
  const encrypted = tls.connect({
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    minVersion: 'TLSv1.2',
    ca: settings.caCertificate ?? [...tls.getCACertificates('default'), ...tls.getCACertificates('system')],
  });
  encrypted.on('error', () => {});
  await opened(encrypted, 'secureConnect');
  return encrypted;
}

/** Waits for a socket; whatever breaks it before that is thrown. */
function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(Object.assign(new Error('The connection was closed'), { code: 'ECONNRESET' }));
    socket.once(event, () => {
      socket.off('error', reject).off('close', closed);
      resolve();
    });
    socket.once('error', reject).once('close', closed);
  });
}

const timeOut = () => Object.assign(new Error('The directory did not answer in time'), { name: 'TimeoutError' });

async function withinTime(open: (signal: AbortSignal) => Promise<Socket>): Promise<Socket> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), CONNECT_TIMEOUT_MS);
  const tooLate = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(timeOut()), { once: true });
  });
  try {
    return await Promise.race([open(late.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
