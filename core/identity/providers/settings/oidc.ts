import { z } from 'zod';
import { claimPath, common, providerUrl } from './common.ts';

const word = z.string().trim().min(1).max(300);

/** An OpenID Connect provider: Entra ID, Okta, Keycloak, Google and whatever else has a discovery document. */
export const oidcSettings = z.object({
  ...common,
  /** Exactly as the provider's discovery document says it, to the last slash. */
  issuer: providerUrl,
  clientId: z.string().trim().min(1).max(500),
  /** How the secret is sent; `none` for a public client, which PKCE alone protects. */
  clientAuthentication: z.enum(['client_secret_basic', 'client_secret_post', 'none']).default('client_secret_basic'),
  /** `offline_access` asks for a refresh token, with which groups are renewed while nobody signs in. */
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be a scope, without spaces'))
    .min(1)
    .max(50)
    .refine((scopes) => scopes.includes('openid'), 'must hold openid')
    .default(['openid', 'profile', 'email']),
  /** What is added to the address of the sign-in, such as `prompt: consent`, by which some providers give a refresh token. */
  authorizeParameters: z
    .partialRecord(z.enum(['prompt', 'access_type', 'domain_hint', 'hd', 'acr_values', 'ui_locales']), word)
    .default({}),
  /** `entra`: `tid` and `oid`, since Entra's `sub` differs from application to application. */
  subject: z.enum(['sub', 'entra']).default('sub'),
  /** Tenants whose people may come, where the issuer serves several. Required for them: else everybody with a Microsoft account could. */
  tenants: z.array(z.uuid().toLowerCase()).max(100).default([]),
  nameClaim: claimPath.default('name'),
  emailClaim: claimPath.default('email'),
  /** null: this provider is not asked for groups, and brings none. */
  groupsClaim: claimPath.nullable().default(null),
  rolesClaim: claimPath.nullable().default(null),
  /** Asks the provider's user information too, whose answer then counts for what the ID token does not hold. */
  readUserInfo: z.boolean().default(true),
  /** Entra leaves groups out of a token where there are too many: ask Microsoft Graph for them then. */
  followGroupOverage: z.boolean().default(false),
  graphUrl: providerUrl.default('https://graph.microsoft.com/v1.0'),
  /** Signs out at the provider too. */
  signOutThere: z.boolean().default(true),
  /** How far the provider's clock may be from ours. */
  clockSkewSeconds: z.int().min(0).max(300).default(30),
});

export const oidcSecrets = z.object({ clientSecret: z.string().min(1).max(2_000).optional() });
