import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';

/** Something recorded about a person. `reason`: why somebody else did it, where they had to say. */
export type AccountEvent = Readonly<{
  id: string;
  at: Date;
  action: string;
  surface: string;
  reason: string | null;
  byOther: boolean;
}>;

/** What was recorded about a person, the newest first: for their own page. */
export async function eventsAbout(
  ctx: Pick<Context, 'db'>,
  personId: PersonId,
  limit: number,
): Promise<AccountEvent[]> {
  const found = await ctx.db.auditEntry.findMany({
    where: { subjectKind: 'person', subjectId: personId },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return found.map(({ id, at, action, surface, detail, actorId }) => {
    const reason = detail !== null && typeof detail === 'object' && 'reason' in detail ? detail['reason'] : null;
    return {
      id,
      at,
      action,
      surface,
      reason: typeof reason === 'string' ? reason : null,
      byOther: actorId !== personId,
    };
  });
}
