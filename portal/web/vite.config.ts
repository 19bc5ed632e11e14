import { fileURLToPath } from 'node:url';
import ui from '@nuxt/ui/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';
import * as contract from '../contract/index.ts';

/**
 * The icon component without its network half: what is not in the bundle is drawn as nothing, never fetched.
 * Nuxt UI asks for `lucide-check`, the bundle is filed under `lucide:check`: both are kept.
 */
function iconsFromTheBundle(): Plugin {
  const own = '\0icons-from-the-bundle';
  return {
    name: 'icons-from-the-bundle',
    enforce: 'pre',
    resolveId: (id) => (id === '@iconify/vue' ? own : undefined),
    load: (id) =>
      id === own
        ? `import { Icon, addIcon as add } from '@iconify/vue/offline';
           export { Icon };
           export const iconLoaded = () => true;
           export const addIcon = (name, data) => { add(name, data); add(name.replace(':', '-'), data); return true; };`
        : undefined,
  };
}

/** Methods and paths of the contract, without the schemas: a browser has no use for a validator of 60 kB. */
function callsOfTheContract(): Plugin {
  const paths = Object.fromEntries(
    Object.entries(contract).flatMap(([name, value]) =>
      typeof value === 'object' && 'method' in value ? [[name, [value.method, value.path]]] : [],
    ),
  );
  return {
    name: 'calls-of-the-contract',
    resolveId: (id) => (id === 'virtual:calls' ? '\0calls' : undefined),
    load: (id) => (id === '\0calls' ? `export const paths = ${JSON.stringify(paths)};` : undefined),
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [
    iconsFromTheBundle(),
    callsOfTheContract(),
    vue(),
    ui({
      colorMode: false,
      autoImport: { dts: 'node_modules/.nuxt-ui/auto-imports.d.ts' },
      components: { dts: 'node_modules/.nuxt-ui/components.d.ts', dirs: [] },
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'] }, sizeLimitKb: 128 } },
      theme: { colors: ['primary', 'success', 'info', 'warning', 'error'] },
      ui: {
        // Icons a little smaller than the library draws them: the text leads.
        button: {
          variants: { size: { md: { leadingIcon: 'size-4', trailingIcon: 'size-4' } } },
          compoundVariants: [
            { color: 'neutral', variant: 'subtle', class: 'ring-default' },
            {
              color: 'primary',
              variant: 'solid',
              class: 'hover:bg-harbour-600 active:bg-harbour-700 dark:hover:bg-harbour-300 dark:active:bg-harbour-200',
            },
          ],
        },
        switch: { slots: { base: 'data-[state=unchecked]:bg-neutral-500' } },
        input: { variants: { size: { md: { leadingIcon: 'size-4' } } } },
        colors: {
          primary: 'harbour',
          neutral: 'mist',
          success: 'moss',
          info: 'lake',
          warning: 'ochre',
          error: 'brick',
        },
      },
    }),
  ],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
    target: 'es2023',
    chunkSizeWarningLimit: 700,
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': process.env.PORTAL_API ?? 'http://127.0.0.1:3000' } },
});
