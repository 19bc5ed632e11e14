import { modelError } from './failures.ts';

const FAILURES_TO_OPEN = 3;
const OPEN_MS = 10_000;

type State = { failures: number; openUntil: number; probing: boolean };

/** By address, so that a corrected address starts afresh. */
const states = new Map<string, State>();

/**
 * Lets a call to this address through, or fails at once while the server is known to be away: 100 people should not
 * each wait for the same dead server. After ten seconds one call may try.
 * @throws AppError 'model_unreachable'.
 */
export function enterBreaker(address: string, now = Date.now()): void {
  const state = states.get(address);
  if (!state || state.failures < FAILURES_TO_OPEN) return;
  if (now < state.openUntil || state.probing) throw modelError('model_unreachable', { reason: 'known_to_be_away' });
  state.probing = true;
}

/** How the call ended: reached (whatever it answered), or not; undefined where it was stopped before that was known. */
export function leaveBreaker(address: string, reached: boolean | undefined, now = Date.now()): void {
  if (reached) {
    states.delete(address);
    return;
  }
  const state = states.get(address) ?? { failures: 0, openUntil: 0, probing: false };
  state.probing = false;
  if (reached === false) {
    state.failures += 1;
    state.openUntil = now + OPEN_MS;
    states.set(address, state);
  }
}
