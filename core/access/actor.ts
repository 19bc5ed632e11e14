import type { AuditEntry } from '../audit/record.ts';
import type { PersonId } from '../ids.ts';

/** Who administers, and by which way it came in, for the record. */
export type Actor = Readonly<{ personId: PersonId | null; surface: AuditEntry['surface'] }>;

/** A place in a list that is ordered by name: what comes after it is the next page. */
export type NamePosition = Readonly<{ name: string; id: string }>;
