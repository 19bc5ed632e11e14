import { demand } from '../../../core/access/decide.ts';
import { findInDirectory } from '../../../core/access/directory.ts';
import { ownedBy } from '../../../core/access/ownership.ts';
import {
  createPerson,
  deactivatePerson,
  getPerson,
  linkForPerson,
  listPeople,
  updatePerson,
  type PersonEntry,
} from '../../../core/access/people.ts';
import type { Context } from '../../../core/context.ts';
import * as contract from '../../contract/people.ts';
import { actorOf, type Caller } from '../caller.ts';
import { byName, namePosition, pageOf } from '../pages.ts';
import { route } from '../route.ts';

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

  route(contract.getOwned, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    const { knowledgeBases, serviceAccounts } = await ownedBy(ctx, params.id);
    return { knowledgeBases: [...knowledgeBases], serviceAccounts: [...serviceAccounts] };
  }),

  route(contract.deactivateAndHandOver, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    await deactivatePerson(ctx, actorOf(caller), params.id, body.handOverTo ?? null);
  }),

  route(contract.createPersonLink, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    return shownLink(await linkForPerson(ctx, actorOf(caller), params.id));
  }),

  route(contract.listDirectory, async ({ ctx, caller, query }) => ({
    items: await findInDirectory(ctx, caller.person.id, { find: query.q, kind: query.kind }),
    nextCursor: null,
  })),
];
