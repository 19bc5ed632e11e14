import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { GroupId, PersonId } from '../ids.ts';
import type { Actor } from './actor.ts';
import { demand } from './decide.ts';
import { recordGroup } from './groups.ts';
import { refuseJoiningHands } from './own-hands.ts';
import { countWaiting, waitingPeople, type WaitingRow } from './waiting.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;
type By = Actor & { personId: PersonId };

/**
 * Who waits for approval with what their provider told, the longest waiting first, up to `limit` after `after`; with
 * `refused` those who were refused it. `total`: how many there are of them.
 */
export async function listWaiting(
  ctx: Pick<Needs, 'pool'>,
  wanted: { refused: boolean; after: { at: string; id: string } | null; limit: number },
): Promise<{ people: readonly WaitingRow[]; total: number }> {
  const [people, total] = await Promise.all([waitingPeople(ctx.pool, wanted), countWaiting(ctx.pool, wanted.refused)]);
  return { people, total };
}

/**
 * Lets people in who wait for it, or were refused: with a role, and into groups. All of them or none; who was let in by
 * somebody else meanwhile stays as they are. Gives whom this let in.
 * @throws AppError 'not_found' for a group that there is not or that the approver may not fill, and for who never waited,
 * 'forbidden' where somebody would give what they do not read to an account in their own hands.
 */
export async function approve(
  ctx: Needs,
  by: By,
  wanted: { people: readonly PersonId[]; role: 'user' | 'admin'; groups: readonly GroupId[] },
): Promise<PersonId[]> {
  const groups = [...new Set(wanted.groups)];
  for (const id of groups) await demand(ctx, by.personId, 'group.manage', { kind: 'group', id });
  const joining = [...new Set(wanted.people)].map((id) => ({ id }));
  for (const groupId of groups) await refuseJoiningHands(ctx, by, groupId, joining);
  return ctx.db.$transaction(async (tx) => {
    if ((await tx.group.count({ where: { id: { in: groups } } })) < groups.length) throw notFound('group');
    const people = await stillWaiting(tx, wanted.people);
    for (const personId of people) {
      await tx.person.update({ where: { id: personId }, data: { role: wanted.role, refusedAt: null } });
      await recordFor(tx, by, 'person.approved', personId, { role: wanted.role, groups });
      for (const groupId of groups) {
        const membership = { groupId, personId, source: 'manual' };
        await tx.membership.upsert({
          where: { groupId_personId_source: membership },
          create: membership,
          update: {},
        });
        await recordGroup(tx, by, 'group.member_added', groupId, { personId, manager: false });
      }
    }
    return people;
  });
}

/** Keeps people out who wait: they are listed no more, until it is undone. @throws AppError 'not_found' for who never waited. */
export const refuse = (ctx: Needs, by: By, people: readonly PersonId[]): Promise<PersonId[]> =>
  decideOn(ctx, by, people, 'person.refused', ctx.clock.now());

/** Back among those who wait. @throws AppError 'not_found' for who never waited. */
export const undoRefusal = (ctx: Needs, by: By, people: readonly PersonId[]): Promise<PersonId[]> =>
  decideOn(ctx, by, people, 'person.refusal_undone', null);

/** Whether somebody who waits was refused. */
export async function wasRefused(ctx: Pick<Needs, 'db'>, id: PersonId): Promise<boolean> {
  return (await ctx.db.person.count({ where: { id, role: 'pending', refusedAt: { not: null } } })) > 0;
}

const decideOn = (ctx: Needs, by: By, ids: readonly PersonId[], action: string, at: Date | null): Promise<PersonId[]> =>
  ctx.db.$transaction(async (tx) => {
    const people = await stillWaiting(tx, ids);
    for (const id of people) {
      const { count } = await tx.person.updateMany({
        where: { id, refusedAt: at === null ? { not: null } : null },
        data: { refusedAt: at },
      });
      if (count > 0) await recordFor(tx, by, action, id, {});
    }
    return people;
  });

/** Those who wait still, their rows locked so that two decisions come one after the other. */
async function stillWaiting(tx: Prisma.TransactionClient, ids: readonly PersonId[]): Promise<PersonId[]> {
  const wanted = [...new Set(ids)].toSorted();
  const known = await tx.person.findMany({ where: { id: { in: wanted }, kind: 'human' }, select: { id: true } });
  if (known.length < wanted.length) throw notFound('person');
  const waiting: PersonId[] = [];
  for (const id of wanted) {
    const { count } = await tx.person.updateMany({
      where: { id, role: 'pending', status: 'active' },
      data: { role: 'pending' },
    });
    if (count > 0) waiting.push(id);
  }
  return waiting;
}

const recordFor = (
  tx: Prisma.TransactionClient,
  by: By,
  action: string,
  id: PersonId,
  detail: Record<string, unknown>,
): Promise<void> =>
  record(tx, { actorId: by.personId, surface: by.surface, action, subjectKind: 'person', subjectId: id, detail });
