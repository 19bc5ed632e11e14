import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose';
import { buildEndSessionUrl } from 'openid-client';
import { z } from 'zod';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { withTransaction } from '../../storage/pool.ts';
import { seenFirst } from '../providers/attempts.ts';
import { providerFailed } from '../providers/failure.ts';
import { PROVIDER_TIMEOUT_MS, providerFetch } from '../providers/http.ts';
import type { Provider } from '../providers/store.ts';
import { oidcClient, SIGNATURES } from './client.ts';
import { oidcFailure } from './failure.ts';
import { endProviderSessions } from './logout.sql.ts';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** How old a logout token may be, seconds: a provider tries again for a while, and its id is remembered as long. */
const MOST_AGE_SECONDS = 600;

const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

const claims = z.object({
  jti: z.string().min(1).max(500),
  iat: z.number(),
  sub: z.string().min(1).max(500).optional(),
  sid: z.string().min(1).max(500).optional(),
  events: z.object({ [LOGOUT_EVENT]: z.record(z.string(), z.unknown()) }),
  // OpenID Connect Back-Channel Logout 1.0, 2.4: forbidden, so that no ID token is taken for one of these.
  nonce: z.undefined({ error: 'a nonce' }).optional(),
});

/**
 * Ends the sessions that a provider's logout token names, on every node: sessions live in the database, and what runs for
 * one looks again each second. Gives how many. Checked as OpenID Connect Back-Channel Logout 1.0, 2.6 says.
 * @throws AppError 'bad_input' for a token that is not right, 'provider_failed' where its keys can't be had.
 */
export async function logOutByToken(
  ctx: Pick<Context, 'pool' | 'clock'>,
  provider: Provider<'oidc'>,
  token: string,
): Promise<number> {
  const { jti, iat, sub, sid } = await checkedToken(ctx, provider, token);
  if (sub === undefined && sid === undefined) throw wrong('it names neither sub nor sid');
  // Entra's `sub` is not what we know its people by; the session is.
  const subject = provider.settings.subject === 'sub' ? (sub ?? null) : null;
  if (subject === null && sid === undefined) throw wrong('it names no sid');
  const gone = new Date((iat + MOST_AGE_SECONDS + provider.settings.clockSkewSeconds) * 1_000 + 1_000);
  return withTransaction(ctx.pool, async (tx) => {
    if (!(await seenFirst({ ...ctx, pool: tx }, provider, `logout:${jti}`, gone))) throw wrong('it was used before');
    const ended = await endProviderSessions(tx, { providerId: provider.id, sid: sid ?? null, subject });
    for (const personId of new Set(ended.map((each) => each.personId)))
      await record(tx, {
        actorId: null,
        surface: 'api',
        action: 'session.ended_by_provider',
        subjectKind: 'person',
        subjectId: personId,
        detail: { providerId: provider.id },
      });
    return ended.length;
  });
}

const wrong = (why: string): AppError =>
  new AppError('bad_input', `This logout token cannot be used: ${why}`, { details: { technical: why } });

async function checkedToken(
  ctx: Pick<Context, 'clock'>,
  provider: Provider<'oidc'>,
  token: string,
): Promise<z.output<typeof claims>> {
  const client = await oidcClient(ctx, provider);
  const { issuer, jwks_uri: keysAt } = client.serverMetadata();
  if (keysAt === undefined) throw providerFailed('misconfigured', 'the discovery document names no keys');
  let payload: JWTPayload;
  try {
    const verified = await jwtVerify(token, keySetAt(keysAt), {
      issuer,
      audience: provider.settings.clientId,
      algorithms: [...SIGNATURES],
      clockTolerance: provider.settings.clockSkewSeconds,
      maxTokenAge: MOST_AGE_SECONDS,
      currentDate: ctx.clock.now(),
    });
    payload = verified.payload;
    const { typ } = verified.protectedHeader;
    // Where it says what it is, it must be this: an access token has the same signature.
    if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt|logout)$/i.test(typ))
      throw wrong('its type is another');
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof errors.JWKSTimeout) throw providerFailed('slow', 'keys', error);
    // What is wrong with the token itself: its signature, its times, its issuer.
    if (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC') throw wrong(error.code);
    throw oidcFailure(error);
  }
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw wrong(parsed.error.issues[0]?.path.join('.') ?? 'claims');
  return parsed.data;
}

function keySetAt(address: string): ReturnType<typeof createRemoteJWKSet> {
  const known = keySets.get(address);
  if (known) return known;
  const made = createRemoteJWKSet(new URL(address), {
    timeoutDuration: PROVIDER_TIMEOUT_MS,
    [customFetch]: (url, options) => providerFetch(url, options),
  });
  keySets.set(address, made);
  return made;
}

/** Where to send a browser so that the session ends at the provider too; null where it has no such address. */
export async function signOutThereUrl(
  ctx: Pick<Context, 'clock' | 'config' | 'log'>,
  provider: Provider<'oidc'>,
  idToken: string | null,
): Promise<string | null> {
  if (!provider.settings.signOutThere) return null;
  try {
    const client = await oidcClient(ctx, provider);
    if (client.serverMetadata().end_session_endpoint === undefined) return null;
    return buildEndSessionUrl(client, {
      post_logout_redirect_uri: `${ctx.config.PUBLIC_URL}/sign-in?signed-out=1`,
      ...(idToken === null ? {} : { id_token_hint: idToken }),
    }).href;
  } catch (error) {
    // Here the session has ended; a provider that is away must not look as if it had not.
    ctx.log.warn({ part: 'sign-in', providerId: provider.id, error }, 'sign_out_there_failed');
    return null;
  }
}
