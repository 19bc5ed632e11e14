import type { IdentityId, PersonId, ProviderId } from '../ids.ts';
import { prepared, row, rows, run, sql, type Queryable } from '../storage/sql.ts';
import { factsState, type FactsState } from './aging.sql.ts';
import type { Binding } from './header/binding.ts';
import type { Person } from './person.ts';

const PERSON = sql`p.id, p.name, p.email, p.role, p.status, p.language, p.from_sample AS "fromSample"`;

export const personById = (db: Queryable, id: PersonId): Promise<Person | null> =>
  row<Person>(db, sql`SELECT ${PERSON} FROM person p WHERE p.id = ${id}`);

/** People with this address in any spelling of case: several may share one, it is an attribute only. */
export const peopleByEmail = (db: Queryable, email: string): Promise<Person[]> =>
  rows<Person>(
    db,
    sql`SELECT ${PERSON} FROM person p WHERE lower(p.email) = lower(${email}) ORDER BY p.created_at, p.id`,
  );

export const passwordByEmail = (
  db: Queryable,
  email: string,
): Promise<{ hash: string; mustChange: boolean; personId: PersonId } | null> =>
  row(
    db,
    sql`SELECT w.hash, w.must_change AS "mustChange", w.person_id AS "personId" FROM password w WHERE lower(w.email) = lower(${email})`,
  );

export const passwordOf = (db: Queryable, person: PersonId): Promise<{ hash: string; mustChange: boolean } | null> =>
  row(db, sql`SELECT hash, must_change AS "mustChange" FROM password WHERE person_id = ${person}`);

export const setPassword = (
  db: Queryable,
  person: PersonId,
  email: string,
  hash: string,
  mustChange: boolean,
): Promise<number> =>
  run(
    db,
    sql`INSERT INTO password (person_id, email, hash, must_change) VALUES (${person}, ${email}, ${hash}, ${mustChange})
        ON CONFLICT (person_id) DO UPDATE SET hash = EXCLUDED.hash, must_change = EXCLUDED.must_change, changed_at = now()`,
  );

// Sessions ----------------------------------------------------------------------------------------------------------

export type SessionRow = {
  id: string;
  tokenHash: Buffer;
  personId: PersonId;
  expiresAt: Date;
  device: string | null;
  address: string | null;
  providerId: ProviderId | null;
  identityId: IdentityId | null;
  providerSession: string | null;
  idTokenSealed: Buffer | null;
  nameId: string | null;
};

export const insertSession = (db: Queryable, session: SessionRow, at: Date): Promise<number> =>
  run(
    db,
    sql`INSERT INTO session (id, token_hash, person_id, created_at, last_seen_at, expires_at, device, address,
                             provider_id, identity_id, provider_session, id_token_sealed, name_id)
        VALUES (${session.id}, ${session.tokenHash}, ${session.personId}, ${at}, ${at}, ${session.expiresAt}, ${session.device}, ${session.address},
                ${session.providerId}, ${session.identityId}, ${session.providerSession}, ${session.idTokenSealed},
                ${session.nameId})`,
  );

export type ViewingAsRow = { kind: 'person' | 'group'; id: string; until: string };

/** The person of a living session; with `seen` marks it as seen, at most once a minute. */
export const personOfSessionRow = (
  db: Queryable,
  tokenHash: Buffer,
  at: Date,
  idleSince: Date,
  seen: boolean,
): Promise<
  | (Person & {
      sessionId: string;
      mustChange: boolean | null;
      viewingAs: ViewingAsRow | null;
      facts: FactsState;
      binding: Binding | null;
    })
  | null
> =>
  row(
    db,
    prepared(sql`WITH living AS (
          SELECT s.id, s.person_id, s.last_seen_at, s.provider_id, s.identity_id FROM session s
          WHERE s.token_hash = ${tokenHash} AND s.expires_at > ${at} AND s.last_seen_at > ${idleSince}),
        seen AS (
          UPDATE session s SET last_seen_at = ${at} FROM living
          WHERE ${seen} AND s.id = living.id AND living.last_seen_at < ${at}::timestamptz - interval '1 minute')
        SELECT ${PERSON}, l.id AS "sessionId", w.must_change AS "mustChange", ${factsState(sql`p.id`, at)} AS facts,
               CASE WHEN v.session_id IS NOT NULL
                    THEN json_build_object('kind', v.subject_kind, 'id', v.subject_id, 'until', v.ends_at) END AS "viewingAs",
               CASE WHEN h.id IS NOT NULL
                    THEN json_build_object('providerId', h.id, 'subject', coalesce(b.subject, ''), 'enabled', h.enabled,
                                           'settings', h.settings) END AS binding
        FROM living l JOIN person p ON p.id = l.person_id LEFT JOIN password w ON w.person_id = p.id
        LEFT JOIN view_as v ON v.session_id = l.id AND v.ends_at > ${at} AND p.role = 'admin'
        LEFT JOIN identity_provider h ON h.id = l.provider_id AND h.kind = 'header'
        LEFT JOIN identity b ON b.id = l.identity_id
        WHERE p.status = 'active'`),
  );

export const sessionsOf = (
  db: Queryable,
  person: PersonId,
  at: Date,
): Promise<
  { id: string; device: string | null; address: string | null; createdAt: Date; lastSeenAt: Date; expiresAt: Date }[]
> =>
  rows(
    db,
    sql`SELECT id, device, address, created_at AS "createdAt", last_seen_at AS "lastSeenAt", expires_at AS "expiresAt"
        FROM session WHERE person_id = ${person} AND expires_at > ${at} ORDER BY last_seen_at DESC`,
  );

export const deleteSession = (db: Queryable, person: PersonId, session: string): Promise<number> =>
  run(db, sql`DELETE FROM session WHERE id = ${session} AND person_id = ${person}`);

/** Ends a person's sessions, all but one if that is given. */
export const deleteSessions = (db: Queryable, person: PersonId, except: string | null): Promise<number> =>
  run(db, sql`DELETE FROM session WHERE person_id = ${person} AND id IS DISTINCT FROM ${except}::uuid`);

// One-time links ----------------------------------------------------------------------------------------------------

export type LinkPurpose = 'first_sign_in' | 'reset_password';

export const insertOneTimeLink = (
  db: Queryable,
  link: {
    tokenHash: Buffer;
    personId: PersonId;
    purpose: LinkPurpose;
    createdBy: PersonId | null;
    at: Date;
    expiresAt: Date;
  },
): Promise<number> =>
  run(
    db,
    sql`WITH replaced AS (DELETE FROM one_time_link WHERE person_id = ${link.personId} AND used_at IS NULL)
        INSERT INTO one_time_link (token_hash, person_id, purpose, created_by, created_at, expires_at)
        VALUES (${link.tokenHash}, ${link.personId}, ${link.purpose}, ${link.createdBy}, ${link.at}, ${link.expiresAt})`,
  );

export const personOfOneTimeLink = (
  db: Queryable,
  tokenHash: Buffer,
  at: Date,
): Promise<(Person & { purpose: LinkPurpose }) | null> =>
  row(
    db,
    sql`SELECT ${PERSON}, l.purpose FROM one_time_link l JOIN person p ON p.id = l.person_id
        WHERE l.token_hash = ${tokenHash} AND l.used_at IS NULL AND l.expires_at > ${at} AND p.status = 'active'`,
  );

/** No link of this person's that was not used yet opens anything any more. */
export const deleteOneTimeLinks = (db: Queryable, person: PersonId): Promise<number> =>
  run(db, sql`DELETE FROM one_time_link WHERE person_id = ${person} AND used_at IS NULL`);

/** Uses a link up. Gives the person once; null to everyone who comes second. */
export const useOneTimeLink = (db: Queryable, tokenHash: Buffer, at: Date): Promise<Person | null> =>
  row(
    db,
    sql`WITH used AS (UPDATE one_time_link SET used_at = ${at}
          WHERE token_hash = ${tokenHash} AND used_at IS NULL AND expires_at > ${at} RETURNING person_id)
        SELECT ${PERSON} FROM used JOIN person p ON p.id = used.person_id WHERE p.status = 'active'`,
  );

// API keys ----------------------------------------------------------------------------------------------------------

export type NewApiKey = {
  id: string;
  tokenHash: Buffer;
  personId: PersonId;
  name: string;
  scopes: readonly string[];
  madeBy: 'portal' | 'command_line';
  /** Null: the operator. */
  madeByPerson: PersonId | null;
  reason: string | null;
  expiresAt: Date;
};

export const insertApiKey = (db: Queryable, key: NewApiKey): Promise<number> =>
  run(
    db,
    sql`INSERT INTO api_key (id, token_hash, person_id, name, scopes, made_by, made_by_person, reason, expires_at)
        VALUES (${key.id}, ${key.tokenHash}, ${key.personId}, ${key.name}, ${key.scopes}, ${key.madeBy}, ${key.madeByPerson}, ${key.reason}, ${key.expiresAt})`,
  );

/**
 * The person of a living key; marks it as used, at most once a minute. A service account's key is known to whoever made it:
 * it counts while they could make it still, active, approved, and owning the account or managing the group that does.
 */
export const personOfApiKeyRow = (
  db: Queryable,
  tokenHash: Buffer,
  at: Date,
): Promise<(Person & { keyId: string; scopes: string[]; facts: FactsState }) | null> =>
  row(
    db,
    prepared(sql`WITH living AS (
          SELECT k.id, k.person_id, k.scopes, k.last_used_at, k.made_by_person FROM api_key k
          WHERE k.token_hash = ${tokenHash} AND k.revoked_at IS NULL AND k.expires_at > ${at}),
        used AS (
          UPDATE api_key k SET last_used_at = ${at} FROM living
          WHERE k.id = living.id AND (living.last_used_at IS NULL OR living.last_used_at < ${at}::timestamptz - interval '1 minute'))
        SELECT ${PERSON}, l.id AS "keyId", l.scopes, ${factsState(sql`p.id`, at)} AS facts FROM living l JOIN person p ON p.id = l.person_id
        WHERE p.status = 'active' AND (p.kind <> 'service' OR EXISTS (
          SELECT FROM service_account a JOIN person m ON m.id = l.made_by_person AND m.status = 'active' AND m.role <> 'pending'
          WHERE a.person_id = p.id AND CASE a.owner_kind WHEN 'person' THEN a.owner_id = m.id
            ELSE EXISTS (SELECT FROM membership t WHERE t.group_id = a.owner_id AND t.person_id = m.id AND t.manager) END))`),
  );

export type ApiKeyInfo = {
  id: string;
  name: string;
  scopes: string[];
  madeBy: 'portal' | 'command_line';
  reason: string | null;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
};

export const apiKeysOf = (db: Queryable, person: PersonId, at: Date): Promise<ApiKeyInfo[]> =>
  rows(
    db,
    sql`SELECT id, name, scopes, made_by AS "madeBy", reason, created_at AS "createdAt", expires_at AS "expiresAt",
               last_used_at AS "lastUsedAt"
        FROM api_key WHERE person_id = ${person} AND revoked_at IS NULL AND expires_at > ${at} ORDER BY created_at DESC`,
  );

export const revokeApiKeyRow = (db: Queryable, person: PersonId, key: string, at: Date): Promise<number> =>
  run(
    db,
    sql`UPDATE api_key SET revoked_at = ${at} WHERE id = ${key} AND person_id = ${person} AND revoked_at IS NULL`,
  );

/** Revokes every living key of a person. Gives their ids. */
export const revokeApiKeyRows = (db: Queryable, person: PersonId, at: Date): Promise<{ id: string }[]> =>
  rows(
    db,
    sql`UPDATE api_key SET revoked_at = ${at}
        WHERE person_id = ${person} AND revoked_at IS NULL AND expires_at > ${at} RETURNING id`,
  );
