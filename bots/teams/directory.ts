import type { TeamsApi } from './api.ts';
import type { Asked } from './incoming.ts';
import type { Member } from './member.ts';

export type Directory = Readonly<{
  /** Who wrote it, as Teams itself says. @throws TeamsCallError where it does not; then nobody may be believed to be anybody. */
  sender(asked: Asked): Promise<Member>;
}>;

const KEPT_MS = 5 * 60_000;

/** Remembers for a few minutes who somebody is. */
export function createDirectory(api: TeamsApi, now: () => number = Date.now): Directory {
  const known = new Map<string, { member: Member; until: number }>();
  const keyOf = ({ chat, user }: Asked) => `${chat.tenantId} ${user.objectId} ${user.id}`;
  return {
    async sender(asked) {
      const { user } = asked;
      if (user.isBot) return { id: user.id, name: user.name, objectId: null, refusal: 'bot' };
      if (user.objectId === null) return { id: user.id, name: user.name, objectId: null, refusal: 'stranger' };
      const entry = known.get(keyOf(asked));
      if (entry && entry.until > now()) return entry.member;
      const found = await api.member(asked.chat, user.id);
      // The list of members names the same person as the message, or it is not about them.
      const member: Member =
        found.objectId === user.objectId || found.refusal !== null ? found : { ...found, refusal: 'unverifiable' };
      if (member.refusal !== 'unverifiable') known.set(keyOf(asked), { member, until: now() + KEPT_MS });
      for (const [key, { until }] of known) if (until < now()) known.delete(key);
      return member;
    },
  };
}
