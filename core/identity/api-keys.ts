import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type PersonId } from '../ids.ts';
import type { FactsState } from './aging.sql.ts';
import {
  apiKeysOf,
  insertApiKey,
  personOfApiKeyRow,
  revokeApiKeyRow,
  revokeApiKeyRows,
  type ApiKeyInfo,
} from './identity.sql.ts';
import { withTransaction } from '../storage/pool.ts';
import type { Queryable } from '../storage/sql.ts';
import type { Person } from './person.ts';
import { hashToken, newToken } from './tokens.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config'>;

/** What a key may be limited to. `all` is everything its person may do; a scope never adds to that. */
export const API_KEY_SCOPES = ['ask', 'search', 'knowledge', 'people', 'models', 'all'] as const;
export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

const PREFIX = 'gh_';
const DAY_MS = 24 * 3_600_000;

/** Whether a token says that it is a key of ours, known or not. */
export const looksLikeApiKey = (token: string): boolean => token.startsWith(PREFIX);

/** A new key, shown once; recorded. @throws AppError 'bad_input' when it would live longer than API_KEY_MAX_DAYS. */
export async function createApiKey(
  ctx: Needs,
  wanted: {
    personId: PersonId;
    name: string;
    scopes: readonly ApiKeyScope[];
    days: number;
    madeBy: 'portal' | 'command_line';
    reason?: string;
    /** Who makes it, where that is not the person themself: the owner of a service account. */
    by?: PersonId;
  },
): Promise<{ id: string; key: string; expiresAt: Date }> {
  if (!(wanted.days > 0 && wanted.days <= ctx.config.API_KEY_MAX_DAYS))
    throw new AppError('bad_input', `A key lives for up to ${ctx.config.API_KEY_MAX_DAYS} days`);
  const at = ctx.clock.now();
  const key = PREFIX + newToken();
  const id = newId(at.getTime());
  const expiresAt = new Date(at.getTime() + wanted.days * DAY_MS);
  const { personId, name, scopes, madeBy, days, reason = null, by = personId } = wanted;
  await withTransaction(ctx.pool, async (tx) => {
    await insertApiKey(tx, {
      id,
      tokenHash: hashToken(key),
      personId,
      name,
      scopes: [...new Set(scopes)],
      madeBy,
      madeByPerson: madeBy === 'portal' ? by : null,
      reason,
      expiresAt,
    });
    await record(tx, {
      actorId: madeBy === 'portal' ? by : null,
      surface: madeBy,
      action: 'api_key.created',
      subjectKind: 'person',
      subjectId: personId,
      detail: { keyId: id, scopes, days, ...(reason === null ? {} : { reason }) },
    });
  });
  return { id, key, expiresAt };
}

/** Whose key this is and what it is limited to; null when unknown, revoked, expired, its person is deactivated, or whoever made it for a service account could make it no more. */
export async function personOfApiKey(
  ctx: Needs,
  key: string,
): Promise<{ person: Person; scopes: readonly ApiKeyScope[]; keyId: string; facts: FactsState } | null> {
  if (!looksLikeApiKey(key)) return null;
  const found = await personOfApiKeyRow(ctx.pool, hashToken(key), ctx.clock.now());
  if (!found) return null;
  const { keyId, scopes, facts, ...person } = found;
  return {
    person,
    facts,
    keyId,
    scopes: scopes.filter((scope): scope is ApiKeyScope => (API_KEY_SCOPES as readonly string[]).includes(scope)),
  };
}

export const listApiKeys = (ctx: Needs, personId: PersonId): Promise<ApiKeyInfo[]> =>
  apiKeysOf(ctx.pool, personId, ctx.clock.now());

/** Revokes one of a person's own keys; `by` where somebody else does it. @throws AppError 'not_found'. */
export async function revokeApiKey(
  ctx: Needs,
  personId: PersonId,
  keyId: string,
  by: PersonId = personId,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    if ((await revokeApiKeyRow(tx, personId, keyId, ctx.clock.now())) === 0) throw notFound('key');
    await record(tx, {
      actorId: by,
      surface: 'portal',
      action: 'api_key.revoked',
      subjectKind: 'person',
      subjectId: personId,
      detail: { keyId },
    });
  });
}

/**
 * Revokes every key of a person whose password was reset: whoever had the old one may have made some. In the transaction
 * that sets the new password; each key is recorded.
 */
export async function revokeKeysOnReset(
  tx: Queryable,
  personId: PersonId,
  by: Pick<AuditEntry, 'actorId' | 'surface'>,
  at: Date,
): Promise<void> {
  for (const { id: keyId } of await revokeApiKeyRows(tx, personId, at))
    await record(tx, {
      ...by,
      action: 'api_key.revoked',
      subjectKind: 'person',
      subjectId: personId,
      detail: { keyId, because: 'password_reset' },
    });
}
