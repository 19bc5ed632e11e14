import type { ProviderId } from '../../ids.ts';
import { sql, type Statement } from '../../storage/sql.ts';

/**
 * What counts of all that a provider told about its people, as (identity_id, person_id, told_as, external_id): groups from
 * one source alone, by its setting `groupsFrom`, since two would outvote each other. A group that came by provisioning is
 * named by the provider's own id for it, or by ours where it gave none.
 */
export const told = (provider: ProviderId): Statement => sql`
  SELECT i.id AS identity_id, i.person_id, 'group' AS told_as, t.external_id
  FROM identity i JOIN identity_provider p ON p.id = i.provider_id CROSS JOIN unnest(i.groups) AS t (external_id)
  WHERE i.provider_id = ${provider} AND p.settings ->> 'groupsFrom' IS DISTINCT FROM 'scim'
  UNION ALL
  SELECT i.id, i.person_id, 'role', t.external_id FROM identity i CROSS JOIN unnest(i.roles) AS t (external_id)
  WHERE i.provider_id = ${provider}
  UNION ALL
  SELECT i.id, i.person_id, 'group', coalesce(g.external_id, g.id::text)
  FROM identity_provider p JOIN scim_group g ON g.provider_id = p.id JOIN scim_group_member s ON s.group_id = g.id
  JOIN identity i ON i.id = s.identity_id
  WHERE p.id = ${provider} AND p.settings ->> 'groupsFrom' = 'scim'`;

/**
 * Whether a person (an expression) once made a token of this provider's provisioning, or bears the address of somebody who did:
 * with the token in hand they could write themself into every group that it tells of.
 */
export const madeToken = (provider: ProviderId, person: Statement): Statement => sql`
  EXISTS (SELECT FROM scim_token k JOIN person maker ON maker.id = k.created_by JOIN person bearer ON bearer.id = ${person}
    WHERE k.provider_id = ${provider} AND (maker.id = bearer.id OR lower(maker.email) = lower(bearer.email)))`;
