import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import type { PersonId, ProviderId } from '../../ids.ts';
import { deleteSession } from '../identity.sql.ts';
import { KINDS } from '../providers/settings.ts';
import { named, type Came } from './named.ts';

/** A session that holds only while a proxy goes on naming the same person. `settings` as they are stored. */
export type Binding = Readonly<{ providerId: ProviderId; subject: string; enabled: boolean; settings: unknown }>;

/**
 * Whether the proxy that signed somebody in still names them. It naming somebody else, or nobody, ends the session; a request
 * that came another way is refused and ends nothing, so that a stranger who holds the cookie cannot sign anybody out.
 */
export async function stillNamed(
  ctx: Pick<Context, 'pool'>,
  session: { sessionId: string; person: { id: PersonId }; binding: Binding },
  came: Came,
): Promise<boolean> {
  const { binding, person, sessionId } = session;
  const settings = KINDS.header.settings.safeParse(binding.settings);
  if (!settings.success || !binding.enabled) return false;
  const found = named(settings.data, came);
  if (found === 'elsewhere' || found === 'unclear') return false;
  if (found !== 'nobody' && found.subject === binding.subject) return true;
  if ((await deleteSession(ctx.pool, person.id, sessionId)) > 0)
    await record(ctx.pool, {
      actorId: null,
      surface: 'portal',
      action: 'session.ended_by_provider',
      subjectKind: 'person',
      subjectId: person.id,
      detail: { providerId: binding.providerId },
    });
  return false;
}
