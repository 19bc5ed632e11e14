import { readPatch } from '../../../core/identity/scim/patch.ts';
import {
  createUser,
  deleteUser,
  getUser,
  listUsers,
  patchUser,
  replaceUser,
} from '../../../core/identity/scim/users.ts';
import { expectedOf, pageOf, sendList, sendResource } from './asked.ts';
import { projectionOf, wants } from './projection.ts';
import { userResource } from './resources.ts';
import type { ScimRoute } from './router.ts';

const withGroups = (query: Readonly<Record<string, unknown>>): boolean => wants(projectionOf(query), 'groups');

export const userRoutes: readonly ScimRoute[] = [
  {
    method: 'get',
    path: '/Users',
    async look(asked) {
      const { ctx, provider, base, query } = asked;
      const page = pageOf(asked);
      const { total, users } = await listUsers(ctx, provider, { ...page, withGroups: withGroups(query) });
      sendList(asked, { total, skip: page.skip, resources: users.map((user) => userResource(user, base)) });
    },
  },
  {
    method: 'post',
    path: '/Users',
    async change(asked) {
      const { ctx, provider, base, body } = asked;
      const user = await createUser(ctx, provider, body);
      return () => sendResource(asked, userResource(user, base), 201);
    },
  },
  {
    method: 'get',
    path: '/Users/:id',
    async look(asked) {
      const { ctx, provider, base, id, query } = asked;
      sendResource(asked, userResource(await getUser(ctx, provider, id, withGroups(query)), base));
    },
  },
  {
    method: 'put',
    path: '/Users/:id',
    async change(asked) {
      const { ctx, provider, base, id, body } = asked;
      const user = await replaceUser(ctx, provider, id, body, expectedOf(asked));
      return () => sendResource(asked, userResource(user, base));
    },
  },
  {
    method: 'patch',
    path: '/Users/:id',
    async change(asked) {
      const { ctx, provider, base, id, body } = asked;
      const user = await patchUser(ctx, provider, id, readPatch(body), expectedOf(asked));
      return () => sendResource(asked, userResource(user, base));
    },
  },
  {
    method: 'delete',
    path: '/Users/:id',
    async change(asked) {
      const { ctx, provider, id, response } = asked;
      await deleteUser(ctx, provider, id, expectedOf(asked));
      return () => void response.status(204).end();
    },
  },
];
