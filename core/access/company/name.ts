import { z } from 'zod';
import type { Prisma } from '../../../prisma/generated/client.ts';

const KEY = 'company';
const stored = z.object({ name: z.string(), domain: z.string() });

type Database = Pick<Prisma.TransactionClient, 'setting'>;

/** What the company is called, as a company file said; null before the first. */
export async function companyName({ db }: { db: Database }): Promise<{ name: string; domain: string } | null> {
  const found = await db.setting.findUnique({ where: { key: KEY } });
  const parsed = stored.safeParse(found?.value);
  return parsed.success ? parsed.data : null;
}

export async function rememberCompany(db: Database, value: { name: string; domain: string }): Promise<void> {
  await db.setting.upsert({
    where: { key: KEY },
    create: { key: KEY, value },
    update: { value, updatedAt: new Date() },
  });
}
