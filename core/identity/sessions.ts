import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { newId, type IdentityId, type PersonId, type ProviderId } from '../ids.ts';
import type { Secrets } from '../storage/secret.ts';
import type { FactsState } from './aging.sql.ts';
import type { Binding } from './header/binding.ts';
import { deleteSession, insertSession, personOfSessionRow, sessionsOf } from './identity.sql.ts';
import type { Person } from './person.ts';
import { hashToken, newToken } from './tokens.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config'>;

/** Through which provider a session was opened, so that the provider can end it and signing out ends the one there. */
export type Through = Readonly<{
  providerId: ProviderId;
  identityId: IdentityId;
  /** OIDC's `sid`, SAML's SessionIndex. */
  providerSession: string | null;
  /** As a hint when signing out there: OIDC's ID token, SAML's NameID as JSON. */
  idToken: string | null;
  /** By which name the provider ends it: SAML's NameID of this sign-in. */
  nameId?: string;
  /** When the provider wants it ended at the latest. */
  endsAt?: Date | null;
}>;

/** Whose menus and rights a session shows instead of its own, and until when. */
export type ViewingAs = Readonly<{ kind: 'person' | 'group'; id: string; until: Date }>;

export type SessionPerson = Readonly<{
  person: Person;
  sessionId: string;
  mustChangePassword: boolean;
  viewingAs: ViewingAs | null;
  /** Of what identity providers told about the person. */
  facts: FactsState;
  /** Set where the session holds only while a proxy goes on naming the same person. */
  binding: Binding | null;
}>;

const HOUR_MS = 3_600_000;

/** Opens a session for a person who has just proved to be that person. The token is for the cookie, only its hash is kept. */
export async function openSession(
  ctx: Needs,
  personId: PersonId,
  from: { address: string | null; device: string | null },
  through?: Through & { secrets: Secrets },
): Promise<{ token: string; sessionId: string; expiresAt: Date }> {
  const token = newToken();
  const at = ctx.clock.now();
  const longest = at.getTime() + ctx.config.SESSION_ABSOLUTE_DAYS * 24 * HOUR_MS;
  const expiresAt = new Date(Math.min(longest, through?.endsAt?.getTime() ?? longest));
  const sessionId = newId(at.getTime());
  const device = from.device?.slice(0, 300) ?? null;
  await insertSession(
    ctx.pool,
    {
      id: sessionId,
      tokenHash: hashToken(token),
      personId,
      expiresAt,
      device,
      address: from.address,
      providerId: through?.providerId ?? null,
      identityId: through?.identityId ?? null,
      providerSession: through?.providerSession ?? null,
      nameId: through?.nameId ?? null,
      idTokenSealed: through?.idToken == null ? null : through.secrets.seal(through.idToken, sessionId),
    },
    at,
  );
  return { token, sessionId, expiresAt };
}

/**
 * Whose session this is; null when it is unknown, idle for too long, too old, or its person is deactivated. `signOfLife`:
 * whether somebody is there, so that it is not idle; false where it is only looked at.
 */
export async function personOfSession(ctx: Needs, token: string, signOfLife = true): Promise<SessionPerson | null> {
  const at = ctx.clock.now();
  const idleSince = new Date(at.getTime() - ctx.config.SESSION_IDLE_HOURS * HOUR_MS);
  const found = await personOfSessionRow(ctx.pool, hashToken(token), at, idleSince, signOfLife);
  if (!found) return null;
  const { sessionId, mustChange, viewingAs, facts, binding, ...person } = found;
  return {
    person,
    sessionId,
    facts,
    binding,
    mustChangePassword: mustChange === true,
    viewingAs: viewingAs && { ...viewingAs, until: new Date(viewingAs.until) },
  };
}

export const listSessions = (ctx: Needs, personId: PersonId): ReturnType<typeof sessionsOf> =>
  sessionsOf(ctx.pool, personId, ctx.clock.now());

/** Ends one of a person's own sessions. @throws AppError 'not_found'. */
export async function endSession(ctx: Needs, personId: PersonId, sessionId: string): Promise<void> {
  if ((await deleteSession(ctx.pool, personId, sessionId)) === 0) throw notFound('session');
}
