import { entryInsert, type AuditRow } from '../audit/record.sql.ts';
import type { ConversationId, DocumentId, KnowledgeBaseId, MessageId, PersonId } from '../ids.ts';
import { prepared, row, run, sql, type Queryable } from '../storage/sql.ts';
import type { Outcome, Timings } from './events.ts';

export type Turn = { role: 'person' | 'assistant'; text: string };

export type AskedConversation = { id: ConversationId; turns: (Turn & { id: MessageId })[] };

/**
 * Finds or makes the conversation a question belongs to, stores the question in it and gives the turns before it, oldest
 * first, one statement. Left out are answers drawn from what `readable` does not hold or what was deleted since, and those
 * that found nothing, which name what was searched. Null where `conversationId` names none of the person's own.
 */
export async function storeQuestion(
  db: Queryable,
  asked: {
    personId: PersonId;
    surface: string;
    conversationId: ConversationId | null;
    newConversationId: ConversationId;
    threadKey: string | null;
    messageId: MessageId;
    text: string;
    readable: readonly KnowledgeBaseId[];
    turns: number;
    at: Date;
  },
): Promise<AskedConversation | null> {
  return row<AskedConversation>(
    db,
    prepared(sql`WITH named AS (
          SELECT id FROM conversation WHERE id = ${asked.conversationId}::uuid AND person_id = ${asked.personId}),
        made AS (
          INSERT INTO conversation (id, person_id, surface, thread_key, title, created_at, updated_at)
          SELECT ${asked.newConversationId}::uuid, ${asked.personId}::uuid, ${asked.surface}::text, ${asked.threadKey}::text,
                 left(${asked.text}::text, 120), ${asked.at}::timestamptz, ${asked.at}::timestamptz
          WHERE ${asked.conversationId}::uuid IS NULL
          ON CONFLICT (person_id, surface, thread_key) DO UPDATE SET updated_at = EXCLUDED.updated_at
          RETURNING id),
        chosen AS (SELECT id FROM named UNION ALL SELECT id FROM made),
        touched AS (UPDATE conversation c SET updated_at = ${asked.at}::timestamptz FROM named WHERE c.id = named.id),
        stored AS (
          INSERT INTO message (id, conversation_id, role, text, created_at)
          SELECT ${asked.messageId}::uuid, id, 'person', ${asked.text}::text, ${asked.at}::timestamptz FROM chosen)
        SELECT c.id, coalesce((
          SELECT json_agg(t ORDER BY t.created_at, t.id) FROM (
            SELECT m.role, m.text, m.created_at, m.id FROM message m
            WHERE m.conversation_id = c.id AND (m.role = 'person' OR m.outcome IN ('answered', 'stopped'))
              AND NOT EXISTS (
                SELECT FROM message_source s
                LEFT JOIN document d ON d.id = s.document_id AND d.deleted_at IS NULL
                                    AND d.knowledge_base_id = ANY(${asked.readable}::uuid[])
                WHERE s.message_id = m.id AND (d.id IS NULL OR NOT s.knowledge_base_id = ANY(${asked.readable}::uuid[])))
            ORDER BY m.created_at DESC, m.id DESC LIMIT ${asked.turns}) t), '[]') AS turns
        FROM chosen c`),
  );
}

export type StoredSource = {
  n: number;
  knowledgeBaseId: KnowledgeBaseId;
  documentId: DocumentId;
  versionId: string;
  passageId: string;
  score: number;
  cited: boolean;
};

export type StoredAnswer = {
  id: MessageId;
  conversationId: ConversationId;
  text: string;
  outcome: Outcome | 'failed' | 'stopped';
  errorCode: string | null;
  model: string | null;
  timings: Timings | null;
  sources: readonly StoredSource[];
  /** The earlier answers that the model was given: what they were drawn from, this one may repeat. */
  remembered: readonly MessageId[];
  at: Date;
};

/**
 * Stores an answer with what it was drawn from and the record of it, one statement: all of it or nothing. A document that only a remembered answer was drawn from is
 * a source too, behind its own and never cited: who may not read it is not told of this answer either.
 */
export async function storeAnswer(db: Queryable, answer: StoredAnswer, entry: AuditRow): Promise<void> {
  await run(
    db,
    prepared(sql`WITH stored AS (
          INSERT INTO message (id, conversation_id, role, text, outcome, error_code, model, timings, created_at)
          VALUES (${answer.id}, ${answer.conversationId}, 'assistant', ${answer.text}, ${answer.outcome}, ${answer.errorCode},
                  ${answer.model}, ${answer.timings}, ${answer.at})),
        recorded AS (${entryInsert(entry)}),
        own AS (
          SELECT * FROM json_to_recordset(${JSON.stringify(answer.sources)}::json) AS s(n int, "knowledgeBaseId" uuid,
             "documentId" uuid, "versionId" uuid, "passageId" uuid, score real, cited boolean)),
        inherited AS (
          SELECT DISTINCT ON (document_id) knowledge_base_id, document_id, version_id, passage_id, score FROM message_source
          WHERE message_id = ANY(${answer.remembered}::uuid[]) AND document_id NOT IN (SELECT "documentId" FROM own)
          ORDER BY document_id, passage_id)
        INSERT INTO message_source (message_id, n, knowledge_base_id, document_id, version_id, passage_id, score, cited)
        SELECT ${answer.id}::uuid, n, "knowledgeBaseId", "documentId", "versionId", "passageId", score, cited FROM own
        UNION ALL
        SELECT ${answer.id}::uuid, ${answer.sources.length}::int + (row_number() OVER ())::int, knowledge_base_id, document_id,
               version_id, passage_id, score, false FROM inherited`),
  );
}
