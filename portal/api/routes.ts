import type { Route } from './route.ts';
import { accessRoutes } from './routes/access.ts';
import { accountRoutes } from './routes/account.ts';
import { askRoutes } from './routes/ask.ts';
import { breakGlassRoutes } from './routes/break-glass.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { documentRoutes } from './routes/documents.ts';
import { grantRoutes } from './routes/grants.ts';
import { groupRoutes } from './routes/groups.ts';
import { knowledgeRoutes } from './routes/knowledge.ts';
import { mergeRoutes } from './routes/merges.ts';
import { modelRoutes } from './routes/models.ts';
import { overviewRoutes } from './routes/overview.ts';
import { passageRoutes } from './routes/passages.ts';
import { peopleRoutes } from './routes/people.ts';
import { permissionRoutes } from './routes/permissions.ts';
import { providerRoutes } from './routes/providers.ts';
import { requestRoutes } from './routes/requests.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { samlSettingRoutes } from './routes/saml.ts';
import { scimTokenRoutes } from './routes/scim-tokens.ts';
import { serviceAccountRoutes } from './routes/service-accounts.ts';
import { sessionRoutes } from './routes/session.ts';
import { viewAsRoutes } from './routes/view-as.ts';
import { waitingRoutes } from './routes/waiting.ts';

/** Everything the API answers: one table, from which the server, the documentation and the tests of access are made. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...accountRoutes,
  ...askRoutes,
  ...conversationRoutes,
  ...knowledgeRoutes,
  ...documentRoutes,
  ...passageRoutes,
  ...waitingRoutes,
  ...mergeRoutes,
  ...peopleRoutes,
  ...groupRoutes,
  ...permissionRoutes,
  ...grantRoutes,
  ...modelRoutes,
  ...accessRoutes,
  ...viewAsRoutes,
  ...breakGlassRoutes,
  ...requestRoutes,
  ...reviewRoutes,
  ...serviceAccountRoutes,
  ...overviewRoutes,
  ...providerRoutes,
  ...scimTokenRoutes,
  ...samlSettingRoutes,
];
