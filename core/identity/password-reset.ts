import { record, type AuditEntry } from '../audit/record.ts';
import type { PersonId } from '../ids.ts';
import type { Queryable } from '../storage/sql.ts';
import { revokeKeysOnReset } from './api-keys.ts';
import { deleteAccountsOf, finishClaims } from './chat-accounts.sql.ts';
import { deleteOneTimeLinks, deleteSessions } from './identity.sql.ts';

/**
 * Closes what was opened with a password that is reset, in the transaction that sets the new one: whoever had the old one may
 * have made keys, signed in, and linked a chat account of their own. Each is recorded, which the person reads on their page.
 * An account that a provider vouches for comes back with the next sign-in there.
 */
export async function closeOnReset(
  tx: Queryable,
  personId: PersonId,
  by: Pick<AuditEntry, 'actorId' | 'surface'>,
  at: Date,
): Promise<void> {
  await deleteSessions(tx, personId, null);
  await deleteOneTimeLinks(tx, personId);
  await revokeKeysOnReset(tx, personId, by, at);
  await finishClaims(tx, personId, at);
  for (const account of await deleteAccountsOf(tx, personId))
    await record(tx, {
      ...by,
      action: 'chat_account.unlinked_by_reset',
      subjectKind: 'person',
      subjectId: personId,
      detail: account,
    });
}
