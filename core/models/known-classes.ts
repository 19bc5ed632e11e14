import type { Prisma } from '../../prisma/generated/client.ts';
import { z } from 'zod';

const KEY = 'model_classes';
const stored = z.record(z.string(), z.array(z.string()));

/** The classes that models are given by name as soon as a server lists them, as a company file said. */
export async function knownClasses(db: Pick<Prisma.TransactionClient, 'setting'>): Promise<Record<string, string[]>> {
  const found = await db.setting.findUnique({ where: { key: KEY } });
  const parsed = stored.safeParse(found?.value ?? {});
  return parsed.success ? parsed.data : {};
}

/** Adds to them; a name that is there already gets the new classes. */
export async function rememberClasses(
  db: Pick<Prisma.TransactionClient, 'setting'>,
  classes: Readonly<Record<string, string[]>>,
): Promise<void> {
  const value = { ...(await knownClasses(db)), ...classes };
  await db.setting.upsert({
    where: { key: KEY },
    create: { key: KEY, value },
    update: { value, updatedAt: new Date() },
  });
}

const SMALL_BELOW_BILLIONS = 15;
const SMALL_BELOW_BYTES = 12e9;

/** The classes that name and size give away; an administrator may change them. */
export function classesOf(model: { name: string; sizeBytes?: number; reasons?: boolean }): string[] {
  const billions = /(\d+(?:\.\d+)?)\s*b\b/i.exec(model.name)?.[1];
  const millions = /\d+m\b/i.test(model.name);
  const small =
    millions ||
    (billions !== undefined
      ? Number(billions) < SMALL_BELOW_BILLIONS
      : model.sizeBytes !== undefined && model.sizeBytes < SMALL_BELOW_BYTES);
  const known = millions || billions !== undefined || model.sizeBytes !== undefined;
  const reasons = model.reasons === true || /(^|[^a-z])(r1|qwq|reason|think|gpt-oss)/i.test(model.name);
  return [...(known ? [small ? 'small' : 'large'] : []), ...(reasons ? ['reasoning'] : [])];
}
