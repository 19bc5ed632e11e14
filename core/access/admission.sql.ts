import { factsState, type FactsState } from '../identity/aging.sql.ts';
import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import type { AnswerPolicy } from '../knowledge/answer-policy.ts';
import { prepared, row, sql, type Queryable } from '../storage/sql.ts';
import { questionRights } from './rules.sql.ts';

export type ReadableKnowledgeBase = {
  id: KnowledgeBaseId;
  name: string;
  policy: AnswerPolicy;
  notice: string;
};

/** A chat model with the server it is on, as the registry needs them. */
export type UsableModel = {
  id: string;
  name: string;
  contextTokens: number | null;
  server: {
    id: string;
    name: string;
    kind: 'ollama' | 'openai';
    baseUrl: string;
    apiKeySealed: string | null;
    fromEnvironment: boolean;
  };
};

export type Admission = {
  role: string;
  status: string;
  /** Of what providers told about them. */
  facts: FactsState;
  /** Rules that speak of `chat.use`. */
  rules: { effect: 'allow' | 'deny'; cause: 'default' | 'group' }[];
  knowledgeBases: ReadableKnowledgeBase[];
  /** The chat models they may use, the installation's default first. */
  chatModels: UsableModel[];
};

/** What has to be known of a person before a question is answered, in one statement; null where there is no such person. */
export const admissionOf = (db: Queryable, person: PersonId, at: Date): Promise<Admission | null> =>
  row(
    db,
    prepared(sql`${questionRights([person], at)},
        readable AS (SELECT DISTINCT knowledge_base_id FROM knowledge_right)
        SELECT p.role, p.status, ${factsState(sql`p.id`, at)} AS facts,
          (SELECT coalesce(json_agg(json_build_object('effect', c.effect, 'cause', c.cause)), '[]')
             FROM permission_cause c WHERE c.permission = 'chat.use') AS rules,
          (SELECT coalesce(json_agg(json_build_object('id', k.id, 'name', k.name, 'policy', k.answer_policy, 'notice', k.notice) ORDER BY lower(k.name)), '[]')
             FROM readable r JOIN knowledge_base k ON k.id = r.knowledge_base_id) AS "knowledgeBases",
          (SELECT coalesce(json_agg(json_build_object('id', m.id, 'name', m.name, 'contextTokens', m.context_tokens,
             'server', json_build_object('id', s.id, 'name', s.name, 'kind', s.kind, 'baseUrl', s.base_url,
               'apiKeySealed', encode(s.api_key_sealed, 'base64'), 'fromEnvironment', s.from_environment))
             ORDER BY m.is_default DESC, m.name, m.id), '[]')
             FROM (SELECT DISTINCT model_id FROM model_right) u JOIN model m ON m.id = u.model_id AND m.kind = 'chat'
             JOIN model_server s ON s.id = m.server_id) AS "chatModels"
        FROM person p WHERE p.id = ${person}`),
  );
