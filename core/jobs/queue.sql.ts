import { run, sql, type Queryable } from '../storage/sql.ts';

/** What a dead process left active goes back to the queue at once. Gives how many. */
export const giveBackActive = (db: Queryable, names: readonly string[]): Promise<number> =>
  run(
    db,
    sql`UPDATE pgboss.job SET state = 'retry', start_after = now(), heartbeat_on = NULL
        WHERE state = 'active' AND name = ANY(${names}::text[])`,
  );
