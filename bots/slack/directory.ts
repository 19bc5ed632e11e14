import { z } from 'zod';
import type { Refusal } from '../../core/conversation/words.ts';
import { SlackCallError, type SlackApi } from './api.ts';
import type { Self } from './incoming.ts';

/** A Slack user as far as it matters who they are. */
export type Profile = Readonly<{ id: string; name: string; deleted: boolean; refusal: Refusal | null }>;

export type Directory = Readonly<{
  /** @throws SlackCallError where Slack does not say; then nobody may be believed to be anybody. */
  profile(userId: string): Promise<Profile>;
  /** All of them, with few calls. @throws SlackCallError where one is not known for sure. */
  profiles(userIds: readonly string[]): Promise<Profile[]>;
  forget(userId: string): void;
}>;

const KEPT_MS = 10 * 60_000;
/** From so many unknown people on, the whole directory is read instead of one after the other. */
const READ_ALL_FROM = 20;
const MOST_PAGES = 200;

const user = z.object({
  id: z.string(),
  team_id: z.string().optional(),
  name: z.string().optional(),
  real_name: z.string().optional(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_stranger: z.boolean().optional(),
  enterprise_user: z.object({ enterprise_id: z.string().optional() }).optional(),
  profile: z.object({ real_name: z.string().optional(), display_name: z.string().optional() }).optional(),
});
const userAnswer = z.object({ user });
const listAnswer = z.object({
  members: z.array(user),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** Who is who in the workspace, remembered for a few minutes. */
export function createDirectory(api: SlackApi, self: Self, now: () => number = Date.now): Directory {
  const known = new Map<string, { profile: Profile; until: number }>();
  let reading: Promise<void> | null = null;

  const remember = (found: z.infer<typeof user>): Profile => {
    const profile = profileOf(found, self);
    known.set(profile.id, { profile, until: now() + KEPT_MS });
    return profile;
  };
  const remembered = (id: string): Profile | null => {
    const entry = known.get(id);
    return entry && entry.until > now() ? entry.profile : null;
  };
  const profile = async (id: string): Promise<Profile> =>
    remembered(id) ?? remember((await api.read('users.info', { user: id }, userAnswer)).user);

  const readAll = async () => {
    let cursor = '';
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await api.read('users.list', { limit: 500, ...(cursor ? { cursor } : {}) }, listAnswer);
      for (const member of answer.members) remember(member);
      cursor = answer.response_metadata?.next_cursor ?? '';
      if (cursor === '') return;
    }
    throw new SlackCallError('users.list', 'too_many_pages');
  };

  return {
    profile,
    async profiles(ids) {
      const distinct = [...new Set(ids)];
      if (distinct.filter((id) => !remembered(id)).length >= READ_ALL_FROM) {
        reading ??= readAll().finally(() => (reading = null));
        await reading;
      }
      const found: Profile[] = [];
      for (const id of distinct) found.push(await profile(id));
      return found;
    },
    forget: (id) => void known.delete(id),
  };
}

function profileOf(found: z.infer<typeof user>, self: Self): Profile {
  const sameCompany =
    found.team_id === self.teamId ||
    (self.enterpriseId !== null && found.enterprise_user?.enterprise_id === self.enterpriseId);
  const refusal: Refusal | null =
    found.is_bot === true || found.id === 'USLACKBOT'
      ? 'bot'
      : found.is_stranger === true
        ? 'stranger'
        : found.is_restricted === true || found.is_ultra_restricted === true
          ? 'guest'
          : sameCompany
            ? null
            : 'foreign';
  return {
    id: found.id,
    name: found.profile?.real_name || found.real_name || found.profile?.display_name || found.name || found.id,
    deleted: found.deleted === true,
    refusal,
  };
}
