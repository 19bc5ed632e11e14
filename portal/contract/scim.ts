import { z } from 'zod';
import { call } from './call.ts';
import { id, instant, listOf } from './shapes.ts';

const ofProvider = z.object({ id });

const scimToken = z
  .object({
    id,
    name: z.string(),
    createdAt: instant,
    expiresAt: instant,
    /** To a minute; null where it never came. */
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: 'ScimToken' });

export const listScimTokens = call({
  method: 'GET',
  path: '/providers/{id}/scim-tokens',
  summary: 'The living tokens of a provider’s provisioning (SCIM), the newest first; never the tokens themselves',
  topic: 'Providers',
  access: 'people',
  params: ofProvider,
  status: 200,
  answers: listOf(scimToken),
});

export const createScimToken = call({
  method: 'POST',
  path: '/providers/{id}/scim-tokens',
  summary: 'Make a token for a provider’s provisioning; it is told this once',
  topic: 'Providers',
  access: 'session',
  params: ofProvider,
  body: z.object({ name: z.string().trim().min(1).max(100), days: z.int().min(1).max(3_650).default(365) }),
  status: 201,
  answers: z.object({
    id,
    token: z.string(),
    expiresAt: instant,
    /** Where the provider sends to. */
    url: z.string(),
  }),
});

export const revokeScimToken = call({
  method: 'DELETE',
  path: '/providers/{id}/scim-tokens/{tokenId}',
  summary: 'Revoke a token; the provider’s provisioning is refused from then on',
  topic: 'Providers',
  access: 'session',
  params: ofProvider.extend({ tokenId: id }),
  status: 204,
  answers: null,
});
