import type { ConversationId, DocumentId, KnowledgeBaseId, MessageId, PersonId } from '../ids.ts';
import { row, rows, run, sql, type Queryable } from '../storage/sql.ts';

export type ConversationRow = {
  id: ConversationId;
  title: string;
  surface: 'portal' | 'api' | 'command_line' | 'slack' | 'teams';
  createdAt: Date;
  updatedAt: Date;
};

const CONVERSATION = sql`id, title, surface, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** A person's own conversations, the latest first, after this place if given. */
export const ownConversations = (
  db: Queryable,
  person: PersonId,
  after: { updatedAt: string; id: ConversationId } | null,
  limit: number,
): Promise<ConversationRow[]> =>
  rows(
    db,
    sql`SELECT ${CONVERSATION} FROM conversation
        WHERE person_id = ${person}
          AND (${after === null} OR (date_trunc('milliseconds', updated_at), id) < (${after?.updatedAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
        ORDER BY date_trunc('milliseconds', updated_at) DESC, id DESC LIMIT ${limit}`,
  );

export const ownConversation = (db: Queryable, person: PersonId, id: ConversationId): Promise<ConversationRow | null> =>
  row(db, sql`SELECT ${CONVERSATION} FROM conversation WHERE id = ${id} AND person_id = ${person}`);

export type MessageRow = {
  id: MessageId;
  role: 'person' | 'assistant';
  text: string;
  outcome: 'answered' | 'not_found' | 'failed' | 'stopped' | null;
  errorCode: string | null;
  model: string | null;
  feedback: 'good' | 'bad' | null;
  createdAt: Date;
};

/** The messages of one of a person's own conversations, the oldest first, after this place if given. */
export const ownMessages = (
  db: Queryable,
  person: PersonId,
  conversation: ConversationId,
  after: { createdAt: string; id: MessageId } | null,
  limit: number,
): Promise<MessageRow[]> =>
  rows(
    db,
    sql`SELECT m.id, m.role, m.text, m.outcome, m.error_code AS "errorCode", m.model, m.feedback, m.created_at AS "createdAt"
        FROM message m JOIN conversation c ON c.id = m.conversation_id
        WHERE c.id = ${conversation} AND c.person_id = ${person}
          AND (${after === null} OR (date_trunc('milliseconds', m.created_at), m.id) > (${after?.createdAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
        ORDER BY date_trunc('milliseconds', m.created_at), m.id LIMIT ${limit}`,
  );

export type SourceRow = {
  messageId: MessageId;
  n: number;
  passageId: string;
  score: number;
  cited: boolean;
  documentId: DocumentId;
  documentName: string | null;
  version: number | null;
  knowledgeBaseId: KnowledgeBaseId;
  knowledgeBaseName: string | null;
  notice: string | null;
  page: number | null;
  heading: string | null;
  /** null: not readable for this person any more, or deleted. */
  text: string | null;
};

/**
 * What these messages were drawn from. Text, name and place only of what lies in `readable`: the passage as it is live, or as
 * it is kept with the version it belonged to.
 */
export const sourcesOf = (
  db: Queryable,
  messages: readonly MessageId[],
  readable: readonly KnowledgeBaseId[],
): Promise<SourceRow[]> =>
  rows(
    db,
    sql`SELECT s.message_id AS "messageId", s.n, s.passage_id AS "passageId", s.score, s.cited,
               s.document_id AS "documentId", d.name AS "documentName", v.version,
               s.knowledge_base_id AS "knowledgeBaseId", k.name AS "knowledgeBaseName", k.notice,
               coalesce(live.page, kept.page) AS page, coalesce(live.heading, kept.heading) AS heading,
               coalesce(live.text, kept.text) AS text
        FROM message_source s
        LEFT JOIN knowledge_base k ON k.id = s.knowledge_base_id AND k.deleted_at IS NULL AND k.id = ANY(${readable}::uuid[])
        LEFT JOIN document d ON d.id = s.document_id AND d.deleted_at IS NULL AND d.knowledge_base_id = k.id
        LEFT JOIN document_version v ON v.id = s.version_id AND v.document_id = d.id
        LEFT JOIN passage live ON live.id = s.passage_id AND live.knowledge_base_id = s.knowledge_base_id
               AND live.knowledge_base_id = ANY(${readable}::uuid[]) AND v.id IS NOT NULL
        LEFT JOIN passage_version kept ON kept.version_id = v.id AND kept.id = s.passage_id
        WHERE s.message_id = ANY(${messages}::uuid[]) ORDER BY s.message_id, s.n`,
  );

/** Sets what a person thinks of an answer to them. Gives 0 where it is not theirs, or no answer. */
export const setFeedback = (
  db: Queryable,
  person: PersonId,
  message: MessageId,
  feedback: 'good' | 'bad' | null,
): Promise<number> =>
  run(
    db,
    sql`UPDATE message m SET feedback = ${feedback} FROM conversation c
        WHERE m.id = ${message} AND m.role = 'assistant' AND c.id = m.conversation_id AND c.person_id = ${person}`,
  );
