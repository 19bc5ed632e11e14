import { command } from './command.ts';
import { buildPortal, generateClient } from './prepare.mjs';

/** `npm run generate`: Prisma's client and the portal's pages anew, whether or not their sources changed. */
await command(async () => {
  await generateClient(process.execPath, { always: true });
  await buildPortal(process.execPath, { always: true });
  process.stdout.write('Generated the database client and built the portal.\n');
});
