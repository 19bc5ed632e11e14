import { decide, demand } from '../../../core/access/decide.ts';
import {
  createGrant,
  deleteGrant,
  demandGrant,
  listGrants,
  type GrantedResource,
  type GrantEntry,
} from '../../../core/access/grants.ts';
import type { Context } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import * as contract from '../../contract/grants.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const shown = (grant: GrantEntry): contract.Grant => ({
  ...grant,
  expiresAt: grant.expiresAt?.toISOString() ?? null,
  createdAt: grant.createdAt.toISOString(),
});

/**
 * Goes on for who manages the resource. Administrators manage models; of knowledge bases they manage what is theirs,
 * and are told so in the same words whether another one exists or not.
 */
async function managesResource(ctx: Context, caller: Caller, resource: GrantedResource): Promise<void> {
  const { id: personId } = caller.person;
  if (resource.kind === 'model') return demand(ctx, personId, 'models.manage');
  if (resource.id === null)
    throw new AppError('bad_input', 'Name the knowledge base: there is no grant on all of them');
  const target = { kind: 'knowledge_base', id: resource.id } as const;
  const administers = (await decide(ctx, personId, 'people.manage')).allowed;
  if (administers && !(await decide(ctx, personId, 'knowledge.read', target)).allowed)
    throw new AppError(
      'forbidden',
      'Grants on a knowledge base are made by those who manage it. Ask its owner, or open it by break-glass, with a reason and for a while',
    );
  await demand(ctx, personId, 'knowledge.manage', target);
}

/** Who was given what. */
export const grantRoutes = [
  route(contract.listGrants, async ({ ctx, caller, query }) => {
    const resource = { kind: query.resourceKind, id: query.resourceId ?? null };
    await managesResource(ctx, caller, resource);
    return { items: (await listGrants(ctx, resource)).map(shown), nextCursor: null };
  }),

  route(contract.createGrant, async ({ ctx, caller, body }) => {
    await managesResource(ctx, caller, body.resource);
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
    return shown(await createGrant(ctx, actorOf(caller), { ...body, expiresAt }));
  }),

  route(contract.deleteGrant, async ({ ctx, caller, params }) => {
    await demandGrant(ctx, caller.person.id, params.id);
    await deleteGrant(ctx, actorOf(caller), params.id);
  }),
];
