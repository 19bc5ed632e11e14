import dns from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { modelError } from './failures.ts';

/**
 * Addresses that a model server never has, but a cloud's metadata service does: whoever may enter a server's address
 * must not be able to read the machine's credentials by it.
 */
const refused = new BlockList();
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
refused.addSubnet('2002:a9fe::', 32, 'ipv6');
refused.addSubnet('::a9fe:0', 112, 'ipv6');
refused.addAddress('100.100.100.200', 'ipv4');
refused.addAddress('168.63.129.16', 'ipv4');
refused.addAddress('fd00:ec2::254', 'ipv6');

/** Whether an IP address, without brackets, is link-local or a metadata service, also written as IPv6. */
export function isRefusedAddress(address: string): boolean {
  const plain = address.split('%')[0] ?? '';
  const family = isIP(plain);
  return family !== 0 && refused.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Refuses a host that is written as such an address; names are looked at when they are resolved.
 * @throws AppError 'model_rejected'.
 */
export function refuseAddress(hostname: string): void {
  if (isRefusedAddress(hostname.replace(/^\[|\]$/g, ''))) throw addressRefused();
}

const addressRefused = () =>
  modelError(
    'model_rejected',
    {},
    'This address is not allowed for a model server. Your administrator should enter another one.',
  );

/** Resolves a name for one connection and refuses it when any of its addresses is refused, so no second look can differ. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    if (addresses.some(({ address }) => isRefusedAddress(address))) return callback(addressRefused(), '');
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return first ? callback(null, first.address, first.family) : callback(modelError('model_unreachable'), '');
  });
};
