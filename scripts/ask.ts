import { parseArgs } from 'node:util';
import { PRIVATE } from '../core/access/scope.ts';
import { answer } from '../core/answer.ts';
import type { AnswerEvent } from '../core/conversation/events.ts';
import { AppError } from '../core/errors.ts';
import { actAs } from '../core/identity/act-as.ts';
import { command } from './command.ts';
import { complain, say } from './terminal/lines.ts';
import { withInstallation } from './terminal/open.ts';

const USAGE = 'npm run ask -- --as EMAIL [--reason "…"] [--json] "question"';

/** Asks as a person and prints the answer with its citations; with --json as POST /api/v1/ask gives it. */
await command(async () => {
  const { values, positionals } = parseArgs({
    options: { as: { type: 'string' }, reason: { type: 'string' }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const text = positionals.join(' ');
  if (values.as === undefined || text === '') throw new AppError('bad_input', `Usage: ${USAGE}`);
  const { as: email, reason, json } = values;
  return withInstallation(async (ctx) => {
    const person = await actAs(ctx, { email, reason, what: 'ask' });
    let said = '';
    let last: AnswerEvent | undefined;
    for await (const event of answer(ctx, { text, asker: person.id, surface: 'command_line', place: PRIVATE })) {
      if (event.type === 'text') {
        said += event.text;
        if (!json) process.stdout.write(event.text);
      }
      last = event;
    }
    if (last?.type === 'failed') throw new AppError(last.code, last.message);
    if (last?.type !== 'done') throw new AppError('internal', 'The answer had no end');
    const { type: _, ...told } = last;
    if (json) {
      say(JSON.stringify({ ...told, answer: said }));
      return;
    }
    say('');
    for (const { n, document, page, heading, url } of told.citations)
      say(
        `  [${n}] ${document.name}, version ${document.version}${page === null ? '' : `, page ${page}`}${heading === null ? '' : `, ${heading}`}\n      ${url}`,
      );
    for (const { name, text: notice } of told.notices) say(`\n  Notice, ${name}: ${notice.replaceAll('\n', '\n  ')}`);
    if (told.outcome === 'not_found') complain('Nothing was found');
  });
});
