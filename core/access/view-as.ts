import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { ViewingAs } from '../identity/sessions.ts';
import type { PersonId } from '../ids.ts';
import type { Viewed } from './rights.ts';

type Needs = Pick<Context, 'db' | 'clock'>;

/** Long enough to look around, short enough that a forgotten one is over soon. */
const VIEW_MINUTES = 30;

/**
 * Makes a session show menus and rights as somebody else has them. Whether its person may is asked before.
 * @throws AppError 'not_found' for a person or group that is not there, 'conflict' for a person without any rights.
 */
export async function startViewAs(
  ctx: Needs,
  by: { personId: PersonId; sessionId: string },
  viewed: Viewed,
): Promise<ViewingAs & { name: string }> {
  const name = await nameOfViewed(ctx, viewed);
  const at = ctx.clock.now();
  const until = new Date(at.getTime() + VIEW_MINUTES * 60_000);
  const row = { subjectKind: viewed.kind, subjectId: viewed.id, startedAt: at, endsAt: until };
  await ctx.db.$transaction(async (tx) => {
    await tx.viewAs.upsert({
      where: { sessionId: by.sessionId },
      create: { sessionId: by.sessionId, ...row },
      update: row,
    });
    await record(tx, {
      actorId: by.personId,
      surface: 'portal',
      action: 'view_as.started',
      subjectKind: viewed.kind,
      subjectId: viewed.id,
      detail: { until },
    });
  });
  return { ...viewed, name, until };
}

/** What somebody is called as whom is viewed. @throws AppError as `startViewAs`. */
export async function nameOfViewed(ctx: Pick<Needs, 'db'>, { kind, id }: Viewed): Promise<string> {
  if (kind === 'group') {
    const group = await ctx.db.group.findUnique({ where: { id }, select: { name: true } });
    if (!group) throw notFound('group');
    return group.name;
  }
  const person = await ctx.db.person.findUnique({ where: { id }, select: { name: true, status: true } });
  if (!person) throw notFound('person');
  if (person.status !== 'active') throw new AppError('conflict', 'This person is deactivated and has no rights');
  return person.name;
}

/** The session shows its own person's rights again; ending what has ended is no mistake. */
export async function endViewAs(
  ctx: Needs,
  by: { personId: PersonId; sessionId: string },
  viewed: Viewed | null,
): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.viewAs.deleteMany({ where: { sessionId: by.sessionId } });
    if (count === 0 || viewed === null) return;
    await record(tx, {
      actorId: by.personId,
      surface: 'portal',
      action: 'view_as.ended',
      subjectKind: viewed.kind,
      subjectId: viewed.id,
    });
  });
}
