import { parseArgs } from 'node:util';
import { resourceKindOf } from '../core/access/actions.ts';
import { explain } from '../core/access/explain.ts';
import { resourceNamed } from '../core/access/resource-named.ts';
import { AppError } from '../core/errors.ts';
import { onePersonByEmail } from '../core/identity/act-as.ts';
import { command } from './command.ts';
import { say } from './terminal/lines.ts';
import { withInstallation } from './terminal/open.ts';

const USAGE = 'npm run explain -- --as EMAIL [--json] ACTION [NAME], such as: knowledge.read "Company Policies"';

/** Says why a person can or cannot do something, with the chain that decides it; with --json as GET /api/v1/explain gives it. */
await command(async () => {
  const { values, positionals } = parseArgs({
    options: { as: { type: 'string' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [action, ...words] = positionals;
  const { as: email, json } = values;
  if (email === undefined || action === undefined) throw new AppError('bad_input', `Usage: ${USAGE}`);
  return withInstallation(async (ctx) => {
    const person = await onePersonByEmail(ctx, email);
    const kind = resourceKindOf(action);
    const name = words.join(' ');
    if (kind !== null && name === '') throw new AppError('bad_input', `Usage: ${USAGE}`);
    const explanation = await explain(
      ctx,
      { personId: null, surface: 'command_line' },
      {
        person: person.id,
        action,
        ...(kind === null ? {} : { resource: await resourceNamed(ctx, kind, name) }),
      },
    );
    if (json) {
      say(JSON.stringify(explanation));
      return;
    }
    say(explanation.sentence);
    for (const { text, decides } of explanation.chain) say(`  ${decides ? '→' : ' '} ${text}`);
  });
});
