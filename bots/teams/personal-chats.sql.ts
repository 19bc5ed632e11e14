import { row, run, sql, type Queryable } from '../../core/storage/sql.ts';

/** Where somebody can be written to, by tenant and Entra object id. */
export type PersonalChat = { serviceUrl: string; conversationId: string; botId: string };
type Who = { tenantId: string; objectId: string };

/** Keeps where somebody wrote to the bot last. */
export const keepPersonalChat = (db: Queryable, { tenantId, objectId }: Who, chat: PersonalChat): Promise<number> =>
  run(
    db,
    sql`INSERT INTO teams_personal_chat AS t (tenant_id, object_id, service_url, conversation_id, bot_id)
        VALUES (${tenantId}, ${objectId}, ${chat.serviceUrl}, ${chat.conversationId}, ${chat.botId})
        ON CONFLICT (tenant_id, object_id) DO UPDATE
        SET service_url = EXCLUDED.service_url, conversation_id = EXCLUDED.conversation_id, bot_id = EXCLUDED.bot_id
        WHERE (t.service_url, t.conversation_id, t.bot_id)
          IS DISTINCT FROM (EXCLUDED.service_url, EXCLUDED.conversation_id, EXCLUDED.bot_id)`,
  );

/** Null for somebody who has never written to the bot alone. */
export const personalChatOf = (db: Queryable, { tenantId, objectId }: Who): Promise<PersonalChat | null> =>
  row(
    db,
    sql`SELECT service_url AS "serviceUrl", conversation_id AS "conversationId", bot_id AS "botId"
        FROM teams_personal_chat WHERE tenant_id = ${tenantId} AND object_id = ${objectId}`,
  );
