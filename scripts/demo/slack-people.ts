import type { Context } from '../../core/context.ts';
import type { ChatAccount } from '../../core/identity/chat-accounts.ts';
import { linkForDemo } from './link-account.ts';
import type { LocalWorkspace } from './local-slack.ts';

type Member = LocalWorkspace['users'][number];

/** The sample's people who have a Slack account in the demo, and the channels they are in. */
const MEMBERS = {
  lucia: 'lucia.romano@arvendale.test',
  jonas: 'jonas.becker@arvendale.test',
  meiling: 'meiling.zhou@arvendale.test',
  arjun: 'arjun.nair@arvendale.test',
  cormac: 'cormac.brennan@arvendale.test',
  anneke: 'anneke.devries@arvendale.test',
  marguerite: 'marguerite.dubois@arvendale.test',
  ben: 'ben.carter@arvendale.test',
} as const;
/** Left to be linked by hand. */
const UNLINKED = 'jonas';
export const TEAM_ID = 'T0ARVENDALE';
export const BOT_USER_ID = 'U0GATEHOUSE';

const userIdOf = (name: string): string => `U0${name.toUpperCase()}`;

export type DemoPeople = Pick<LocalWorkspace, 'users' | 'channels'> & { unlinked: Member | null; linked: number };

/**
 * The demo's workspace from the sample company: everyone but one is linked here and now, as if they had sent their digits,
 * and it is recorded as what it is. Where the sample is not there, two strangers are, to be linked by hand.
 */
export async function demoPeople(ctx: Pick<Context, 'pool' | 'db'>): Promise<DemoPeople> {
  const found = await ctx.db.person.findMany({
    where: { fromSample: true, status: 'active', email: { in: Object.values(MEMBERS) } },
    select: { id: true, name: true, email: true },
  });
  const users: Member[] = [];
  let unlinked: Member | null = null;
  let linked = 0;
  for (const [name, email] of Object.entries(MEMBERS)) {
    const person = found.find((one) => one.email === email);
    if (!person) continue;
    const user = { id: userIdOf(name), name, realName: person.name, email };
    users.push(user);
    if (name === UNLINKED) unlinked = user;
    else {
      await linkForDemo(ctx, person.id, accountOf(user), 'npm run demo:slack');
      linked += 1;
    }
  }
  if (users.length === 0) {
    for (const name of ['alex', 'robin'])
      users.push({ id: userIdOf(name), name, realName: name, email: `${name}@example.com` });
    unlinked = users[0] ?? null;
  }
  const here = (names: readonly string[]) => names.map(userIdOf).filter((id) => users.some((user) => user.id === id));
  const channels = [
    { id: 'C0GENERAL', name: 'general', isPrivate: false, topic: 'Everyone', members: users.map(({ id }) => id) },
    { id: 'G0LAB', name: 'discovery-lab', isPrivate: true, topic: 'R&D only', members: here(['meiling', 'arjun']) },
    {
      id: 'G0MIXED',
      name: 'discovery-meets-cmc',
      isPrivate: true,
      topic: 'R&D and Manufacturing',
      members: here(['meiling', 'arjun', 'cormac']),
    },
  ].filter(({ members }) => members.length > 0);
  return { users, channels, unlinked, linked };
}

const accountOf = (user: Member): ChatAccount => ({
  surface: 'slack',
  tenantId: TEAM_ID,
  externalId: user.id,
  name: user.realName,
  workspace: 'Arvendale (demo)',
});
