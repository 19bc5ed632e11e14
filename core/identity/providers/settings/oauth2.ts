import { z } from 'zod';
import { claimPath, common, providerUrl } from './common.ts';

/** A provider that knows OAuth 2 only, such as GitHub: who somebody is comes from its API. */
export const oauth2Settings = z.object({
  ...common,
  authorizeUrl: providerUrl.default('https://github.com/login/oauth/authorize'),
  tokenUrl: providerUrl.default('https://github.com/login/oauth/access_token'),
  /** Gives the person that a token belongs to. */
  userUrl: providerUrl.default('https://api.github.com/user'),
  /** Gives their teams, a list; null: this provider brings no groups. */
  teamsUrl: providerUrl.nullable().default('https://api.github.com/user/teams'),
  /** Gives the organisations that a person belongs to, a list. */
  organisationsUrl: providerUrl.default('https://api.github.com/user/orgs'),
  /** Organisations, by number, whose teams count; and who belongs to none of them does not come in. Required at github.com: else everybody with an account there could. */
  organisations: z
    .array(z.string().regex(/^\d{1,20}$/, 'must be the number of an organisation'))
    .max(100)
    .default([]),
  clientId: z.string().trim().min(1).max(500),
  scopes: z.array(z.string().min(1).max(200)).max(50).default(['read:user', 'user:email', 'read:org']),
  /** The number that never changes, not the name that does. */
  subjectField: claimPath.default('id'),
  nameField: claimPath.default('name'),
  emailField: claimPath.default('email'),
});

export const oauth2Secrets = z.object({ clientSecret: z.string().min(1).max(2_000).optional() });
