import type { Pool } from 'pg';
import { run, sql } from '../../../core/storage/sql.ts';
import { FAKE_EMBEDDER } from '../../fakes/embedder.ts';
import { AT, type World } from './world.ts';

const SERVER = '11111111-1111-7111-8111-111111111111';

/** The database then holds this world and nothing of another one: each is a company of its own. */
export async function loadWorld(pool: Pool, world: World): Promise<void> {
  await pool.query(
    `DELETE FROM passage WHERE knowledge_base_id IN (SELECT id FROM knowledge_base); DELETE FROM passage_term;
     DELETE FROM document; DELETE FROM break_glass; DELETE FROM permission_rule; DELETE FROM access_grant;
     DELETE FROM membership; DELETE FROM knowledge_base; DELETE FROM model_server; DELETE FROM access_group; DELETE FROM person`,
  );
  const rows = (given: readonly object[]) => JSON.stringify(given);
  await run(
    pool,
    sql`WITH
      people AS (INSERT INTO person (id, name, role, status, kind)
        SELECT id, id, role, status, kind FROM json_populate_recordset(NULL::person, ${rows(world.people)})),
      groups AS (INSERT INTO access_group (id, name, model_classes)
        SELECT id, name, "modelClasses" FROM json_to_recordset(${rows(world.groups)}) AS g(id uuid, name text, "modelClasses" text[])),
      members AS (INSERT INTO membership (group_id, person_id, source, manager)
        SELECT "group", person, source, manager FROM json_to_recordset(${rows(world.memberships)})
          AS m("group" uuid, person uuid, source text, manager boolean)),
      bases AS (INSERT INTO knowledge_base (id, name, owner_kind, owner_id, embedding_model, dimensions, deleted_at)
        SELECT id, id, "ownerKind", owner, ${FAKE_EMBEDDER}, 96, CASE WHEN deleted THEN ${AT}::timestamptz END
        FROM json_to_recordset(${rows(world.knowledgeBases)}) AS k(id uuid, "ownerKind" text, owner uuid, deleted boolean)),
      server AS (INSERT INTO model_server (id, name, kind, base_url) VALUES (${SERVER}, 'A server', 'ollama', 'http://127.0.0.1:9')),
      models AS (INSERT INTO model (id, server_id, name, kind, classes)
        SELECT id, ${SERVER}::uuid, id, kind, classes FROM json_populate_recordset(NULL::model, ${rows(world.models)})),
      grants AS (INSERT INTO access_grant (id, resource_kind, resource_id, to_kind, to_id, level, expires_at)
        SELECT id, "on", resource, "to", recipient, level, expires FROM json_to_recordset(${rows(world.grants)})
          AS g(id uuid, "on" text, resource uuid, "to" text, recipient uuid, level text, expires timestamptz)),
      rules AS (INSERT INTO permission_rule (id, group_id, permission, effect, withheld)
        SELECT id, "group", permission, effect, withheld FROM json_to_recordset(${rows(world.rules)})
          AS r(id uuid, "group" uuid, permission text, effect text, withheld boolean))
      INSERT INTO break_glass (id, person_id, resource_kind, resource_id, level, reason, started_at, ends_at)
        SELECT id, person, "on", resource, level, 'a reason', ends - interval '1 hour', ends
        FROM json_to_recordset(${rows(world.openings)})
          AS o(id uuid, person uuid, "on" text, resource uuid, level text, ends timestamptz)`,
  );
}

/** What stands in each knowledge base: one passage that gives away where it was found, as near to a question as any other. */
export async function loadCanaries(
  pool: Pool,
  canaries: readonly {
    base: string;
    document: string;
    version: string;
    passage: string;
    text: string;
    vector: string;
  }[],
): Promise<void> {
  await run(
    pool,
    sql`WITH
      given AS (SELECT *, to_tsvector('english', text) AS words FROM json_to_recordset(${JSON.stringify(canaries)})
        AS c(base uuid, document uuid, version uuid, passage uuid, text text, vector text)),
      documents AS (INSERT INTO document (id, knowledge_base_id, name, live_version_id)
        SELECT document, base, 'Canary.txt', version FROM given),
      versions AS (INSERT INTO document_version (id, document_id, version, file_name, file_key, sha256, bytes, format, stage)
        SELECT version, document, 1, 'Canary.txt', version, '', 1, 'text', 'ready' FROM given),
      terms AS (INSERT INTO passage_term (knowledge_base_id, term, passages)
        SELECT base, unnest(tsvector_to_array(words)), 1 FROM given),
      counted AS (UPDATE knowledge_base SET passage_count = 1 WHERE id IN (SELECT base FROM given))
      INSERT INTO passage (knowledge_base_id, id, document_id, version_id, ordinal, text, search, embedding)
        SELECT base, passage, document, version, 0, text, words, vector::vector FROM given`,
  );
}
