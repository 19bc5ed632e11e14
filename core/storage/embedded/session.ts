import type { Batch } from './incoming.ts';
import { LEAVES_STATE, RESET_SESSION } from './session.sql.ts';
import { keepApart, type StatementNames, type Unnamed } from './statements.ts';
import { changedSettings, closeStatement, query, statusAtEnd, sync, type TransactionStatus } from './wire.ts';

/** The one session of the database, and what the client whose turn it was may have left in it. */
export type Session = Readonly<{
  /** Carries out a client's messages. `status` null: they did not end with what would tell it. */
  carryOut(batch: Batch, names: StatementNames): { answer: Uint8Array; status: TransactionStatus | null };
  /** Ends the transaction, whatever state it is in. */
  rollBack(): void;
  /** Undoes the settings that were changed since the last time. */
  reset(): void;
  /** Forgets the statements that a client has prepared. */
  forget(names: StatementNames): void;
}>;

/** `carryOut`: runs messages and gives the answer's bytes. `onBroken`: told what it throws, which ends the session. */
export function createSession(
  onSession: (bytes: Uint8Array) => Uint8Array,
  onBroken: (error: unknown) => void,
): Session {
  const unnamed: Unnamed = { clientId: null };
  let stateLeft = false;
  /** Whether the last messages were no whole batch, so that a Sync is due before anything else. */
  let syncDue = false;

  function execute(bytes: Uint8Array): Uint8Array {
    try {
      const answer = onSession(bytes);
      stateLeft ||= changedSettings(answer);
      return answer;
    } catch (error) {
      onBroken(error);
      throw error;
    }
  }

  const ownQuery = (text: string) => {
    unnamed.clientId = null;
    return execute(query(text));
  };

  return {
    carryOut(batch, names) {
      stateLeft ||= LEAVES_STATE.some((word) => batch.bytes.includes(word));
      const answer = execute(keepApart(batch.bytes, names, unnamed));
      syncDue = !batch.complete;
      return { answer, status: batch.complete ? statusAtEnd(answer) : null };
    },
    rollBack() {
      if (syncDue) execute(sync());
      syncDue = false;
      ownQuery('ROLLBACK');
    },
    reset() {
      if (!stateLeft) return;
      ownQuery(RESET_SESSION);
      stateLeft = false;
    },
    forget({ names }) {
      if (names.size > 0) execute(Buffer.concat([...[...names.values()].map(closeStatement), sync()]));
    },
  };
}
