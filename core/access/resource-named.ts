import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { RESOURCE_WORDS, type ResourceKind } from './actions.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id of what somebody with the machine in their hands calls by its name, whatever the case of its letters, or by its id.
 * @throws AppError 'not_found', or 'conflict' that lists the ids where several have this name.
 */
export async function resourceNamed(ctx: Pick<Context, 'db'>, kind: ResourceKind, name: string): Promise<string> {
  if (UUID.test(name)) return name;
  const where = { name: { equals: name, mode: 'insensitive' } } as const;
  const select = { id: true } as const;
  const found =
    kind === 'knowledge_base'
      ? await ctx.db.knowledgeBase.findMany({ where: { ...where, deletedAt: null }, select })
      : kind === 'model'
        ? await ctx.db.model.findMany({ where, select })
        : await ctx.db.group.findMany({ where, select });
  const [first, ...others] = found;
  if (!first) throw new AppError('not_found', `There is no ${RESOURCE_WORDS[kind]} of the name ${name}`);
  if (others.length > 0)
    throw new AppError(
      'conflict',
      `There are several of the name ${name}: say which by its id, ${found.map(({ id }) => id).join(' or ')}`,
    );
  return first.id;
}
