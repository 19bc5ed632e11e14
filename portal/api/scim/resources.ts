import type { ScimGroup } from '../../../core/identity/scim/groups.ts';
import type { ScimUser } from '../../../core/identity/scim/users.ts';
import { URN } from './schemas.ts';

export type Resource = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly meta: Readonly<{ version: string; location: string }>;
};

/** A version as an entity tag: weak, since `groups` may be others under the same one. */
export const tagOf = (version: number): string => `W/"${version}"`;

const known = (parts: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null));

const meta = (
  type: 'User' | 'Group',
  base: string,
  it: { id: string; version: number; createdAt: Date; updatedAt: Date },
) => ({
  resourceType: type,
  created: it.createdAt.toISOString(),
  lastModified: it.updatedAt.toISOString(),
  location: `${base}/${type}s/${it.id}`,
  version: tagOf(it.version),
});

/** A user as RFC 7643 writes one; what is not known is left out. */
export function userResource(user: ScimUser, base: string): Resource {
  const { userName, externalId, displayName, emails, active, preferredLanguage, locale, groups } = user;
  const name = known(user.name);
  return {
    schemas: [URN.user],
    id: user.id,
    ...known({ externalId }),
    userName,
    ...known({ displayName, preferredLanguage, locale }),
    ...(Object.keys(name).length > 0 ? { name } : {}),
    ...(emails.length > 0 ? { emails } : {}),
    active,
    ...(groups === null
      ? {}
      : {
          groups: groups.map(({ id, displayName: display }) => ({
            value: id,
            display,
            type: 'direct',
            $ref: `${base}/Groups/${id}`,
          })),
        }),
    meta: meta('User', base, user),
  };
}

/** A group as RFC 7643 writes one. */
export function groupResource(group: ScimGroup, base: string): Resource {
  const { id, externalId, displayName, members } = group;
  return {
    schemas: [URN.group],
    id,
    ...known({ externalId }),
    displayName,
    ...(members === null
      ? {}
      : {
          members: members.map((each) => ({
            value: each.id,
            display: each.name,
            type: 'User',
            $ref: `${base}/Users/${each.id}`,
          })),
        }),
    meta: meta('Group', base, group),
  };
}
