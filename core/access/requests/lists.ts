import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { KnowledgeBaseId, PersonId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import type { NamePosition } from '../actor.ts';
import { levelName, type LevelName } from '../levels.ts';
import * as store from './requests.sql.ts';

type Needs = { pool: Queryable } & Pick<Context, 'clock'>;

/** What is shown of a knowledge base to who may not read it: this, and nothing else. */
export type Findable = Readonly<{
  id: KnowledgeBaseId;
  name: string;
  /** One sentence of its description, '' where it has none. */
  summary: string;
  /** Null where nobody is left: then nobody can be asked. */
  owner: { kind: 'person' | 'group'; name: string } | null;
  /** One's own open request. */
  requestId: string | null;
}>;

export type AccessRequest = Readonly<{
  id: string;
  state: store.RequestRow['state'];
  /** `name` null: whoever asked may not know it any more. */
  knowledgeBase: { id: KnowledgeBaseId; name: string | null };
  /** `knownBy`: the providers that vouch for them, '' for none; `madeBy`: else who made their account, who could be them. */
  person: { id: PersonId; name: string; email: string | null; knownBy: string; madeBy: string | null };
  reason: string;
  level: LevelName;
  /** The end they wish; null: none. */
  until: Date | null;
  createdAt: Date;
  closedAt: Date | null;
  /** What the owner said: with `given` null it was declined. */
  answer: { by: string | null; word: string; given: { level: LevelName; until: Date | null } | null } | null;
  /** What was given to the person by name before, which an approval replaces. */
  held: { level: LevelName; until: Date | null } | null;
}>;

const SUMMARY_LIMIT = 200;
const SOON_MS = 14 * 24 * 3_600_000;
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The first sentence of a description, cut where it is long. */
export function summaryOf(description: string): string {
  const line = description.trim().split('\n')[0] ?? '';
  const [first] = sentences.segment(line);
  const sentence = (first?.segment ?? '').trim();
  return sentence.length <= SUMMARY_LIMIT ? sentence : `${sentence.slice(0, SUMMARY_LIMIT - 1).trimEnd()}…`;
}

/** The knowledge bases that a person may find but not read, by name. `find`: a part of it, `named`: all of it. */
export async function findableKnowledgeBases(
  ctx: Needs,
  person: PersonId,
  wanted: { find: string; named?: string; id?: KnowledgeBaseId | undefined; after: NamePosition | null; limit: number },
): Promise<Findable[]> {
  const found = await store.findable(ctx.pool, person, ctx.clock.now(), {
    ...wanted,
    id: wanted.id ?? null,
    named: wanted.named ?? null,
  });
  return found.map(({ id, name, description, ownerKind, ownerName, requestId }) => ({
    id,
    name,
    summary: summaryOf(description),
    owner: ownerName === null ? null : { kind: ownerKind, name: ownerName },
    requestId,
  }));
}

/** Requests as one side sees them, open ones first, then the latest: an asker their own, a decider those on what they own. */
export async function listRequests(
  ctx: Needs,
  person: PersonId,
  wanted: { side: store.Side; open?: boolean | undefined; after: store.RequestPosition | null; limit: number },
): Promise<AccessRequest[]> {
  return (await store.requestsOf(ctx.pool, person, ctx.clock.now(), wanted)).map(requestOf);
}

/** @throws AppError 'not_found' for a request that is not this side's. */
export async function getRequest(ctx: Needs, person: PersonId, side: store.Side, id: string): Promise<AccessRequest> {
  const [found] = await store.requestsOf(ctx.pool, person, ctx.clock.now(), { side, id, limit: 1 });
  if (!found) throw notFound('request');
  return requestOf(found);
}

/** For a request that is not theirs, null; any other error is thrown on. */
export function noneIfMissing(error: unknown): null {
  if (error instanceof AppError && error.code === 'not_found') return null;
  throw error;
}

const requestOf = (row: store.RequestRow): AccessRequest => ({
  id: row.id,
  state: row.state,
  knowledgeBase: { id: row.knowledgeBaseId, name: row.knowledgeBaseName },
  person: {
    id: row.personId,
    name: row.personName,
    email: row.personEmail,
    knownBy: row.personKnownBy,
    madeBy: row.personMadeBy,
  },
  reason: row.reason,
  level: row.level,
  until: row.until,
  createdAt: row.createdAt,
  closedAt: row.closedAt,
  answer:
    row.state === 'approved' || row.state === 'declined'
      ? {
          by: row.answeredByName,
          word: row.word,
          given: row.givenLevel === null ? null : { level: row.givenLevel, until: row.givenUntil },
        }
      : null,
  held: row.heldLevel === null ? null : { level: row.heldLevel, until: row.heldUntil },
});

/** What a person loses by itself within two weeks, the next first. */
export async function endingSoon(
  ctx: Needs,
  person: PersonId,
): Promise<{ knowledgeBase: { id: KnowledgeBaseId; name: string }; level: LevelName; until: Date }[]> {
  const at = ctx.clock.now();
  const found = await store.endings(ctx.pool, person, at, new Date(at.getTime() + SOON_MS));
  return found.map(({ id, name, level, until }) => ({ knowledgeBase: { id, name }, level: levelName(level), until }));
}
