import { command } from './command.ts';
import { say } from './terminal/lines.ts';
import { vitest } from './vitest.ts';

/**
 * `npm test`: everything that needs no server, or the same on the servers of DATABASE_URL and REDIS_URL. Arguments go to Vitest.
 * The last line is `N passed, N failed`.
 */
await command(async () => {
  // A model server that happens to run here must not change what the tests see.
  const env = { OLLAMA_DISCOVERY: 'off', ...process.env };
  const { passed, failed } = await vitest(['--reporter=default', ...process.argv.slice(2)], env);
  say(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
});
