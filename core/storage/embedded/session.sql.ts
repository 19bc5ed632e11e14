/** Undoes what a client may have left in the session that all share. */
export const RESET_SESSION = 'SELECT pg_advisory_unlock_all(); SET SESSION AUTHORIZATION DEFAULT; RESET ALL';

/** Words in a statement that may leave something in the session without a SET. */
export const LEAVES_STATE = ['set_config', 'advisory_lock'] as const;

/** What only a session of one's own could keep, or what would block the session for everyone. */
const REFUSED = /^\s*(prepare(?!\s+transaction)|execute|deallocate|copy|listen)\b/i;

/** A statement that fails with the reason, for one whose `head` shows that it is refused; null for any other. */
export function refusal(head: string): string | null {
  const verb = REFUSED.exec(head)?.[1]?.toUpperCase();
  return verb
    ? `SELECT CAST('${verb} is not available on the embedded database, whose one session all clients share' AS integer)`
    : null;
}
