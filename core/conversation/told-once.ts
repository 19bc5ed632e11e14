const TOLD_FOR_MS = 24 * 3_600_000;

/** Whether somebody has not been told that they are refused within a day; from now on they have. `toldAt`: who was, and when. */
export function firstToday(toldAt: Map<string, number>, key: string, now: Date): boolean {
  for (const [id, at] of toldAt) if (now.getTime() - at > TOLD_FOR_MS) toldAt.delete(id);
  if (toldAt.has(key)) return false;
  toldAt.set(key, now.getTime());
  return true;
}
