import { isIP } from 'node:net';
import { z } from 'zod';
import { common, providerUrl } from './common.ts';

const header = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header');

/** No wider, and no two halves of everything: from there anybody could say who they are. */
const WIDEST = { 4: 8, 6: 16 } as const;

/** An address or a network, such as `10.1.2.0/24`. */
const network = z
  .string()
  .trim()
  .refine(isNetwork, 'must be an address or a network, such as 10.1.2.0/24, no wider than /8 (IPv6: /16)');

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || more.length > 0) return false;
  const most = version === 4 ? 32 : 128;
  // All of IPv4 is also written as the network ::ffff:0:0/96.
  const mapped = version === 6 && new URL(`http://[${address}]`).hostname.startsWith('[::');
  const widest = mapped ? 96 + WIDEST[4] : WIDEST[version];
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= widest && Number(bits) <= most);
}

/** A proxy that has signed the person in and says in headers who it is. */
export const headerSettings = z.object({
  ...common,
  /** Networks of the proxies that are believed. Whoever can reach the portal from there can be anybody. */
  networks: z.array(network).min(1).max(50),
  /** Names the person, by what never changes and is never given to somebody else. */
  subjectHeader: header,
  nameHeader: header.nullable().default(null),
  emailHeader: header.nullable().default(null),
  groupsHeader: header.nullable().default(null),
  /** What stands between two groups. */
  groupsSeparator: z.enum([',', ';', '|', ' ']).default(','),
  /** Where the proxy signs people out; else it signs them in again at once. */
  signOutUrl: providerUrl.nullable().default(null),
});

export const headerSecrets = z.object({});
