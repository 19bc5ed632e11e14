import type { PersonId } from '../ids.ts';
import { factsState, factsInDoubt, type FactsState } from './aging.sql.ts';
import { row, rows, run, sql, type Queryable } from '../storage/sql.ts';

export type AccountKey = { surface: string; tenantId: string; externalId: string };

/** The active, approved person behind a chat account. */
export const personOfAccount = (
  db: Queryable,
  account: AccountKey,
  at: Date,
): Promise<{ id: PersonId; name: string; language: string | null; facts: FactsState } | null> =>
  row(
    db,
    sql`SELECT p.id, p.name, p.language, ${factsState(sql`p.id`, at)} AS facts FROM chat_account c JOIN person p ON p.id = c.person_id
        WHERE c.surface = ${account.surface} AND c.tenant_id = ${account.tenantId} AND c.external_id = ${account.externalId}
          AND p.status = 'active' AND p.role <> 'pending'`,
  );

/** Who stands behind these chat accounts of one workspace; ids without a row are linked to nobody. */
export const standingOfAccounts = (
  db: Queryable,
  surface: string,
  tenantId: string,
  externalIds: readonly string[],
  at: Date,
): Promise<{ externalId: string; personId: PersonId; status: string; role: string; inDoubt: boolean }[]> =>
  rows(
    db,
    sql`SELECT c.external_id AS "externalId", c.person_id AS "personId", p.status, p.role, ${factsInDoubt(sql`p.id`, at)} AS "inDoubt"
        FROM chat_account c JOIN person p ON p.id = c.person_id
        WHERE c.surface = ${surface} AND c.tenant_id = ${tenantId} AND c.external_id = ANY(${externalIds}::text[])`,
  );

export const insertLink = (
  db: Queryable,
  link: AccountKey & { id: string; tokenHash: Buffer; name: string; workspace: string; at: Date; expiresAt: Date },
): Promise<number> =>
  run(
    db,
    sql`WITH replaced AS (
          DELETE FROM chat_link WHERE surface = ${link.surface} AND tenant_id = ${link.tenantId}
            AND external_id = ${link.externalId} AND claimed_by IS NULL)
        INSERT INTO chat_link (id, token_hash, surface, tenant_id, external_id, name, workspace, created_at, expires_at)
        VALUES (${link.id}, ${link.tokenHash}, ${link.surface}, ${link.tenantId}, ${link.externalId}, ${link.name},
                ${link.workspace}, ${link.at}, ${link.expiresAt})`,
  );

export type OpenLink = {
  id: string;
  surface: 'slack' | 'teams';
  tenantId: string;
  externalId: string;
  name: string;
  workspace: string;
};

const OPEN_LINK = sql`id, surface, tenant_id AS "tenantId", external_id AS "externalId", name, workspace`;

export const linkByToken = (db: Queryable, tokenHash: Buffer, at: Date): Promise<OpenLink | null> =>
  row(
    db,
    sql`SELECT ${OPEN_LINK} FROM chat_link WHERE token_hash = ${tokenHash} AND finished_at IS NULL AND expires_at > ${at}`,
  );

export const claim = (
  db: Queryable,
  claimed: { tokenHash: Buffer; personId: PersonId; at: Date; codeExpiresAt: Date },
): Promise<OpenLink | null> =>
  row(
    db,
    sql`UPDATE chat_link SET claimed_by = ${claimed.personId}, code_hash = NULL, code_expires_at = ${claimed.codeExpiresAt}, tries_left = 3
        WHERE token_hash = ${claimed.tokenHash} AND finished_at IS NULL AND expires_at > ${claimed.at} RETURNING ${OPEN_LINK}`,
  );

export const setCode = (db: Queryable, link: string, codeHash: Buffer): Promise<number> =>
  run(db, sql`UPDATE chat_link SET code_hash = ${codeHash} WHERE id = ${link}`);

/** Whose this account was until now; locked, so that two that would link it come one after the other. */
export const holderOf = async (db: Queryable, account: AccountKey): Promise<PersonId | null> =>
  (
    await row<{ personId: PersonId }>(
      db,
      sql`SELECT person_id AS "personId" FROM chat_account
          WHERE surface = ${account.surface} AND tenant_id = ${account.tenantId} AND external_id = ${account.externalId}
          FOR UPDATE`,
    )
  )?.personId ?? null;

/** The claimed links of an account, by people who may come in, that still wait for their code, locked: two codes sent at once are judged one after the other. */
export const waitingLinks = (
  db: Queryable,
  account: AccountKey,
  at: Date,
): Promise<
  { id: string; codeHash: Buffer; personId: PersonId; triesLeft: number; name: string; workspace: string }[]
> =>
  rows(
    db,
    sql`SELECT id, code_hash AS "codeHash", claimed_by AS "personId", tries_left AS "triesLeft", name, workspace FROM chat_link
        WHERE surface = ${account.surface} AND tenant_id = ${account.tenantId} AND external_id = ${account.externalId}
          AND finished_at IS NULL AND code_hash IS NOT NULL AND code_expires_at > ${at} AND tries_left > 0
          AND EXISTS (SELECT FROM person p WHERE p.id = claimed_by AND p.status = 'active' AND p.role <> 'pending')
        ORDER BY code_expires_at DESC FOR UPDATE`,
  );

export const spendTry = (db: Queryable, links: readonly string[]): Promise<number> =>
  run(db, sql`UPDATE chat_link SET tries_left = tries_left - 1 WHERE id = ANY(${links}::uuid[])`);

export const finish = (db: Queryable, link: string, at: Date): Promise<number> =>
  run(db, sql`UPDATE chat_link SET finished_at = ${at} WHERE id = ${link}`);

export const putAccount = (
  db: Queryable,
  account: AccountKey & { id: string; personId: PersonId; name: string; workspace: string },
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO chat_account (id, surface, tenant_id, external_id, person_id, name, workspace)
        VALUES (${account.id}, ${account.surface}, ${account.tenantId}, ${account.externalId}, ${account.personId}, ${account.name}, ${account.workspace})
        ON CONFLICT (surface, tenant_id, external_id)
        DO UPDATE SET person_id = EXCLUDED.person_id, name = EXCLUDED.name, workspace = EXCLUDED.workspace, linked_at = now()`,
  );

export type LinkedAccount = { id: string; surface: 'slack' | 'teams'; name: string; workspace: string; linkedAt: Date };

export const accountsOf = (db: Queryable, person: PersonId): Promise<LinkedAccount[]> =>
  rows(
    db,
    sql`SELECT id, surface, name, workspace, linked_at AS "linkedAt" FROM chat_account WHERE person_id = ${person} ORDER BY linked_at`,
  );

export const deleteAccount = (db: Queryable, person: PersonId, id: string): Promise<number> =>
  run(
    db,
    sql`WITH deleted AS (
          DELETE FROM chat_account WHERE id = ${id} AND person_id = ${person} RETURNING surface, tenant_id, external_id, person_id)
        INSERT INTO chat_unlinked (surface, tenant_id, external_id, person_id)
        SELECT surface, tenant_id, external_id, person_id FROM deleted
        ON CONFLICT (surface, tenant_id, external_id, person_id) DO UPDATE SET at = now()`,
  );

/** Every account of a person is linked to nobody by this; gives them. */
export const deleteAccountsOf = (
  db: Queryable,
  person: PersonId,
): Promise<{ surface: string; tenantId: string; externalId: string; name: string }[]> =>
  rows(
    db,
    sql`DELETE FROM chat_account WHERE person_id = ${person}
        RETURNING surface, tenant_id AS "tenantId", external_id AS "externalId", name`,
  );

/** No code that was shown to this person links anything any more. */
export const finishClaims = (db: Queryable, person: PersonId, at: Date): Promise<number> =>
  run(db, sql`UPDATE chat_link SET finished_at = ${at} WHERE claimed_by = ${person} AND finished_at IS NULL`);

export const deleteAccountByKey = (db: Queryable, account: AccountKey): Promise<PersonId | null> =>
  row<{ personId: PersonId }>(
    db,
    sql`WITH deleted AS (
          DELETE FROM chat_account WHERE surface = ${account.surface} AND tenant_id = ${account.tenantId}
            AND external_id = ${account.externalId} RETURNING surface, tenant_id, external_id, person_id)
        INSERT INTO chat_unlinked (surface, tenant_id, external_id, person_id)
        SELECT surface, tenant_id, external_id, person_id FROM deleted
        ON CONFLICT (surface, tenant_id, external_id, person_id) DO UPDATE SET at = now()
        RETURNING person_id AS "personId"`,
  ).then((deleted) => deleted?.personId ?? null);
