import './styles.css';
import ui from '@nuxt/ui/vue-plugin';
import { VueQueryPlugin } from '@tanstack/vue-query';
import { createApp } from 'vue';
import { useCsrfToken } from './api/client.ts';
import App from './App.vue';
import { become, SESSION, sessionQuery } from './features/session/session.queries.ts';
import { i18n } from './i18n/index.ts';
import { createQueryClient } from './query.ts';
import { createPortalRouter } from './router.ts';

const cache = createQueryClient((code) => {
  if (code === 'password_change_required') return void cache.invalidateQueries({ queryKey: SESSION });
  const { meta, fullPath } = router.currentRoute.value;
  if (cache.getQueryData(SESSION) === null || meta.public) return;
  become(cache, null);
  void router.push({ name: 'sign-in', query: { next: fullPath, ended: '1' } });
});
const router = createPortalRouter(cache);
useCsrfToken('', () => cache.fetchQuery({ ...sessionQuery, staleTime: 0 }));

// After an update of the server the old pages are gone: load the new ones, where the person wanted to go.
router.onError((error, to) => {
  if (/dynamically imported module|module script failed/i.test(String(error))) location.assign(to.fullPath);
});

createApp(App).use(router).use(VueQueryPlugin, { queryClient: cache }).use(i18n).use(ui).mount('#app');
