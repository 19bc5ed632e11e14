import { z } from 'zod';
import { LEVELS } from '../../core/access/levels.ts';

/** Ids are UUIDv7: they sort by the time they were made. */
export const id = z.uuid().meta({ description: 'UUIDv7', example: '0199a7c2-5f10-7c3e-9a41-2b8f0d6f4e11' });

export const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC', example: '2026-11-21T13:50:00.000Z' });

export const email = z.email().max(320);

/** What a list call may be asked: up to `limit` items after the cursor of the page before. */
export const page = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** The one thing that an address names. */
export const byId = z.object({ id });

/** A page of a list; `nextCursor` is null at its end. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** A name and the id behind it. */
export const named = z.object({ id, name: z.string() });
export type Named = z.infer<typeof named>;

export { LEVELS };
export const level = z.enum(LEVELS);
export type Level = z.infer<typeof level>;

/** A person or group, by name, that owns or may use something. */
export const owner = z.object({ kind: z.enum(['person', 'group']), id, name: z.string() });

/** Somebody as whom the portal is viewed, and when that ends by itself. */
export const viewing = named.extend({ kind: z.enum(['person', 'group']), until: instant }).meta({ id: 'Viewing' });
export type Viewing = z.infer<typeof viewing>;

/** What goes wrong, as RFC 9457 has it. `code` is stable and for programs, `detail` is for the person. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    correlationId: z.string(),
    /** The fields that are wrong, where it is the input. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** With 429, as in the header Retry-After. */
    retryAfterSeconds: z.number().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
