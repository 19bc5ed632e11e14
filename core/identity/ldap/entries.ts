import type { Entry } from 'ldapts';
import { providerFailed } from '../providers/failure.ts';

const OBJECT_GUID = 'objectguid';

/** All values of an attribute, in any spelling of its name, as the bytes that they are. */
export function bytesOf(entry: Entry, attribute: string): Buffer[] {
  const wanted = attribute.toLowerCase();
  const value = Object.entries(entry).find(([name]) => name.toLowerCase() === wanted)?.[1];
  const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return values.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)).filter((each) => each.length > 0);
}

/** The first value that is a text; null where there is none. */
export function textOf(entry: Entry, attribute: string): string | null {
  const [first] = bytesOf(entry, attribute);
  const text = first === undefined ? '' : plainText(first)?.trim();
  return text ? text : null;
}

export const textsOf = (entry: Entry, attribute: string): string[] =>
  bytesOf(entry, attribute).flatMap((value) => plainText(value) ?? []);

/**
 * What names a person or a group for good, as one text: a GUID as Active Directory shows it, anything else as it stands.
 * @throws AppError 'provider_failed' where there is none, several, or bytes that are no text.
 */
export function lastingId(entry: Entry, attribute: string): string {
  const values = bytesOf(entry, attribute);
  const [value] = values;
  if (value === undefined || values.length > 1)
    throw providerFailed('misconfigured', `an entry has ${values.length} values of ${attribute}`);
  const id = attribute.toLowerCase() === OBJECT_GUID ? guidText(value) : plainText(value);
  if (id === null || id.length > 500) throw providerFailed('misconfigured', `${attribute} is no usable id`);
  return id;
}

/** The same id as a directory searches for it. */
export const searchedId = (attribute: string, id: string): Buffer | string =>
  attribute.toLowerCase() === OBJECT_GUID ? guidBytes(id) : id;

function plainText(value: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

// The first three parts of a GUID lie in memory with their bytes turned around.
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const turned = (bytes: Buffer): Buffer => Buffer.from(ORDER.map((at) => bytes[at] ?? 0));

function guidText(value: Buffer): string | null {
  if (value.length !== ORDER.length) return null;
  const hex = turned(value).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const guidBytes = (id: string): Buffer => turned(Buffer.from(id.replaceAll('-', ''), 'hex'));

const ACCOUNT_DISABLED = 0x2;
/** Active Directory counts in tenths of a microsecond since 1601. */
const TICKS_PER_MS = 10_000n;
const EPOCH_MS = 11_644_473_600_000n;
const NEVER = 0x7fff_ffff_ffff_ffffn;
/** OpenLDAP's mark for an account that an administrator locked, and not a number of wrong passwords. */
const LOCKED_FOR_GOOD = '000001010000Z';

/** What has to be asked for to know whether an account is usable. */
export const STANDING_ATTRIBUTES = [
  'userAccountControl',
  'accountExpires',
  'pwdAccountLockedTime',
  'nsAccountLock',
] as const;

/** Whether an account is usable: not disabled, locked by hand or expired. Where the directory says nothing of it, it is. */
export function isActive(entry: Entry, now: Date): boolean {
  const control = Number(textOf(entry, 'userAccountControl') ?? 0);
  if (Number.isInteger(control) && (control & ACCOUNT_DISABLED) !== 0) return false;
  if (textOf(entry, 'pwdAccountLockedTime') === LOCKED_FOR_GOOD) return false;
  if (textOf(entry, 'nsAccountLock')?.toLowerCase() === 'true') return false;
  const expires = textOf(entry, 'accountExpires');
  if (expires === null || !/^\d{1,19}$/.test(expires)) return true;
  const ticks = BigInt(expires);
  return ticks === 0n || ticks === NEVER || ticks / TICKS_PER_MS - EPOCH_MS > BigInt(now.getTime());
}
