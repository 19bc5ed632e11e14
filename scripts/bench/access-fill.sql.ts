import type { Pool } from 'pg';
import { newId } from '../../core/ids.ts';
import { run, sql } from '../../core/storage/sql.ts';
import { randomFrom } from './retrieval-data.ts';

export type AccessCompany = Readonly<{ people: readonly string[]; groups: readonly string[] }>;

/** Of what there is: how many of each, and what each has of the others. */
export type AccessSize = Readonly<{ people: number; groups: number; knowledgeBases: number }>;

const GROUPS_OF_A_PERSON = 8;
const GRANTS_OF_A_KNOWLEDGE_BASE = 4;
const MODELS = 20;
const RULES_OF_A_GROUP = 4;
const KEYS = ['chat.file_upload', 'tools.web_search', 'tools.code', 'tools.terminal', 'tools.extraction', 'api_keys'];

/**
 * A company made up: each person in about eight groups of unequal size, some of them managing; a knowledge base belongs to a
 * group, or one in four to a person, and has up to four grants, most to groups, one in forty to everyone, one in five with an
 * end; each group allows or denies something, one in ten insists on a class of models.
 */
export async function fillAccess(pool: Pool, size: AccessSize): Promise<AccessCompany> {
  const random = randomFrom(500);
  const below = (end: number): number => Math.floor(random() * end);
  const ids = (count: number): string[] => Array.from({ length: count }, () => newId());
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const pickUnequally = <T>(from: readonly T[]): T => from[Math.floor(from.length * random() ** 2)] as T;
  const [people, groups, bases] = [ids(size.people), ids(size.groups), ids(size.knowledgeBases)];

  await run(
    pool,
    sql`INSERT INTO person (id, name, role) SELECT id, 'Person ' || id, CASE WHEN n % 500 = 0 THEN 'admin' ELSE 'user' END
        FROM unnest(${people}::uuid[]) WITH ORDINALITY AS p(id, n)`,
  );
  await run(
    pool,
    sql`INSERT INTO access_group (id, name, model_classes) SELECT id, 'Group ' || id, CASE WHEN n % 10 = 0 THEN '{small}'::text[] ELSE '{}' END
        FROM unnest(${groups}::uuid[]) WITH ORDINALITY AS g(id, n)`,
  );
  const seats = people.flatMap((person) =>
    Array.from({ length: GROUPS_OF_A_PERSON }, () => ({
      person,
      group: pickUnequally(groups),
      manager: random() < 0.02,
    })),
  );
  await run(
    pool,
    sql`INSERT INTO membership (group_id, person_id, manager) SELECT * FROM unnest(${seats.map(({ group }) => group)}::uuid[],
          ${seats.map(({ person }) => person)}::uuid[], ${seats.map(({ manager }) => manager)}::boolean[]) ON CONFLICT DO NOTHING`,
  );
  const owners = bases.map((id) =>
    random() < 0.25 ? { id, kind: 'person', owner: pick(people) } : { id, kind: 'group', owner: pick(groups) },
  );
  await run(
    pool,
    sql`INSERT INTO knowledge_base (id, name, owner_kind, owner_id, embedding_model) SELECT id, 'Knowledge ' || id, kind, owner, 'bench'
        FROM unnest(${owners.map(({ id }) => id)}::uuid[], ${owners.map(({ kind }) => kind)}::text[], ${owners.map(({ owner }) => owner)}::uuid[]) AS k(id, kind, owner)`,
  );
  const grants = bases.flatMap((base) =>
    Array.from({ length: 1 + below(GRANTS_OF_A_KNOWLEDGE_BASE) }, () => {
      const to = random() < 0.025 ? 'everyone' : random() < 0.7 ? 'group' : 'person';
      return { base, to, recipient: to === 'everyone' ? null : to === 'group' ? pick(groups) : pick(people) };
    }),
  );
  await run(
    pool,
    sql`INSERT INTO access_grant (id, resource_kind, resource_id, to_kind, to_id, level, expires_at)
        SELECT gen_random_uuid(), 'knowledge_base', base, kind, recipient, 'use', CASE WHEN n % 5 = 0 THEN now() + interval '90 days' END
        FROM unnest(${grants.map(({ base }) => base)}::uuid[], ${grants.map(({ to }) => to)}::text[], ${grants.map(({ recipient }) => recipient)}::uuid[])
          WITH ORDINALITY AS g(base, kind, recipient, n) ON CONFLICT DO NOTHING`,
  );
  const server = newId();
  await run(
    pool,
    sql`INSERT INTO model_server (id, name, kind, base_url) VALUES (${server}, 'Bench', 'ollama', 'http://127.0.0.1:9')`,
  );
  const models = ids(MODELS);
  await run(
    pool,
    sql`INSERT INTO model (id, server_id, name, kind, classes) SELECT id, ${server}::uuid, 'model ' || n, 'chat', CASE WHEN n % 2 = 0 THEN '{small}'::text[] ELSE '{large}' END
        FROM unnest(${models}::uuid[]) WITH ORDINALITY AS m(id, n)`,
  );
  await run(
    pool,
    sql`INSERT INTO access_grant (id, resource_kind, resource_id, to_kind, to_id, level)
        SELECT gen_random_uuid(), 'model', m, 'group', g, 'use' FROM unnest(${models}::uuid[]) AS m,
          unnest((${groups}::uuid[])[1:100]) AS g`,
  );
  const rules = groups.flatMap((group) =>
    Array.from({ length: RULES_OF_A_GROUP }, () => ({
      group,
      key: pick(KEYS),
      effect: random() < 0.8 ? 'allow' : 'deny',
    })),
  );
  await run(
    pool,
    sql`INSERT INTO permission_rule (id, group_id, permission, effect) SELECT gen_random_uuid(), * FROM unnest(${rules.map(({ group }) => group)}::uuid[],
          ${rules.map(({ key }) => key)}::text[], ${rules.map(({ effect }) => effect)}::text[]) ON CONFLICT DO NOTHING`,
  );
  await pool.query('VACUUM ANALYZE');
  return { people, groups };
}

/** Each group of the provider, by an external id of the same words, gives the group of ours. */
export const mapGroups = (pool: Pool, provider: string, groups: readonly string[]): Promise<number> =>
  run(
    pool,
    sql`INSERT INTO group_mapping (id, provider_id, told_as, external_id, group_id)
        SELECT gen_random_uuid(), ${provider}::uuid, 'group', 'ext-' || g, g FROM unnest(${groups}::uuid[]) AS g`,
  );
