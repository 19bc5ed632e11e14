import {
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  patchGroup,
  replaceGroup,
} from '../../../core/identity/scim/groups.ts';
import { readPatch } from '../../../core/identity/scim/patch.ts';
import { expectedOf, pageOf, sendChanged, sendList, sendResource } from './asked.ts';
import { projectionOf, wants } from './projection.ts';
import { groupResource } from './resources.ts';
import type { ScimRoute } from './router.ts';

const withMembers = (query: Readonly<Record<string, unknown>>): boolean => wants(projectionOf(query), 'members');

export const groupRoutes: readonly ScimRoute[] = [
  {
    method: 'get',
    path: '/Groups',
    async look(asked) {
      const { ctx, provider, base, query } = asked;
      const page = pageOf(asked);
      const { total, groups } = await listGroups(ctx, provider, { ...page, withMembers: withMembers(query) });
      sendList(asked, { total, skip: page.skip, resources: groups.map((group) => groupResource(group, base)) });
    },
  },
  {
    method: 'post',
    path: '/Groups',
    async change(asked) {
      const { ctx, provider, base, body } = asked;
      const group = await createGroup(ctx, provider, body);
      return () => sendResource(asked, groupResource(group, base), 201);
    },
  },
  {
    method: 'get',
    path: '/Groups/:id',
    async look(asked) {
      const { ctx, provider, base, id, query } = asked;
      sendResource(asked, groupResource(await getGroup(ctx, provider, id, withMembers(query)), base));
    },
  },
  {
    method: 'put',
    path: '/Groups/:id',
    async change(asked) {
      const { ctx, provider, base, id, body, query } = asked;
      await replaceGroup(ctx, provider, id, body, expectedOf(asked));
      const group = await getGroup(ctx, provider, id, withMembers(query));
      return () => sendResource(asked, groupResource(group, base));
    },
  },
  {
    method: 'patch',
    path: '/Groups/:id',
    async change(asked) {
      const { ctx, provider, base, id, body, query } = asked;
      await patchGroup(ctx, provider, id, readPatch(body), expectedOf(asked));
      // Ten thousand members are not said again for one who came, unless somebody asks.
      const asksBack = projectionOf(query).only !== null;
      const group = await getGroup(ctx, provider, id, asksBack && withMembers(query));
      return () => (asksBack ? sendResource(asked, groupResource(group, base)) : sendChanged(asked, group.version));
    },
  },
  {
    method: 'delete',
    path: '/Groups/:id',
    async change(asked) {
      const { ctx, provider, id, response } = asked;
      await deleteGroup(ctx, provider, id, expectedOf(asked));
      return () => void response.status(204).end();
    },
  },
];
