import { decide, demand } from '../../../core/access/decide.ts';
import {
  createPerson,
  deactivatePerson,
  getPerson,
  linkForPerson,
  listPeople,
  updatePerson,
  type PersonEntry,
} from '../../../core/access/people.ts';
import { visibleKnowledgeBases } from '../../../core/access/scopes.ts';
import type { Context } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import * as contract from '../../contract/people.ts';
import { actorOf, type Caller } from '../caller.ts';
import { byName, namePosition, pageOf } from '../pages.ts';
import { route } from '../route.ts';

const DIRECTORY_SHOWN = 20;

const shown = (person: PersonEntry): contract.Person => ({
  ...person,
  groups: [...person.groups],
  lastActiveAt: person.lastActiveAt?.toISOString() ?? null,
  createdAt: person.createdAt.toISOString(),
});

const shownLink = (link: { url: string; expiresAt: Date }) => ({
  url: link.url,
  expiresAt: link.expiresAt.toISOString(),
});

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'people.manage');

/** Who manages anything may look up whom to give it to; nobody else gets a list of colleagues. */
async function managesSomething(ctx: Context, caller: Caller): Promise<void> {
  const { id } = caller.person;
  if ((await decide(ctx, id, 'people.manage')).allowed) return;
  if ((await ctx.db.membership.count({ where: { personId: id, manager: true } })) > 0) return;
  if ((await visibleKnowledgeBases(ctx, id)).some((each) => each.level === 3)) return;
  throw new AppError('forbidden', 'Only who manages a group or a knowledge base may look up people');
}

export const peopleRoutes = [
  route(contract.listPeople, async ({ ctx, caller, query }) => {
    await administers(ctx, caller);
    const { q, cursor, limit } = query;
    const found = await listPeople(ctx, { find: q, after: namePosition(cursor), limit: limit + 1 });
    return pageOf(found, limit, byName, shown);
  }),

  route(contract.createPerson, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    const { link, ...person } = await createPerson(ctx, actorOf(caller), body);
    return { ...shown(person), link: shownLink(link) };
  }),

  route(contract.getPerson, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    return shown(await getPerson(ctx, params.id));
  }),

  route(contract.updatePerson, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    return shown(await updatePerson(ctx, actorOf(caller), params.id, body));
  }),

  route(contract.deactivatePerson, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await deactivatePerson(ctx, actorOf(caller), params.id);
  }),

  route(contract.createPersonLink, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    return shownLink(await linkForPerson(ctx, actorOf(caller), params.id));
  }),

  route(contract.listDirectory, async ({ ctx, caller, query }) => {
    await managesSomething(ctx, caller);
    const name = { contains: query.q, mode: 'insensitive' } as const;
    const [people, groups] = await Promise.all([
      query.kind === 'group'
        ? []
        : ctx.db.person.findMany({
            where: { status: 'active', OR: [{ name }, { email: name }] },
            select: { id: true, name: true, email: true },
            orderBy: { name: 'asc' },
            take: DIRECTORY_SHOWN,
          }),
      query.kind === 'person'
        ? []
        : ctx.db.group.findMany({
            where: { name },
            select: { id: true, name: true, description: true },
            orderBy: { name: 'asc' },
            take: DIRECTORY_SHOWN,
          }),
    ]);
    return {
      items: [
        ...groups.map((each) => ({
          kind: 'group' as const,
          id: each.id,
          name: each.name,
          detail: each.description || null,
        })),
        ...people.map((each) => ({ kind: 'person' as const, id: each.id, name: each.name, detail: each.email })),
      ],
      nextCursor: null,
    };
  }),
];
