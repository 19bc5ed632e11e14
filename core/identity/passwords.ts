import { hash, verify } from '@node-rs/argon2';
import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, asAppError, notFound } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import { forgetFirstSignIn } from './first-sign-in-file.ts';
import {
  deleteOneTimeLinks,
  deleteSessions,
  passwordByEmail,
  passwordOf,
  personById,
  setPassword,
} from './identity.sql.ts';
import { knownBrowser, rememberBrowser } from './known-browser.ts';
import type { Person } from './person.ts';
import { openSession } from './sessions.ts';
import { accountKey, forgetAttempts, keyOf, uncountAttempt } from './throttle.sql.ts';
import { networkOf, throttle } from './throttle.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets'>;

// argon2id with the parameters OWASP names first for 19 MiB: https://cheatsheetseries.owasp.org (Password Storage).
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const MIN_LENGTH = 12;
const MAX_LENGTH = 200;
/** From one network, or in one browser that is known. */
const TRIES_PER_ACCOUNT = 10;
const TRIES_PER_ADDRESS = 60;
/** From everywhere. Whoever guesses from many networks may use these up, and only who has never signed in where they sit waits then. */
const TRIES_AT_ACCOUNT = 100;

/** A hash to store. */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), ARGON2);

// A hash of nothing anybody knows: whoever names an unknown address waits as long as who names a known one.
let nobody: Promise<string> | null = null;

/** @throws AppError 'bad_input' that says how long a password has to be. Length counts, composition does not (NIST 800-63B). */
export function checkNewPassword(password: string, person: Pick<Person, 'email' | 'name'>): void {
  const length = [...password.normalize('NFKC')].length;
  if (length < MIN_LENGTH || length > MAX_LENGTH)
    throw new AppError('bad_input', `Choose a password of ${MIN_LENGTH} to ${MAX_LENGTH} characters`);
  const plain = password.toLowerCase();
  const own = [person.email?.split('@')[0], person.email].filter(
    (word): word is string => word !== undefined && word !== null && word.length > 3,
  );
  if (new Set(plain).size < 5 || own.includes(plain))
    throw new AppError('bad_input', 'Choose a password that is harder to guess');
}

type Attempt = {
  email: string;
  password: string;
  address: string | null;
  device: string | null;
  /** What `browser` of an earlier sign-in gave this one to keep. */
  browser?: string | null;
};

/** `browser`: for the browser to keep, and to send along next time. */
type SignedIn = { token: string; person: Person; mustChangePassword: boolean; browser: string };

/**
 * Signs a local account in and opens a session; both ways are recorded. One sentence for every failure, so that nobody
 * learns which addresses exist. Tries are counted by account and network, so that whoever guesses shuts nobody else out.
 * @throws AppError 'sign_in_failed', or 'too_many_requests' when the account or the address was tried too often.
 */
export async function signInWithPassword(ctx: Needs, attempt: Attempt): Promise<SignedIn> {
  try {
    const signedIn = await checkPassword(ctx, attempt);
    await record(ctx.pool, byThemself(signedIn.person.id, 'session.opened'));
    return signedIn;
  } catch (error) {
    const { code, details } = asAppError(error);
    // Once a window is enough: a flood of attempts must not become a flood of rows.
    if (code === 'sign_in_failed' || (code === 'too_many_requests' && details['again'] !== true))
      await record(ctx.pool, {
        actorId: null,
        surface: 'portal',
        action: 'session.refused',
        detail: { code, address: attempt.address },
      });
    throw error;
  }
}

const byThemself = (id: PersonId, action: string): AuditEntry => ({
  actorId: id,
  surface: 'portal',
  action,
  subjectKind: 'person',
  subjectId: id,
});

async function checkPassword(ctx: Needs, attempt: Attempt): Promise<SignedIn> {
  const email = attempt.email.trim();
  const network = networkOf(attempt.address ?? 'unknown');
  // The address first: who has used it up leaves no row for each account they name.
  const address = attempt.address === null ? null : keyOf(`sign-in:address:${network}`);
  if (address !== null) await throttle(ctx, address, TRIES_PER_ADDRESS);
  const known = await passwordByEmail(ctx.pool, email);
  const before = knownBrowser(ctx, attempt.browser ?? null);
  const account = accountKey(email);
  const isKnown = before !== null && before.personId === known?.personId;
  const tries = isKnown ? keyOf(`sign-in:browser:${before.id}`) : accountKey(email, network);
  await throttle(ctx, tries, TRIES_PER_ACCOUNT);
  if (!isKnown) await throttle(ctx, account, TRIES_AT_ACCOUNT);

  nobody ??= hashPassword(crypto.randomUUID());
  const right = await verify(known?.hash ?? (await nobody), attempt.password.normalize('NFKC'));
  const person = known && right ? await personById(ctx.pool, known.personId) : null;
  if (!known || !person || person.status !== 'active')
    throw new AppError('sign_in_failed', 'The email address or the password is not right');
  await forgetAttempts(ctx.pool, tries);
  // A whole office comes from one address in the morning, and guesses from elsewhere are still guesses.
  if (address !== null) await uncountAttempt(ctx.pool, address);
  if (!isKnown) await uncountAttempt(ctx.pool, account);
  const { token } = await openSession(ctx, person.id, attempt);
  return { token, person, mustChangePassword: known.mustChange, browser: rememberBrowser(ctx, person.id) };
}

/**
 * Goes on where this is the password of somebody who is signed in, to whom it stands for a fresh sign-in.
 * @throws AppError 'sign_in_failed', 'too_many_requests', 'bad_input' for who has none here.
 */
export async function passwordIsRight(
  ctx: Pick<Needs, 'pool' | 'clock'>,
  personId: PersonId,
  password: string,
): Promise<{ mustChange: boolean }> {
  const known = await passwordOf(ctx.pool, personId);
  if (!known) throw new AppError('bad_input', 'This account signs in elsewhere and has no password here');
  await throttle(ctx, keyOf(`change-password:${personId}`), TRIES_PER_ACCOUNT);
  if (!(await verify(known.hash, password.normalize('NFKC'))))
    throw new AppError('sign_in_failed', 'The current password is not right');
  return known;
}

/** Changes a person's own password, and ends their other sessions and links that were not used. @throws AppError 'sign_in_failed', 'bad_input'. */
export async function changePassword(
  ctx: Needs,
  personId: PersonId,
  change: { current: string; next: string; keepSession: string | null },
): Promise<void> {
  const person = await personById(ctx.pool, personId);
  if (!person) throw notFound('person');
  const known = await passwordIsRight(ctx, personId, change.current);
  checkNewPassword(change.next, person);
  if (change.next === change.current) throw new AppError('bad_input', 'Choose a password other than the current one');
  const hashed = await hashPassword(change.next);
  await withTransaction(ctx.pool, async (tx) => {
    await setPassword(tx, personId, person.email ?? '', hashed, false);
    await deleteSessions(tx, personId, change.keepSession);
    await deleteOneTimeLinks(tx, personId);
    await record(tx, byThemself(personId, 'person.password_changed'));
  });
  if (person.role === 'admin' && known.mustChange) await forgetFirstSignIn(ctx.config);
}
