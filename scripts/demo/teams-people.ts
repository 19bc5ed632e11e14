import { createHash } from 'node:crypto';
import type { Context } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { linkForDemo } from './link-account.ts';

/** Somebody in the playground. */
export type PlaygroundUser = Readonly<{ id: string; name: string; email: string; objectId: string }>;

/** The sample's people in the demo's Teams. The page acts as the first unless told otherwise; the playground wants six. */
const MEMBERS = [
  'meiling.zhou@arvendale.test',
  'lucia.romano@arvendale.test',
  'cormac.brennan@arvendale.test',
  'anneke.devries@arvendale.test',
  'marguerite.dubois@arvendale.test',
  'jonas.becker@arvendale.test',
] as const;
/** Left to be linked by hand. */
const UNLINKED = 'jonas.becker@arvendale.test';
export const DEMO_TENANT = 'a1b2c3d4-0000-4000-8000-00000000d3e0';

export type DemoPeople = Readonly<{
  /** Whom the page acts as. */
  current: PlaygroundUser;
  others: readonly PlaygroundUser[];
  /** Whether the current one is linked already. */
  linked: boolean;
  unlinked: string;
}>;

/**
 * The sample's people with an account in the demo's Teams, all but one linked, which is recorded. `as`: the email of the one
 * whom the page acts as. @throws AppError where the sample is not there, or `as` is none of them.
 */
export async function demoPeople(ctx: Pick<Context, 'pool' | 'db'>, as: string | undefined): Promise<DemoPeople> {
  const found = await ctx.db.person.findMany({
    where: { fromSample: true, status: 'active', email: { in: [...MEMBERS] } },
    select: { id: true, name: true, email: true },
  });
  const users: PlaygroundUser[] = [];
  for (const email of MEMBERS) {
    const person = found.find((one) => one.email === email);
    if (!person)
      throw new AppError(
        'bad_setting',
        'The demo needs the sample company, which is not in this database: set DATA_DIR to a new folder',
      );
    const objectId = objectIdOf(email);
    users.push({ id: `29:${email.split('@')[0]}`, name: person.name, email, objectId });
    if (email === UNLINKED) continue;
    const account = {
      surface: 'teams',
      tenantId: DEMO_TENANT,
      externalId: objectId,
      name: `${person.name} (${email})`,
      workspace: 'Microsoft Teams',
    } as const;
    await linkForDemo(ctx, person.id, account, 'npm run demo:teams');
  }
  const current = users.find(({ email }) => email === (as ?? MEMBERS[0]));
  if (!current) throw new AppError('bad_input', `--as must be one of ${MEMBERS.join(', ')}`);
  return {
    current,
    others: users.filter((user) => user !== current),
    linked: current.email !== UNLINKED,
    unlinked: UNLINKED,
  };
}

/** Always the same for a person, so that a link outlives the demo. */
function objectIdOf(email: string): string {
  const hex = createHash('sha256').update(email).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
