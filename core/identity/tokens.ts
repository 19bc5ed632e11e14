import { createHash, randomBytes, randomInt } from 'node:crypto';

/** A new secret of 32 random bytes, for a cookie, a key or a link. Only its hash is ever stored. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of a token. The token is 256 random bits, so that a plain SHA-256 can't be guessed back. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Six random digits, for a person to copy from one window to another. */
export const newCode = (): string => String(randomInt(0, 1_000_000)).padStart(6, '0');
