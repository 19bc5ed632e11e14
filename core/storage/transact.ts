import type { Prisma, PrismaClient } from '../../prisma/generated/client.ts';

/**
 * How long an administrator's change may wait for the database and then take, ms. The embedded database serves one client
 * at a time: while files are ingested there is more to wait for than Prisma's own two seconds.
 */
const LIMITS = { maxWait: 15_000, timeout: 60_000 } as const;

/** Runs `work` in one transaction of Prisma's: committed when it resolves, rolled back when it throws. */
export const transact = <T>(db: PrismaClient, work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> =>
  db.$transaction(work, LIMITS);
