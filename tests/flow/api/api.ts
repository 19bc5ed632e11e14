import { test as inContext } from '../../factories/context.ts';
import { anApi, type TestApi } from '../../factories/api.ts';

/** A test with `api`, the running API on this file's context. */
export const test = inContext.extend<{ $file: { api: TestApi } }>({
  api: [
    async ({ ctx }, use) => {
      const api = await anApi(ctx);
      await use(api);
      await api.stop();
    },
    { scope: 'file' },
  ],
});
