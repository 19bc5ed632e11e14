import type { Context } from '../context.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { mintScope, type AccessScope, type Place } from './scope.ts';
import {
  knowledgeBasesOf,
  readableBy,
  readableByAll,
  readableByEveryone,
  type VisibleKnowledgeBase,
} from './scopes.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/** What everyone in a shared place may read. */
export async function commonTo(
  ctx: Needs,
  person: PersonId,
  place: Extract<Place, { kind: 'shared' }>,
  at: Date,
): Promise<KnowledgeBaseId[]> {
  const { audience } = place;
  switch (audience.kind) {
    case 'nobody':
      return [];
    case 'everyone':
      return readableByEveryone(ctx.pool, at);
    case 'members': {
      const ofMembers = await readableByAll(ctx.pool, [person, ...audience.personIds], at);
      if (!audience.unlinked) return ofMembers;
      const ofEveryone = new Set(await readableByEveryone(ctx.pool, at));
      return ofMembers.filter((id) => ofEveryone.has(id));
    }
  }
}

/** The person's own scope, for what happens outside a chat: search, the passage viewer, lists. */
export async function scopeOf(ctx: Needs, person: PersonId): Promise<AccessScope> {
  return mintScope(person, await readableBy(ctx.pool, person, ctx.clock.now()));
}

/** The knowledge bases a person may use, with the highest level on each. */
export const visibleKnowledgeBases = (ctx: Needs, person: PersonId): Promise<VisibleKnowledgeBase[]> =>
  knowledgeBasesOf(ctx.pool, [person], ctx.clock.now());
