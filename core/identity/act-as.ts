import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { peopleByEmail } from './identity.sql.ts';
import type { Person } from './person.ts';

/**
 * The person whom somebody with the machine in their hands acts as on the command line. For a real person this needs a
 * reason, is recorded, and that person sees it on their own page; people of the sample are there to be tried.
 * @throws AppError 'not_found', 'conflict' when several have this address, 'bad_input' without a reason.
 */
export async function actAs(
  ctx: Pick<Context, 'pool'>,
  given: { email: string; reason: string | undefined; what: 'ask' | 'key' },
): Promise<Person> {
  const person = await onePersonByEmail(ctx, given.email);
  if (person.status !== 'active') throw new AppError('forbidden', `The account of ${given.email} is deactivated`);
  const reason = given.reason?.trim() ?? '';
  if (!person.fromSample && reason === '')
    throw new AppError(
      'bad_input',
      `${given.email} is a real person: say why with --reason "…". It is recorded, and they see it on their own page`,
    );
  await record(ctx.pool, {
    actorId: null,
    surface: 'command_line',
    action: 'person.acted_as',
    subjectKind: 'person',
    subjectId: person.id,
    detail: { what: given.what, reason },
  });
  return person;
}

/** @throws AppError 'not_found', or 'conflict' that lists them when several have this address. */
export async function onePersonByEmail(ctx: Pick<Context, 'pool'>, email: string): Promise<Person> {
  const people = await peopleByEmail(ctx.pool, email);
  const [person] = people;
  if (!person) throw new AppError('not_found', `Nobody here has the address ${email}`);
  if (people.length > 1)
    throw new AppError(
      'conflict',
      `Several people have the address ${email}: ${people.map((each) => `${each.id} (${each.name})`).join(', ')}. Use an address that only one has`,
    );
  return person;
}
