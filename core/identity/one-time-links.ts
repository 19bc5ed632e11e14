import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { record } from '../audit/record.ts';
import { forgetFirstSignIn } from './first-sign-in-file.ts';
import {
  deleteSessions,
  insertOneTimeLink,
  passwordOf,
  personOfOneTimeLink,
  setPassword,
  useOneTimeLink,
  type LinkPurpose,
} from './identity.sql.ts';
import { checkNewPassword, hashPassword } from './passwords.ts';
import { closeOnReset } from './password-reset.ts';
import type { Person } from './person.ts';
import { openSession } from './sessions.ts';
import { hashToken, newToken } from './tokens.ts';
import { withTransaction } from '../storage/pool.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config'>;

const LIFE_MS = { first_sign_in: 7 * 24 * 3_600_000, reset_password: 24 * 3_600_000 } as const;

/** A link with which a person sets a password, once. A new one replaces those before it. Shown to who made it, kept as a hash. */
export async function createOneTimeLink(
  ctx: Needs,
  personId: PersonId,
  purpose: LinkPurpose,
  createdBy: PersonId | null,
): Promise<{ url: string; expiresAt: Date }> {
  const token = newToken();
  const at = ctx.clock.now();
  const expiresAt = new Date(at.getTime() + LIFE_MS[purpose]);
  await insertOneTimeLink(ctx.pool, { tokenHash: hashToken(token), personId, purpose, createdBy, at, expiresAt });
  return { url: `${ctx.config.PUBLIC_URL}/welcome/${token}`, expiresAt };
}

const spent = () =>
  new AppError('gone', 'This link was used already or is too old. Ask your administrator for a new one');

/** Whom a link is for; changes nothing. @throws AppError 'gone'. */
export async function openOneTimeLink(
  ctx: Needs,
  token: string,
): Promise<{ name: string; email: string | null; purpose: LinkPurpose }> {
  const person = await personOfOneTimeLink(ctx.pool, hashToken(token), ctx.clock.now());
  if (!person) throw spent();
  return { name: person.name, email: person.email, purpose: person.purpose };
}

/**
 * Sets the password, uses the link up, ends other sessions and signs in. Where it resets one, the person's keys are
 * revoked and their chat accounts unlinked too. @throws AppError 'gone', 'bad_input'.
 */
export async function acceptOneTimeLink(
  ctx: Needs,
  token: string,
  given: { password: string; address: string | null; device: string | null },
): Promise<{ token: string; person: Person }> {
  const at = ctx.clock.now();
  const found = await personOfOneTimeLink(ctx.pool, hashToken(token), at);
  if (!found) throw spent();
  checkNewPassword(given.password, found);
  const hash = await hashPassword(given.password);
  const before = await passwordOf(ctx.pool, found.id);
  const person = await withTransaction(ctx.pool, async (tx) => {
    const used = await useOneTimeLink(tx, hashToken(token), at);
    if (!used) throw spent();
    await setPassword(tx, used.id, used.email ?? '', hash, false);
    const by = { actorId: used.id, surface: 'portal' } as const;
    if (before === null) await deleteSessions(tx, used.id, null);
    else await closeOnReset(tx, used.id, by, at);
    await record(tx, { ...by, action: 'person.password_set', subjectKind: 'person', subjectId: used.id });
    return used;
  });
  if (person.role === 'admin' && before?.mustChange === true) await forgetFirstSignIn(ctx.config);
  const session = await openSession(ctx, person.id, given);
  return { token: session.token, person };
}
