import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';

/** Something recorded about a person. `reason`: why somebody else did it, where they had to say; `about`: the name of what it was done to. */
export type AccountEvent = Readonly<{
  id: string;
  at: Date;
  action: string;
  surface: string;
  reason: string | null;
  about: string | null;
  byOther: boolean;
}>;

/** What was recorded about a person or about whom their sign-in believes, the newest first: for their own page. */
export async function eventsAbout(
  ctx: Pick<Context, 'db'>,
  personId: PersonId,
  limit: number,
): Promise<AccountEvent[]> {
  const identities = await ctx.db.identity.findMany({
    where: { personId, providerId: { not: null } },
    select: { providerId: true, createdAt: true },
  });
  // Who was joined with them is them: what was recorded about either is theirs to read.
  const joined = await ctx.db.person.findMany({ where: { mergedInto: personId }, select: { id: true } });
  const found = await ctx.db.auditEntry.findMany({
    where: {
      OR: [
        { subjectKind: 'person', subjectId: { in: [personId, ...joined.map(({ id }) => id)] } },
        ...identities.flatMap(({ providerId, createdAt }) =>
          providerId === null
            ? []
            : [
                {
                  subjectKind: 'provider',
                  subjectId: providerId,
                  action: 'provider.trust_changed',
                  at: { gte: createdAt },
                },
              ],
        ),
      ],
    },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return found.map(({ id, at, action, surface, detail, actorId }) => {
    const said = (part: 'reason' | 'name'): string | null => {
      const value = detail !== null && typeof detail === 'object' && part in detail ? Reflect.get(detail, part) : null;
      return typeof value === 'string' ? value : null;
    };
    return {
      id,
      at,
      action,
      surface,
      reason: said('reason'),
      about: said('name'),
      byOther: actorId !== personId && !joined.some(({ id }) => id === actorId),
    };
  });
}
