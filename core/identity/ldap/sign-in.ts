import { createHash } from 'node:crypto';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, asAppError } from '../../errors.ts';
import type { Person } from '../person.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import type { Provider } from '../providers/store.ts';
import { signInThrough } from '../sign-in.ts';
import { forgetAttempts, keyOf, uncountAttempt, type ThrottleKey } from '../throttle.sql.ts';
import { networkOf, throttle } from '../throttle.ts';
import { withDirectory, type Directory } from './directory.ts';
import { adReason, INVALID_CREDENTIALS, ldapCode, ldapFailure } from './failure.ts';
import { factsOf, personByLogin } from './people.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config' | 'secrets' | 'log'>;
type Attempt = Readonly<{ login: string; password: string; address: string | null; device: string | null }>;

const TRIES_PER_ADDRESS = 60;
const LOGIN_LENGTH = 300;

/**
 * Signs in whoever knows the password of a login of a directory, and opens a session; both ways are recorded.
 * @throws AppError 'sign_in_failed', 'too_many_requests', 'provider_failed', or as `signInThrough` says.
 */
export async function signInAtDirectory(
  ctx: Needs,
  provider: Provider<'ldap'>,
  attempt: Attempt,
): Promise<{ token: string; person: Person }> {
  try {
    return await signInThrough(ctx, provider, await provenAtDirectory(ctx, provider, attempt), attempt);
  } catch (error) {
    const { code, details } = asAppError(error);
    // Once a window is enough: a flood of attempts must not become a flood of rows.
    if (code === 'sign_in_failed' || (code === 'too_many_requests' && details['again'] !== true))
      await record(ctx.pool, {
        actorId: null,
        surface: 'portal',
        action: 'session.refused',
        detail: { code, providerId: provider.id, address: attempt.address },
      });
    throw error;
  }
}

/**
 * What a directory says about whoever knows this login's password. One sentence for every failure of theirs, so that nobody
 * learns which logins exist.
 * @throws AppError 'sign_in_failed', 'too_many_requests' when the login or the address was tried too often, 'provider_failed'.
 */
export async function provenAtDirectory(
  ctx: Needs,
  provider: Provider<'ldap'>,
  attempt: Attempt,
): Promise<ProviderFacts> {
  const login = attempt.login.trim();
  const { password } = attempt;
  // A directory takes a name with an empty password for nobody at all, and says that this was right (RFC 4513, section 5.1.2).
  if (login === '' || login.length > LOGIN_LENGTH || password === '' || `${login}${password}`.includes('\0'))
    throw failed();
  const address = attempt.address === null ? null : keyOf(`sign-in:address:${networkOf(attempt.address)}`);
  if (address !== null) await throttle(ctx, address, TRIES_PER_ADDRESS);
  const { triesPerLogin } = provider.settings;
  const keyFor = keyAt(provider);
  await throttle(ctx, keyFor(login.toLowerCase()), triesPerLogin);
  const facts = await withDirectory(ctx, provider, async (directory) => {
    const person = await personByLogin(directory, login);
    // By whatever login: an account may have several, and each would be tries of its own.
    if (person) await throttle(ctx, keyFor(`is ${person.subject}`), triesPerLogin);
    const proved = await passwordFits(ctx, directory, person?.dn ?? nobodyOf(provider), password);
    if (!person || !proved) return null;
    await directory.asService();
    return factsOf(ctx, directory, person);
  });
  if (facts === null) throw failed();
  for (const who of [login.toLowerCase(), `is ${facts.subject}`]) await forgetAttempts(ctx.pool, keyFor(who));
  if (address !== null) await uncountAttempt(ctx.pool, address);
  return facts;
}

const failed = () => new AppError('sign_in_failed', 'The login or the password is not right');

const keyAt =
  ({ id }: Pick<Provider, 'id'>) =>
  (who: string): ThrottleKey =>
    keyOf(`sign-in:directory:${id}:${hashed(who)}`);

/**
 * Counts the try of a password as one of this login and of whom it names, wherever it is made.
 * @throws AppError 'too_many_requests'.
 */
export async function throttleTry(
  ctx: Pick<Context, 'pool' | 'clock'>,
  provider: Provider<'ldap'>,
  login: string,
  subject: string,
): Promise<void> {
  const { triesPerLogin } = provider.settings;
  for (const who of [login.toLowerCase(), `is ${subject}`]) await throttle(ctx, keyAt(provider)(who), triesPerLogin);
}

/** No name and no login of anybody is kept. */
const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** A name that nobody has: who is not there takes the directory a try of a password too. */
const nobodyOf = ({ settings }: Provider<'ldap'>): string => `cn=${crypto.randomUUID()},${settings.baseDn}`;

/** Whether a password is that of whoever has this name in the directory. */
export async function passwordFits(
  ctx: Pick<Context, 'log'>,
  { client, provider }: Directory,
  dn: string,
  password: string,
): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (error) {
    if (!REFUSED.has(ldapCode(error) ?? 0)) throw ldapFailure(error, 'bind');
    const reason = [`LDAP ${ldapCode(error)}`, adReason(error)].filter((part) => part !== null).join(' data ');
    ctx.log.info({ part: 'sign-in', providerId: provider.id, reason }, 'directory_refused');
    return false;
  }
}

/** No such object, inappropriate authentication, wrong credentials, a rule against this one, unwilling to perform. */
const REFUSED = new Set([32, 48, INVALID_CREDENTIALS, 19, 50, 53]);
