import { missingKeycloak } from '../tests/live/keycloak.ts';
import { LIVE_SERVERS, missingOf } from '../tests/live/servers.ts';
import { command } from './command.ts';
import { say } from './terminal/lines.ts';
import { vitest } from './vitest.ts';

/**
 * `npm run test:live`: the main journey on each real model server that the environment names, and signing in through a real
 * Keycloak, a line for each that it does not. Arguments go to Vitest. The last line is `N passed, N failed, N skipped`.
 */
await command(async () => {
  const given = ['--config', 'vitest.live.config.ts', '--reporter=verbose', ...process.argv.slice(2)];
  // The servers under test are those that are named, never one that happens to be found.
  const { passed, failed, skipped } = await vitest(given, { ...process.env, OLLAMA_DISCOVERY: 'off' });
  for (const server of LIVE_SERVERS)
    if (missingOf(server).length > 0) say(`${server.name} skipped: set ${missingOf(server).join(', ')}`);
  if (missingKeycloak().length > 0) say(`Keycloak skipped: set ${missingKeycloak().join(', ')}`);
  say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 ? 1 : 0;
});
