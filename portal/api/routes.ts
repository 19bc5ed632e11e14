import type { Route } from './route.ts';
import { accountRoutes } from './routes/account.ts';
import { grantRoutes } from './routes/grants.ts';
import { groupRoutes } from './routes/groups.ts';
import { peopleRoutes } from './routes/people.ts';
import { sessionRoutes } from './routes/session.ts';

/** Everything the API answers: one table, from which the server, the documentation and the tests of access are made. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...accountRoutes,
  ...peopleRoutes,
  ...groupRoutes,
  ...grantRoutes,
];
