import type { Audience } from '../access/scope.ts';
import type { PrivateReason } from './words.ts';

/** Who reads along in a place. `reason`: why nothing may be said there, where the audience is nobody. */
export type Readers = Readonly<{ audience: Audience; reason: PrivateReason | null }>;

/** Where nothing may be said from any document. */
export const nobodyBecause = (reason: PrivateReason): Readers => ({ audience: { kind: 'nobody' }, reason });

/** Whether whoever reads along now may read at least what those before could: then what was drawn for them may stay. */
export function stillFits(before: Audience, now: Audience): boolean {
  if (before.kind === 'nobody') return true;
  if (now.kind === 'nobody') return false;
  if (before.kind === 'everyone') return true;
  if (now.kind === 'everyone') return false;
  return (!now.unlinked || before.unlinked) && now.personIds.every((id) => before.personIds.includes(id));
}
