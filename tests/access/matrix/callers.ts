import { revokeApiKey } from '../../../core/identity/api-keys.ts';
import { openSession } from '../../../core/identity/sessions.ts';
import type { Context } from '../../../core/context.ts';
import { cookieName, csrfTokenOf } from '../../../portal/api/caller.ts';
import type { Call } from '../../../portal/contract/call.ts';
import type { TestPerson } from '../../factories/company.ts';
import { aKey, type House } from './house.ts';
import type { CALLERS } from './table.ts';

export type Caller = (typeof CALLERS)[number];

/** What a caller brings along to a call. */
type Bringing = (call: Pick<Call, 'access'>) => Promise<Record<string, string>>;

/** Each with what they bring along: browsers a session, a new one to what may change it, programs a key. */
export async function callersOf(ctx: Context, { people }: House): Promise<Record<Caller, Bringing>> {
  const session = async (person: TestPerson) => {
    const { token } = await openSession(ctx, person.id, { address: null, device: 'test' });
    return { Cookie: `${cookieName(ctx.config.PUBLIC_URL)}=${token}`, 'X-CSRF-Token': csrfTokenOf(token) };
  };
  const browser = async (person: TestPerson): Promise<Bringing> => {
    const lasting = await session(person);
    return async ({ access }) => (access === 'session' ? session(person) : lasting);
  };
  const program = async (person: TestPerson, scope: 'all' | 'search' | 'models') => {
    const { id, key } = await aKey(ctx, person, scope);
    return { id, brought: { Authorization: `Bearer ${key}` } };
  };
  const [forSearch, forModels] = [await program(people.manager, 'search'), await program(people.manager, 'models')];
  const foreign = await program(people.foreign, 'all');
  const revoked = await program(people.manager, 'all');
  await revokeApiKey(ctx, people.manager.id, revoked.id);
  return {
    nobody: async () => ({}),
    pending: await browser(people.pending),
    gone: await browser(people.deactivated),
    revoked: async () => revoked.brought,
    narrow: async ({ access }) => (access === 'models' ? forSearch : forModels).brought,
    foreign: async () => foreign.brought,
    user: await browser(people.user),
    contributor: await browser(people.contributor),
    manager: await browser(people.manager),
    admin: await browser(people.admin),
  };
}
