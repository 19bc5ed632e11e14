import { BlockList, isIP } from 'node:net';
import type { SettingsOf } from '../providers/settings.ts';

/**
 * Where a request came from, as the machine itself sees it, and what stands in its headers: `remoteAddress` is the other end
 * of the connection and nothing that a header says. `take` gives every value of a header and leaves none behind.
 */
export type Came = Readonly<{ remoteAddress: string | undefined; take: (header: string) => readonly string[] }>;

/**
 * Whom a proxy names. `elsewhere`: the request did not come from a listed proxy, so what its headers say was thrown away;
 * `nobody`: it did, and names nobody; `unclear`: a header is there twice, or cannot be one.
 */
export type Named =
  | 'elsewhere'
  | 'nobody'
  | 'unclear'
  | Readonly<{ subject: string; values: Readonly<Record<string, string>> }>;

type Settings = SettingsOf<'header'>;

const LONGEST_SUBJECT = 300;
const LONGEST_VALUE = 16_000;

/** Reads the headers that a provider's settings name: the only place that does. */
export function named(settings: Settings, came: Came): Named {
  const { subjectHeader, nameHeader, emailHeader, groupsHeader, networks } = settings;
  const headers = [subjectHeader, nameHeader, emailHeader, groupsHeader].filter((each) => each !== null);
  // Taken out before it is known whether they count, so that nothing later can read them by mistake.
  const found = new Map(headers.map((name) => [name, came.take(name)]));
  if (!isListed(networks, came.remoteAddress)) return 'elsewhere';
  const values: Record<string, string> = {};
  for (const [name, all] of found) {
    // A proxy that adds its header to one that the browser sent would let the browser say who it is.
    if (all.length > 1 || (all[0]?.length ?? 0) > LONGEST_VALUE) return 'unclear';
    if (all[0] !== undefined) values[name] = asText(all[0]).trim();
  }
  const subject = values[subjectHeader] ?? '';
  if (subject === '') return 'nobody';
  return subject.length > LONGEST_SUBJECT || HIDDEN.test(subject) ? 'unclear' : { subject, values };
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Whether an address is one of these, or in one of these networks. */
export function isListed(networks: readonly string[], remoteAddress: string | undefined): boolean {
  // An IPv4 address on a socket that listens for both kinds is written as one of IPv6.
  const address = (remoteAddress?.split('%')[0] ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(address);
  if (family === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [start = '', bits] = network.split('/');
    const kind = isIP(start) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(start, kind);
    else list.addSubnet(start, Number(bits), kind);
  }
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Node reads headers byte for byte; proxies write names as UTF-8. */
function asText(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') ? value : text;
}
