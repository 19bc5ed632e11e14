import { modelError } from './failures.ts';

type Waiting = { start: () => void; asker: string };
type Lane = { running: number; askers: Map<string, Waiting[]> };

const lanes = new Map<string, Lane>();

export type Turn = { address: string; limit: number; asker: string; signal: AbortSignal; timeoutMs: number };

/**
 * Waits for a place among the `limit` calls that run at `address`, and gives the function that frees it.
 * Askers take turns, so one person's twenty questions do not stand before another's first.
 * @throws AppError 'too_many_requests' after `timeoutMs`; the signal's reason when it was aborted.
 */
export async function takeTurn({ address, limit, asker, signal, timeoutMs }: Turn): Promise<() => void> {
  signal.throwIfAborted();
  const lane = lanes.get(address) ?? { running: 0, askers: new Map<string, Waiting[]>() };
  lanes.set(address, lane);
  if (lane.running >= limit) await standInLine(lane, { asker, signal, timeoutMs });
  else lane.running += 1;
  let freed = false;
  return () => {
    if (freed) return;
    freed = true;
    if (!startNext(lane)) lane.running -= 1;
    if (lane.running === 0) lanes.delete(address);
  };
}

function standInLine(
  lane: Lane,
  { asker, signal, timeoutMs }: Pick<Turn, 'asker' | 'signal' | 'timeoutMs'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting: Waiting = {
      asker,
      start: () => {
        done();
        resolve();
      },
    };
    const leave = (error: unknown) => {
      done();
      const line = lane.askers.get(asker) ?? [];
      const rest = line.filter((other) => other !== waiting);
      if (rest.length > 0) lane.askers.set(asker, rest);
      else lane.askers.delete(asker);
      reject(error);
    };
    const timer = setTimeout(() => leave(modelError('too_many_requests')), timeoutMs);
    const onAbort = () => leave(signal.reason);
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const line = lane.askers.get(asker);
    if (line) line.push(waiting);
    else lane.askers.set(asker, [waiting]);
  });
}

/** Hands a freed place to the asker whose turn it is: a Map keeps the order, who was served goes to its end. */
function startNext(lane: Lane): boolean {
  const [turn] = lane.askers;
  if (!turn) return false;
  const [asker, line] = turn;
  const next = line.shift();
  lane.askers.delete(asker);
  if (line.length > 0) lane.askers.set(asker, line);
  next?.start();
  return next !== undefined;
}
