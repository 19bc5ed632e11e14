/** The day of an instant as a date field has it, where the reader is; '' for none. */
export function dayOf(instant: string | null): string {
  if (instant === null) return '';
  const at = new Date(instant);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The end of a day as an instant; null where no day is given. `asked`: kept as it is where the day is its own. */
export function endOf(day: string, asked: string | null = null): string | null {
  if (day === '') return null;
  if (day === dayOf(asked)) return asked;
  return new Date(`${day}T23:59:59`).toISOString();
}

/** The first day that an end may be on. */
export const firstDay = (): string => dayOf(new Date(Date.now() + 24 * 3_600_000).toISOString());

type Right = { level: 'use' | 'contribute' | 'manage'; until: string | null };
const RANK = { use: 1, contribute: 2, manage: 3 };

/** Whether a right is a higher level or a later end than another; none is the latest end. */
export const isMore = (given: Right, than: Right): boolean =>
  RANK[given.level] > RANK[than.level] || (than.until !== null && (given.until === null || given.until > than.until));
