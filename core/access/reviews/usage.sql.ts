import type { KnowledgeBaseId, PersonId } from '../../ids.ts';
import { run, sql, type Queryable } from '../../storage/sql.ts';

/** Keeps that somebody got an answer from these knowledge bases on this day. */
export const keepUse = (
  db: Queryable,
  person: PersonId,
  knowledgeBases: readonly KnowledgeBaseId[],
  day: string,
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO knowledge_use AS u (knowledge_base_id, person_id, day)
        SELECT id, ${person}::uuid, ${day}::date FROM knowledge_base WHERE id = ANY(${knowledgeBases}::uuid[]) ORDER BY id
        ON CONFLICT (knowledge_base_id, person_id) DO UPDATE SET day = EXCLUDED.day WHERE u.day < EXCLUDED.day`,
  );
