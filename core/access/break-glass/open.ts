import type { Prisma } from '../../../prisma/generated/client.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { newId, type PersonId } from '../../ids.ts';
import type { Actor } from '../actor.ts';
import { RESOURCE_WORDS, type Resource } from '../actions.ts';
import { demand } from '../decide.ts';
import type { LevelName } from '../levels.ts';
import { entries, type BreakGlassEntry } from './entries.ts';
import { ownersOf } from './owners.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;

/**
 * Opens something to an administrator who was not given it: a knowledge base at a level, a model to use, or a group to be
 * a plain member of. It is recorded with its reason, told to the owners of all that it opens, and ends by itself.
 * @throws AppError 'forbidden' for who is no administrator and where it is switched off, 'bad_input' for a level that there
 * is not, no reason or too long a time, 'not_found' for the resource.
 */
export async function breakGlass(
  ctx: Needs,
  by: Actor & { personId: PersonId },
  wanted: { resource: Resource; level: LevelName; reason: string; minutes?: number | undefined },
): Promise<BreakGlassEntry> {
  await demand(ctx, by.personId, 'people.manage');
  const most = ctx.config.BREAK_GLASS_MAX_MINUTES;
  if (most === 0) throw new AppError('forbidden', 'Break-glass is switched off here (BREAK_GLASS_MAX_MINUTES)');
  const { resource, level, minutes = most } = wanted;
  if (minutes > most) throw new AppError('bad_input', `Break-glass lasts for up to ${most} minutes here`);
  if (resource.kind !== 'knowledge_base' && level !== 'use')
    throw new AppError('bad_input', `A ${RESOURCE_WORDS[resource.kind]} can only be opened to use`);
  const reason = wanted.reason.trim();
  if (reason === '') throw new AppError('bad_input', 'Say why: the reason is recorded and its owner reads it');

  const startedAt = ctx.clock.now();
  const endsAt = new Date(startedAt.getTime() + minutes * 60_000);
  const id = newId(startedAt.getTime());
  await ctx.db.$transaction(async (tx) => {
    const name = await nameOf(tx, resource);
    if (name === null) throw notFound(RESOURCE_WORDS[resource.kind]);
    await tx.breakGlass.create({
      data: {
        id,
        personId: by.personId,
        resourceKind: resource.kind,
        resourceId: resource.id,
        level,
        reason,
        startedAt,
        endsAt,
      },
    });
    const told = { actorId: by.personId, surface: by.surface };
    const detail = { breakGlassId: id, level, reason, endsAt };
    await record(tx, {
      ...told,
      action: 'break_glass.opened',
      subjectKind: resource.kind,
      subjectId: resource.id,
      detail,
    });
    // On the page of each of them, beside what else was recorded about them.
    for (const ownerId of await ownersOf(tx, resource, startedAt))
      await record(tx, {
        ...told,
        action: 'break_glass.opened_yours',
        subjectKind: 'person',
        subjectId: ownerId,
        detail: { ...detail, resourceKind: resource.kind, resourceId: resource.id, name },
      });
  });
  const [made] = await entries(ctx, { id }, 1);
  if (!made) throw notFound('break-glass');
  return made;
}

async function nameOf(tx: Prisma.TransactionClient, { kind, id }: Resource): Promise<string | null> {
  const select = { name: true } as const;
  const found =
    kind === 'knowledge_base'
      ? await tx.knowledgeBase.findFirst({ where: { id, deletedAt: null }, select })
      : kind === 'model'
        ? await tx.model.findUnique({ where: { id }, select })
        : await tx.group.findUnique({ where: { id }, select });
  return found?.name ?? null;
}
