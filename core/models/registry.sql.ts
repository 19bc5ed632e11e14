import { modelRights } from '../access/rules.sql.ts';
import type { PersonId } from '../ids.ts';
import { row, rows, run, sql, type Queryable } from '../storage/sql.ts';

export type ServerRow = {
  id: string;
  name: string;
  kind: 'ollama' | 'openai';
  baseUrl: string;
  apiKeySealed: Buffer | null;
  fromEnvironment: boolean;
};

const SERVER = sql`id, name, kind, base_url AS "baseUrl", api_key_sealed AS "apiKeySealed", from_environment AS "fromEnvironment"`;

export const serverRows = (db: Queryable): Promise<ServerRow[]> =>
  rows(db, sql`SELECT ${SERVER} FROM model_server ORDER BY created_at, id`);

export const serverRow = (db: Queryable, id: string): Promise<ServerRow | null> =>
  row(db, sql`SELECT ${SERVER} FROM model_server WHERE id = ${id}`);

/** Makes or updates the server that the environment names. Gives its id. */
export const putEnvironmentServer = (
  db: Queryable,
  server: { id: string; name: string; kind: string; baseUrl: string },
): Promise<{ id: string } | null> =>
  row(
    db,
    sql`INSERT INTO model_server (id, name, kind, base_url, from_environment)
        VALUES (${server.id}, ${server.name}, ${server.kind}, ${server.baseUrl}, true)
        ON CONFLICT (lower(name)) DO UPDATE SET base_url = EXCLUDED.base_url, kind = EXCLUDED.kind, from_environment = true RETURNING id`,
  );

export type FoundModel = {
  name: string;
  kind: 'chat' | 'embedding' | 'rerank';
  contextTokens: number | null;
  classes: readonly string[];
};

/** Makes or refreshes a model of a server. `isNew` says whether it was seen for the first time. */
export const putModel = (
  db: Queryable,
  model: FoundModel & { id: string; serverId: string; isDefault: boolean },
): Promise<{ id: string; isNew: boolean } | null> =>
  row(
    db,
    sql`INSERT INTO model (id, server_id, name, kind, context_tokens, classes, is_default)
        VALUES (${model.id}, ${model.serverId}, ${model.name}, ${model.kind}, ${model.contextTokens}, ${model.classes}, ${model.isDefault})
        ON CONFLICT (server_id, name) DO UPDATE SET
          kind = EXCLUDED.kind, context_tokens = coalesce(EXCLUDED.context_tokens, model.context_tokens),
          is_default = model.is_default OR EXCLUDED.is_default, seen_at = now()
        RETURNING id, xmax = 0 AS "isNew"`,
  );

export type ModelRow = {
  id: string;
  serverId: string;
  serverName: string;
  name: string;
  kind: 'chat' | 'embedding' | 'rerank';
  contextTokens: number | null;
  classes: string[];
  isDefault: boolean;
};

const MODEL = sql`m.id, m.server_id AS "serverId", s.name AS "serverName", m.name, m.kind, m.context_tokens AS "contextTokens", m.classes, m.is_default AS "isDefault"`;

/** The chat models a person may use, the default first. */
export const chatModelsOf = (db: Queryable, person: PersonId, at: Date): Promise<ModelRow[]> =>
  rows(
    db,
    sql`${modelRights([person], at)}
        SELECT DISTINCT ${MODEL} FROM model_right r JOIN model m ON m.id = r.model_id JOIN model_server s ON s.id = m.server_id
        WHERE m.kind = 'chat' ORDER BY m.is_default DESC, m.name, m.id`,
  );

/** Whether an administrator or the settings have chosen a default. */
export const hasDefaultModel = async (db: Queryable): Promise<boolean> =>
  (
    await row<{ there: boolean }>(
      db,
      sql`SELECT EXISTS (SELECT FROM model WHERE kind = 'chat' AND is_default) AS there`,
    )
  )?.there === true;

export const setDefaultModel = (db: Queryable, id: string): Promise<number> =>
  run(db, sql`UPDATE model SET is_default = (id = ${id}) WHERE kind = 'chat' AND (is_default OR id = ${id})`);

export const embeddingServerOf = (db: Queryable, model: string, kind: string): Promise<ServerRow | null> =>
  row(
    db,
    sql`SELECT s.id, s.name, s.kind, s.base_url AS "baseUrl", s.api_key_sealed AS "apiKeySealed", s.from_environment AS "fromEnvironment"
        FROM model m JOIN model_server s ON s.id = m.server_id
        WHERE m.name = ${model} AND m.kind = 'embedding' AND s.kind = ${kind} ORDER BY s.from_environment DESC, s.created_at LIMIT 1`,
  );
