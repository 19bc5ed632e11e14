import { z } from 'zod';
import { holdsPassword } from '../../../config.ts';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** An address that we call, or send people to: encrypted, but for one on this very machine; no password in it. */
export const providerUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .refine((address) => !holdsPassword(address), 'must not hold a name or password')
  .refine((address) => {
    const url = URL.parse(address);
    return url !== null && (url.protocol === 'https:' || LOOPBACK.test(url.hostname));
  }, 'must begin with https://');

/** Where in what a provider tells something stands: `groups`, or `realm_access.roles` for what lies deeper. */
export const claimPath = z.string().trim().min(1).max(300);

/** What is decided alike for every kind of provider. */
export const common = {
  /** What somebody is who comes for the first time and whom no mapping gives a role. `user` lets everybody in that the provider knows. */
  newPeople: z.enum(['pending', 'user', 'refuse']).default('pending'),
  /**
   * When groups or roles are to be told and are not: let nobody in, keep what was told last, or take it as none, as with
   * providers that leave an empty list out.
   */
  missingGroups: z.enum(['refuse', 'keep', 'none']).default('refuse'),
  /** Groups whose name begins so are made here, empty of rights, when the provider first names them. */
  createGroupsPrefix: z.string().trim().min(1).max(100).nullable().default(null),
  /** Whose word on groups counts: what a sign-in brings, or what the provider's provisioning (SCIM) sends. The other is only shown. */
  groupsFrom: z.enum(['sign_in', 'scim']).default('sign_in'),
  /** By which attribute SCIM names whom a sign-in calls the subject. A user name may one day be somebody else's. */
  scimSubject: z.enum(['externalId', 'userName']).default('externalId'),
} as const;
