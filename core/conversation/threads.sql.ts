import { row, sql, type Queryable } from '../storage/sql.ts';

/** Whether a chat account has asked in this thread before. */
export const hasAskedInThread = async (
  db: Queryable,
  thread: { surface: 'slack' | 'teams'; tenantId: string; externalId: string; threadKey: string },
): Promise<boolean> =>
  (
    await row<{ found: boolean }>(
      db,
      sql`SELECT EXISTS (
          SELECT FROM chat_account a JOIN conversation c ON c.person_id = a.person_id AND c.surface = a.surface
          WHERE a.surface = ${thread.surface} AND a.tenant_id = ${thread.tenantId} AND a.external_id = ${thread.externalId}
            AND c.thread_key = ${thread.threadKey}) AS found`,
    )
  )?.found === true;
