import type { Prisma } from '../../../prisma/generated/client.ts';
import type { PersonId } from '../../ids.ts';
import type { Resource } from '../actions.ts';

/**
 * Who is told of a break-glass: who looks after it, a person or those who manage the group that owns it; for a group its
 * managers, and who looks after each knowledge base that the group opens. A model has nobody.
 */
export async function ownersOf(
  tx: Prisma.TransactionClient,
  { kind, id }: Resource,
  at: Date,
): Promise<readonly PersonId[]> {
  if (kind === 'model') return [];
  const opened =
    kind === 'knowledge_base'
      ? [id]
      : (
          await tx.grant.findMany({
            where: {
              resourceKind: 'knowledge_base',
              toKind: 'group',
              toId: id,
              OR: [{ expiresAt: null }, { expiresAt: { gt: at } }],
            },
            select: { resourceId: true },
          })
        ).flatMap(({ resourceId }) => resourceId ?? []);
  const bases = await tx.knowledgeBase.findMany({
    where: { id: { in: opened }, deletedAt: null },
    select: { ownerKind: true, ownerId: true },
  });
  const ownedBy = (wanted: string) =>
    bases.filter(({ ownerKind }) => ownerKind === wanted).map(({ ownerId }) => ownerId);
  const [people, managers] = [
    await tx.person.findMany({ where: { id: { in: ownedBy('person') } }, select: { id: true } }),
    await tx.membership.findMany({
      where: { groupId: { in: [...ownedBy('group'), ...(kind === 'group' ? [id] : [])] }, manager: true },
      select: { personId: true },
    }),
  ];
  return [...new Set([...people.map((person) => person.id), ...managers.map(({ personId }) => personId)])];
}
