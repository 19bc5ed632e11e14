import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import { newToken } from './tokens.ts';

/** A browser in which this person has signed in with their password before; `id` tells it from their others. */
export type KnownBrowser = Readonly<{ personId: PersonId; id: string }>;

const BOUND_TO = 'known-browser';

/** What a browser keeps after a sign-in, sealed: nobody else makes one. It opens nothing, it only is counted apart. */
export const rememberBrowser = ({ secrets }: Pick<Context, 'secrets'>, personId: PersonId): string =>
  secrets.seal(`${personId} ${newToken()}`, BOUND_TO).toString('base64url');

/** What such a value says; null for none, and for any that is not ours. */
export function knownBrowser({ secrets }: Pick<Context, 'secrets'>, kept: string | null): KnownBrowser | null {
  if (kept === null || kept.length > 500) return null;
  try {
    const [personId = '', id = ''] = secrets.open(Buffer.from(kept, 'base64url'), BOUND_TO).split(' ');
    return { personId, id };
  } catch {
    return null;
  }
}
