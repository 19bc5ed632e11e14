import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { IdentityId, PersonId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import type { Attempt } from '../providers/attempts.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import { findProvider, type Provider } from '../providers/store.ts';
import { passwordIsRight } from '../passwords.ts';
import { provenAtDirectory } from '../ldap/sign-in.ts';
import { beginOidc } from '../oidc/sign-in.ts';
import { beginSaml } from '../saml/sign-in.ts';
import { carry, changed, demandProposer } from './carry.ts';
import { fingerprintOf, whoConfirmed, type Pair } from './fit.ts';
import {
  allConfirmed,
  beginSide,
  confirmSide,
  lockMerge,
  openMerges,
  ownerOfIdentity,
  providerOfIdentity,
  takeSide,
  type MergeRow,
} from './merges.sql.ts';
import { sidesOf, type Side } from './sides.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log'>;

/** What one of the two is asked. `seen` goes back with the confirmation: it stands for exactly what was shown. */
export type Asked = Readonly<{
  id: string;
  you: Side;
  other: Side;
  /** Whether this account goes on, else the other one does. */
  kept: boolean;
  role: MergeRow['role'];
  /** Whether each has confirmed just this, so lately that it counts: else they are asked again. */
  confirmed: boolean;
  otherConfirmed: boolean;
  expiresAt: Date;
  seen: string;
}>;

/** The open proposal that asks this person; null where there is none. */
export async function askedOf(ctx: Pick<Needs, 'pool' | 'clock'>, personId: PersonId): Promise<Asked | null> {
  const [merge] = await openMerges(ctx.pool, ctx.clock.now(), [personId]);
  if (!merge) return null;
  const pair = await pairOf(ctx.pool, merge);
  const kept = pair.kept.id === personId;
  const [you, other] = kept ? [pair.kept, pair.joining] : [pair.joining, pair.kept];
  const confirmedBy = whoConfirmed(merge, pair);
  return {
    id: merge.id,
    you,
    other,
    kept,
    role: merge.role,
    confirmed: confirmedBy.includes(personId),
    otherConfirmed: confirmedBy.includes(other.id),
    expiresAt: merge.expiresAt,
    seen: fingerprintOf(merge, pair),
  };
}

async function pairOf(db: Queryable, merge: MergeRow): Promise<Pair> {
  const sides = await sidesOf(db, [merge.keptId, merge.joiningId]);
  const [kept, joining] = [merge.keptId, merge.joiningId].map((id) => sides.find((side) => side.id === id));
  if (!kept || !joining) throw notFound('proposal');
  return { kept, joining };
}

/**
 * Confirms with the password of one's own: of the local account, or of a directory's where a login is given. Gives whether both
 * have confirmed by this, and are one now: every session of theirs has ended then.
 * @throws AppError 'sign_in_failed', 'too_many_requests', 'not_found', 'conflict' where something is not as it was shown.
 */
export async function confirmByPassword(
  ctx: Needs,
  personId: PersonId,
  given: {
    id: string;
    seen: string;
    password: string;
    directory: { provider: string; login: string } | null;
    address: string | null;
  },
): Promise<boolean> {
  // Before the password is looked at: who is not asked does not get it tried here.
  if ((await askedOf(ctx, personId))?.id !== given.id) throw notFound('proposal');
  if (given.directory === null) await passwordIsRight(ctx, personId, given.password);
  else {
    const provider = await findProvider(ctx, given.directory.provider, ['ldap']);
    if (!provider) throw notFound('directory');
    const { password, address } = given;
    const attempt = { login: given.directory.login, password, address, device: null };
    await demandOwn(ctx.pool, provider, await provenAtDirectory(ctx, provider, attempt), personId);
  }
  return confirm(ctx, personId, given);
}

/**
 * Begins a sign-in at a provider, by which somebody confirms what they saw: a new one, whether or not they are signed in there.
 * @throws AppError 'not_found' for an identity that is not theirs, 'bad_input' for a provider that cannot ask anew.
 */
export async function beginConfirmation(
  ctx: Needs,
  personId: PersonId,
  given: { id: string; seen: string; identity: IdentityId },
): Promise<{ url: string; state: string; token: string; crossSite: boolean }> {
  const asked = await askedOf(ctx, personId);
  if (asked?.id !== given.id) throw notFound('proposal');
  if (asked.seen !== given.seen) throw changed();
  const key = await providerOfIdentity(ctx.pool, personId, given.identity);
  const provider = key === null ? null : await findProvider(ctx, key, ['oidc', 'saml', 'ldap', 'header', 'oauth2']);
  if (!provider) throw notFound('way to sign in');
  const wanted = { purpose: 'confirm', personId, returnTo: undefined } as const;
  const begun = await beginAt(ctx, provider, wanted);
  await beginSide(ctx.pool, { mergeId: given.id, personId, attemptId: begun.id, seen: given.seen });
  return begun;
}

async function beginAt(
  ctx: Needs,
  provider: Provider,
  wanted: { purpose: 'confirm'; personId: PersonId; returnTo: undefined },
) {
  if (provider.kind === 'oidc') return { ...(await beginOidc(ctx, provider, wanted)), crossSite: false };
  if (provider.kind === 'saml') return { ...(await beginSaml(ctx, provider, wanted)), crossSite: true };
  throw new AppError('bad_input', 'This way to sign in cannot ask you anew: confirm by another one of yours');
}

/**
 * Ends such a sign-in: whoever signed in has to be who began it. Gives whether both are one now.
 * @throws AppError 'sign_in_refused', `details.reason` 'somebody_else'; 'sign_in_expired' where another was begun since; as `confirmByPassword`.
 */
export async function confirmThrough(
  ctx: Needs,
  provider: Provider,
  attempt: Attempt,
  facts: ProviderFacts,
): Promise<boolean> {
  const { personId } = attempt;
  const begun = personId === null ? null : await takeSide(ctx.pool, attempt.id, personId);
  if (personId === null || begun === null)
    throw new AppError('sign_in_expired', 'This was begun anew in another window, or is over. Begin again');
  await demandOwn(ctx.pool, provider, facts, personId);
  return confirm(ctx, personId, { id: begun.mergeId, seen: begun.seen });
}

async function demandOwn(db: Queryable, provider: Provider, facts: ProviderFacts, personId: PersonId): Promise<void> {
  const owner = facts.active === false ? null : await ownerOfIdentity(db, provider.id, facts.subject);
  if (owner !== personId)
    throw new AppError('sign_in_refused', 'You signed in there as somebody else. Confirm with this very account', {
      details: { reason: 'somebody_else' },
    });
}

async function confirm(ctx: Needs, personId: PersonId, given: { id: string; seen: string }): Promise<boolean> {
  const at = ctx.clock.now();
  const [open] = await openMerges(ctx.pool, at, [personId]);
  if (open?.id !== given.id) throw notFound('proposal');
  await demandProposer(ctx, open);
  return withTransaction(ctx.pool, async (tx) => {
    const merge = await lockMerge(tx, given.id, at, personId);
    if (!merge) throw notFound('proposal');
    if (fingerprintOf(merge, await pairOf(tx, merge)) !== given.seen) throw changed();
    await confirmSide(tx, { mergeId: merge.id, personId, seen: given.seen, at });
    await record(tx, {
      actorId: personId,
      surface: 'portal',
      action: 'person.merge_confirmed',
      subjectKind: 'person',
      subjectId: personId,
      detail: { merge: merge.id },
    });
    if (!(await allConfirmed(tx, merge.id, given.seen, at))) return false;
    await carry(tx, merge, { seen: given.seen, by: personId, at });
    return true;
  });
}
