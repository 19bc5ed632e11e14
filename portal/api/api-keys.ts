import type { listApiKeys } from '../../core/identity/api-keys.ts';
import type { ApiKey } from '../contract/account.ts';

/** A key without its secret, as lists show it. */
export const shownKey = (key: Awaited<ReturnType<typeof listApiKeys>>[number]): ApiKey => ({
  ...key,
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt.toISOString(),
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
});
