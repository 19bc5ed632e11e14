import dns from 'node:dns/promises';
import net, { isIP, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { isRefusedAddress } from '../../models/address.ts';
import { connectionCode } from '../providers/failure.ts';
import { guardedLookup } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import { passed, warned, type TrialStep } from '../providers/trial.ts';
import { agreeOnTls } from './start-tls.ts';
import { stepped, type Stepped } from './steps.ts';

/** How long each part of the way to a server may take, ms: an administrator is waiting. */
const PART_TIMEOUT_MS = 5_000;

/** How early the end of a certificate is told of, ms. */
const SOON_MS = 30 * 24 * 3_600_000;

/**
 * Walks the way to one of a directory's servers: its name, the connection, the encryption with whatever certificate it shows,
 * and closes it. Nothing is said on it but the wish to encrypt, and no certificate need be right: this is to see what is wrong.
 */
export async function walkTo(
  { settings }: Provider<'ldap'>,
  address: string,
  now: Date,
): Promise<readonly TrialStep[]> {
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'ldaps:';
  const steps: Stepped = stepped();
  const resolved = await steps.step(
    'resolve',
    async () => {
      const found = isIP(host) === 0 ? await lookedUp(host) : [{ address: host }];
      if (found.some((each) => isRefusedAddress(each.address))) throw coded('ERR_ADDRESS_REFUSED');
      return passed('resolve', `${host}: ${found.map((each) => each.address).join(', ')}`);
    },
    (error) => (connectionCode(error) === 'ERR_ADDRESS_REFUSED' ? 'address_refused' : 'name_not_found'),
  );
  if (!resolved) return steps.taken;
  const port = Number(url.port || (secure ? 636 : 389));
  let plain: Socket | null = null;
  try {
    const reached = await steps.step(
      'reach',
      async () => {
        plain = net.connect({ host, port, lookup: guardedLookup });
        await event(plain, 'connect');
        return passed('reach', `${plain.remoteAddress ?? host}:${port}`);
      },
      (error) => (connectionCode(error) === 'ECONNREFUSED' ? 'nothing_listens' : 'not_reached'),
    );
    if (!reached || plain === null) return steps.taken;
    const socket: Socket = plain;
    if (!secure && !settings.startTls) {
      steps.taken.push(
        settings.allowUnencrypted
          ? warned('encrypt', 'unencrypted')
          : { ...warned('encrypt', 'unencrypted_not_allowed'), outcome: 'failed' },
      );
      return steps.taken;
    }
    await steps.step(
      'encrypt',
      async () => {
        if (!secure) await inTime(agreeOnTls(socket), socket);
        const encrypted = tls.connect({
          socket,
          host,
          ...(isIP(host) === 0 ? { servername: host } : {}),
          minVersion: 'TLSv1.2',
          ca: settings.caCertificate ?? [...tls.getCACertificates('default'), ...tls.getCACertificates('system')],
          // Looked at and closed: whoever signs in does so on another connection, which insists.
          rejectUnauthorized: false,
        });
        await event(encrypted, 'secureConnect');
        return judged(encrypted, now);
      },
      () => (secure ? 'no_tls' : 'no_start_tls'),
    );
    return steps.taken;
  } finally {
    (plain as Socket | null)?.destroy();
  }
}

/** Whether a certificate can be believed, and what it says of itself. */
function judged(socket: TLSSocket, now: Date): TrialStep {
  const { subject, issuer, valid_to: until } = socket.getPeerCertificate();
  const said = [
    socket.getProtocol() ?? '',
    `subject ${nameIn(subject)}`,
    `issuer ${nameIn(issuer)}`,
    `until ${until === undefined ? '?' : new Date(until).toISOString().slice(0, 10)}`,
  ].join('; ');
  if (!socket.authorized) {
    // Typed as an error, given as a word.
    const code = String(socket.authorizationError);
    return { ...warned('encrypt', CERTIFICATE[code] ?? 'certificate_unknown', `${said}; ${code}`), outcome: 'failed' };
  }
  const soon = until !== undefined && new Date(until).getTime() - now.getTime() < SOON_MS;
  return soon ? warned('encrypt', 'certificate_ends_soon', said) : passed('encrypt', said);
}

const CERTIFICATE: Record<string, string> = {
  CERT_HAS_EXPIRED: 'certificate_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_of_another',
};

const nameIn = (parts: tls.Certificate | undefined): string =>
  [parts?.CN, parts?.O]
    .flat()
    .filter((part) => part !== undefined)
    .join(', ')
    .slice(0, 200) || '?';

/** The system's own search for a name has no end that can be set. */
function lookedUp(host: string): Promise<{ address: string }[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(coded('ETIMEOUT')), PART_TIMEOUT_MS);
    dns
      .lookup(host, { all: true })
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

const coded = (code: string) => Object.assign(new Error(code), { code });

function event(socket: Socket, name: 'connect' | 'secureConnect'): Promise<void> {
  return inTime(
    new Promise<void>((resolve, reject) => {
      socket.once(name, resolve);
      socket.on('error', reject);
      socket.once('close', () => reject(coded('ECONNRESET')));
    }),
    socket,
  );
}

async function inTime<Given>(waited: Promise<Given>, socket: Socket): Promise<Given> {
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('too late'), { name: 'TimeoutError' })),
    PART_TIMEOUT_MS,
  );
  try {
    return await waited;
  } finally {
    clearTimeout(timer);
  }
}
