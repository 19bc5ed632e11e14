import path from 'node:path';
import { newFirstPassword } from '../core/setup/first-sign-in.ts';
import { command } from './command.ts';
import { say } from './terminal/lines.ts';
import { withInstallation } from './terminal/open.ts';

/** Gives the first administrator a new random password, for whoever has the machine in their hands and lost the old one. */
await command(() =>
  withInstallation(async (ctx) => {
    const made = await newFirstPassword(ctx);
    say(`Sign in at ${ctx.config.PUBLIC_URL} as ${made.email}`);
    say(`The password stands in ${path.relative('', made.file)}; it has to be changed at once.`);
    say('Sessions that were open have ended, and API keys made before are revoked.');
    if (process.stdout.isTTY) say(`Password: ${made.password}`);
  }),
);
