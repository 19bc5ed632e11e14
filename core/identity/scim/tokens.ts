import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { newId, type ProviderId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import { getProvider, type Provider } from '../providers/store.ts';
import { hashToken, newToken } from '../tokens.ts';
import { insertToken, providerOfToken, revokeTokenRow, tokensOf, type TokenRow } from './tokens.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'config'>;

export type ScimToken = Readonly<TokenRow>;

const PREFIX = 'ghscim_';
const SHAPE = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{43}$`);
const DAY_MS = 24 * 3_600_000;
/** Two are needed while one replaces the other. */
const MOST_LIVING = 5;

/** The living tokens of a provider, the newest first. @throws AppError 'not_found'. */
export async function listScimTokens(ctx: Needs, provider: ProviderId): Promise<ScimToken[]> {
  await getProvider(ctx, provider);
  return tokensOf(ctx.pool, provider, ctx.clock.now());
}

/**
 * A new token with which a provider's provisioning comes in, shown once.
 * @throws AppError 'not_found', 'bad_input' when it would live longer than API_KEY_MAX_DAYS, 'conflict' where there are enough.
 */
export async function createScimToken(
  ctx: Needs,
  by: Actor,
  provider: ProviderId,
  wanted: { name: string; days: number },
): Promise<{ id: string; token: string; expiresAt: Date }> {
  if (!(wanted.days > 0 && wanted.days <= ctx.config.API_KEY_MAX_DAYS))
    throw new AppError('bad_input', `A token lives for up to ${ctx.config.API_KEY_MAX_DAYS} days`);
  await getProvider(ctx, provider);
  const at = ctx.clock.now();
  const id = newId(at.getTime());
  const token = PREFIX + newToken();
  const expiresAt = new Date(at.getTime() + wanted.days * DAY_MS);
  await withTransaction(ctx.pool, async (tx) => {
    const row = { id, name: wanted.name, createdBy: by.personId, createdAt: at, expiresAt };
    const made = await insertToken(tx, { ...row, provider, tokenHash: hashToken(token) }, MOST_LIVING);
    if (made === 0) throw new AppError('conflict', `There are ${MOST_LIVING} tokens already: revoke one first`);
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'scim_token.created',
      subjectKind: 'provider',
      subjectId: provider,
      detail: { tokenId: id, days: wanted.days },
    });
  });
  return { id, token, expiresAt };
}

/** @throws AppError 'not_found'. */
export async function revokeScimToken(ctx: Needs, by: Actor, provider: ProviderId, id: string): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    if ((await revokeTokenRow(tx, provider, id, ctx.clock.now())) === 0) throw notFound('token');
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'scim_token.revoked',
      subjectKind: 'provider',
      subjectId: provider,
      detail: { tokenId: id },
    });
  });
}

/** Whose provisioning makes a call, by which token. */
export type Provisioning = Readonly<{ tokenId: string; provider: Provider }>;

/** Whom a token lets in; null when it is unknown, revoked or expired. A provider whose sign-in is disabled still provisions. */
export async function provisioningOf(ctx: Needs, token: string): Promise<Provisioning | null> {
  if (!SHAPE.test(token)) return null;
  const found = await providerOfToken(ctx.pool, hashToken(token), ctx.clock.now());
  return found && { tokenId: found.id, provider: await getProvider(ctx, found.providerId) };
}
