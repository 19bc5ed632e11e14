import type { QueryClient } from '@tanstack/vue-query';
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import type { Me } from '../../contract/index.ts';
import { sessionQuery } from './features/session/session.queries.ts';
import { startOf } from './shell/navigation.ts';

declare module 'vue-router' {
  interface RouteMeta {
    /** Opens without a sign-in. */
    public?: true;
    /** Drawn without menu and top bar. */
    bare?: true;
    /** The place of the menu that it belongs to. */
    place?: string;
    /** The place of the menu that is lit, for a page that opens to people who don't have that place too. */
    within?: string;
    /** The page fills the height and scrolls inside itself. */
    fills?: true;
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'start', component: () => import('./shell/StartPage.vue') },
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('./features/session/SignInPage.vue'),
    meta: { public: true, bare: true },
  },
  {
    path: '/welcome/:token',
    name: 'welcome',
    component: () => import('./features/session/WelcomePage.vue'),
    props: true,
    meta: { public: true, bare: true },
  },
  {
    path: '/change-password',
    name: 'change-password',
    component: () => import('./features/session/ChangePasswordPage.vue'),
    meta: { bare: true },
  },
  {
    path: '/waiting',
    name: 'waiting',
    component: () => import('./features/session/WaitingPage.vue'),
    meta: { bare: true },
  },
  {
    path: '/chat/:id?',
    name: 'ask',
    component: () => import('./features/chat/ChatPage.vue'),
    props: true,
    meta: { place: 'ask', fills: true },
  },
  {
    path: '/passages/:id',
    name: 'passage',
    component: () => import('./features/passages/PassagePage.vue'),
    props: true,
  },
  {
    path: '/documents/:id/pages/:page',
    name: 'document',
    component: () => import('./features/passages/DocumentPage.vue'),
    props: true,
  },
  {
    path: '/knowledge',
    name: 'knowledge',
    component: () => import('./features/knowledge/KnowledgePage.vue'),
    meta: { place: 'knowledge' },
  },
  {
    path: '/knowledge/:id/:tab(documents|test|access|settings)?',
    name: 'knowledge-base',
    component: () => import('./features/knowledge/KnowledgeBasePage.vue'),
    props: true,
    meta: { place: 'knowledge' },
  },
  {
    path: '/requests/:tab(mine|answer|review|overdue)?',
    name: 'requests',
    component: () => import('./features/requests/RequestsPage.vue'),
    props: true,
    meta: { place: 'requests' },
  },
  { path: '/view-as', name: 'view-as', component: () => import('./features/access/ViewAsPage.vue') },
  { path: '/explain', name: 'explain', component: () => import('./features/access/ExplainPage.vue') },
  {
    path: '/access',
    name: 'oversight',
    component: () => import('./features/access/OversightPage.vue'),
    meta: { place: 'oversight' },
  },
  {
    path: '/access/:id',
    name: 'overseen',
    component: () => import('./features/access/OverseenPage.vue'),
    props: true,
    meta: { place: 'oversight' },
  },
  {
    path: '/dashboard',
    name: 'dashboard',
    component: () => import('./features/dashboard/DashboardPage.vue'),
    meta: { place: 'dashboard' },
  },
  {
    path: '/people/:tab(waiting|look-alikes)?',
    name: 'people',
    component: () => import('./features/people/PeoplePage.vue'),
    props: true,
    meta: { place: 'people' },
  },
  {
    path: '/groups',
    name: 'groups',
    component: () => import('./features/groups/GroupsPage.vue'),
    meta: { place: 'groups' },
  },
  {
    path: '/groups/everyone',
    name: 'everyone',
    component: () => import('./features/groups/EveryonePage.vue'),
    meta: { place: 'groups' },
  },
  {
    path: '/groups/:id/:tab(members|permissions|models)?',
    name: 'group',
    component: () => import('./features/groups/GroupPage.vue'),
    props: true,
    meta: { place: 'groups' },
  },
  {
    path: '/service-accounts',
    name: 'service-accounts',
    component: () => import('./features/services/ServiceAccountsPage.vue'),
    meta: { within: 'service-accounts' },
  },
  {
    path: '/service-accounts/:id',
    name: 'service-account',
    component: () => import('./features/services/ServiceAccountPage.vue'),
    props: true,
    meta: { within: 'service-accounts' },
  },
  {
    path: '/sign-in-providers',
    name: 'providers',
    component: () => import('./features/providers/ProvidersPage.vue'),
    meta: { place: 'providers' },
  },
  {
    path: '/sign-in-providers/new',
    name: 'new-provider',
    component: () => import('./features/providers/NewProviderPage.vue'),
    meta: { place: 'providers' },
  },
  {
    path: '/sign-in-providers/:id/:tab(mappings|test|scim)?',
    name: 'provider',
    component: () => import('./features/providers/ProviderPage.vue'),
    props: true,
    meta: { place: 'providers' },
  },
  {
    path: '/models',
    name: 'models',
    component: () => import('./features/models/ModelsPage.vue'),
    meta: { place: 'models' },
  },
  {
    path: '/company',
    name: 'company',
    component: () => import('./features/company/CompanyPage.vue'),
    meta: { place: 'company' },
  },
  { path: '/account', name: 'account', component: () => import('./features/account/AccountPage.vue') },
  {
    path: '/joining',
    name: 'joining',
    component: () => import('./features/account/JoiningPage.vue'),
    meta: { bare: true },
  },
  {
    path: '/link/:token',
    name: 'chat-link',
    component: () => import('./features/account/ChatLinkPage.vue'),
    props: true,
    meta: { bare: true },
  },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./shell/MissingPage.vue') },
];

/** Where somebody must be before anything else opens, or null. */
const firstThis = (me: Me): string | null =>
  me.mustChangePassword ? 'change-password' : me.person.role === 'pending' ? 'waiting' : null;

/** The addresses of the portal, and the guard before them. */
export function createPortalRouter(cache: QueryClient) {
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: (to, _from, saved) => (to.hash ? { el: to.hash } : (saved ?? { top: 0 })),
  });
  router.beforeEach(async (to) => {
    if (to.meta.public) return true;
    // A server that cannot be reached is told by the page itself, not by a dead address.
    const me = await cache.ensureQueryData(sessionQuery).catch(() => undefined);
    if (me === undefined) return true;
    if (me === null) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
    const first = firstThis(me);
    // Who waits may still say that another account is theirs.
    if (first) return to.name === first || (first === 'waiting' && to.name === 'joining') ? true : { name: first };
    if (to.name === 'waiting' || to.name === 'start') return { name: startOf(me) };
    return true;
  });
  return router;
}
