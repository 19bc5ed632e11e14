import { parseArgs } from 'node:util';
import { AppError } from '../core/errors.ts';
import { actAs } from '../core/identity/act-as.ts';
import { API_KEY_SCOPES, createApiKey, type ApiKeyScope } from '../core/identity/api-keys.ts';
import { command } from './command.ts';
import { complain, say } from './terminal/lines.ts';
import { withInstallation } from './terminal/open.ts';

const USAGE = 'npm run key -- --as EMAIL [--scopes ask,search] [--days 1] [--reason "…"]';

/** Prints an API key for a person, on standard output alone, so that a script can take it. */
await command(async () => {
  const { values } = parseArgs({
    options: {
      as: { type: 'string' },
      scopes: { type: 'string', default: 'ask,search' },
      days: { type: 'string', default: '1' },
      reason: { type: 'string' },
    },
  });
  if (values.as === undefined) throw new AppError('bad_input', `Usage: ${USAGE}`);
  const scopes = values.scopes.split(',').map((scope) => scope.trim());
  const unknown = scopes.filter((scope) => !(API_KEY_SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0)
    throw new AppError('bad_input', `No such scope: ${unknown.join(', ')}. There are ${API_KEY_SCOPES.join(', ')}`);
  const { as: email, reason } = values;
  return withInstallation(async (ctx) => {
    const person = await actAs(ctx, { email, reason, what: 'key' });
    const made = await createApiKey(ctx, {
      personId: person.id,
      name: 'Made on the command line',
      scopes: scopes as ApiKeyScope[],
      days: Number(values.days),
      madeBy: 'command_line',
      ...(reason === undefined ? {} : { reason }),
    });
    say(made.key);
    complain(`Key for ${email}, scopes ${scopes.join(', ')}, until ${made.expiresAt.toISOString()}`);
  });
});
