import type { MessageId, PersonId } from '../../core/ids.ts';
import { row, run, sql, type Queryable } from '../../core/storage/sql.ts';

/** Where an answer stands in Teams: a thumb under it names only that. */
export type Standing = { tenantId: string; conversationId: string; activityId: string };

export const keepStanding = (db: Queryable, standing: Standing, message: MessageId): Promise<number> =>
  run(
    db,
    sql`INSERT INTO teams_answer (tenant_id, conversation_id, activity_id, message_id)
        SELECT ${standing.tenantId}, ${standing.conversationId}, ${standing.activityId}, id FROM message WHERE id = ${message}
        ON CONFLICT (tenant_id, conversation_id, activity_id) DO UPDATE SET message_id = EXCLUDED.message_id`,
  );

export const answerAt = async (db: Queryable, standing: Standing): Promise<MessageId | null> =>
  (
    await row<{ id: MessageId }>(
      db,
      sql`SELECT message_id AS id FROM teams_answer
          WHERE tenant_id = ${standing.tenantId} AND conversation_id = ${standing.conversationId}
            AND activity_id = ${standing.activityId}`,
    )
  )?.id ?? null;

/** The last answer in a place to this person. */
export const lastAnswerIn = async (
  db: Queryable,
  place: Omit<Standing, 'activityId'>,
  person: PersonId,
): Promise<MessageId | null> =>
  (
    await row<{ id: MessageId }>(
      db,
      sql`SELECT a.message_id AS id
          FROM teams_answer a JOIN message m ON m.id = a.message_id JOIN conversation c ON c.id = m.conversation_id
          WHERE a.tenant_id = ${place.tenantId} AND a.conversation_id = ${place.conversationId} AND c.person_id = ${person}
          ORDER BY m.created_at DESC, m.id DESC LIMIT 1`,
    )
  )?.id ?? null;
