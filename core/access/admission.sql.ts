import type { KnowledgeBaseId, PersonId } from '../ids.ts';
import { row, sql, type Queryable } from '../storage/sql.ts';
import { knowledgeRights } from './rules.sql.ts';

export type ReadableKnowledgeBase = { id: KnowledgeBaseId; name: string; policy: 'sources_only' | 'may_add_general'; notice: string };

export type Admission = {
  role: string;
  status: string;
  /** Rules that speak of `chat.use`. */
  rules: { effect: 'allow' | 'deny'; cause: 'default' | 'group' }[];
  knowledgeBases: ReadableKnowledgeBase[];
};

/** What has to be known of a person before a question is answered, in one statement; null where there is no such person. */
export const admissionOf = (db: Queryable, person: PersonId, at: Date): Promise<Admission | null> =>
  row(
    db,
    sql`${knowledgeRights([person], at)},
        readable AS (SELECT DISTINCT knowledge_base_id FROM knowledge_right)
        SELECT p.role, p.status,
          (SELECT coalesce(json_agg(json_build_object('effect', r.effect, 'cause', CASE WHEN r.group_id IS NULL THEN 'default' ELSE 'group' END)), '[]')
             FROM permission_rule r
             WHERE r.permission = 'chat.use' AND (r.group_id IS NULL OR r.group_id IN (SELECT group_id FROM seat))) AS rules,
          (SELECT coalesce(json_agg(json_build_object('id', k.id, 'name', k.name, 'policy', k.answer_policy, 'notice', k.notice) ORDER BY lower(k.name)), '[]')
             FROM readable r JOIN knowledge_base k ON k.id = r.knowledge_base_id) AS "knowledgeBases"
        FROM person p WHERE p.id = ${person}`,
  );
