import type { Client } from 'ldapts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import { connect } from './connection.ts';
import { INVALID_CREDENTIALS, ldapCode, ldapFailure } from './failure.ts';

/** A directory that was reached, to be asked with the rights of the account that looks people up. */
export type Directory = Readonly<{
  client: Client;
  provider: Provider<'ldap'>;
  /** Makes the connection that account's again, after somebody else was tried on it. */
  asService: () => Promise<void>;
}>;

/** A server that did not answer is left alone for this long, where there is another one. */
const AVOIDED_MS = 30_000;
const failedAt = new Map<string, number>();

/**
 * Works with the first of a directory's servers that answers, and closes the connection afterwards.
 * @throws AppError 'provider_failed', or what `work` throws.
 */
export async function withDirectory<Given>(
  ctx: Pick<Context, 'clock' | 'log'>,
  provider: Provider<'ldap'>,
  work: (directory: Directory) => Promise<Given>,
): Promise<Given> {
  const { client, close } = await reach(ctx, provider);
  try {
    const asService = () => bindService(client, provider);
    await asService();
    return await work({ client, provider, asService });
  } catch (error) {
    throw ldapFailure(error, 'search');
  } finally {
    close();
  }
}

async function reach(ctx: Pick<Context, 'clock' | 'log'>, provider: Provider<'ldap'>): ReturnType<typeof connect> {
  const now = ctx.clock.now().getTime();
  const known = (url: string) => failedAt.get(`${provider.id} ${url}`) ?? -Infinity;
  // Those that failed just now come last, but they come.
  const failing = (url: string) => now - known(url) < AVOIDED_MS;
  const servers = provider.settings.urls.toSorted((a, b) => Number(failing(a)) - Number(failing(b)));
  let last: AppError = providerFailed('misconfigured', 'no server');
  for (const url of servers)
    try {
      const connection = await connect(ctx, provider, url);
      failedAt.delete(`${provider.id} ${url}`);
      return connection;
    } catch (error) {
      last = ldapFailure(error, 'connect');
      failedAt.set(`${provider.id} ${url}`, now);
      const { technical } = last.details;
      ctx.log.info(
        {
          part: 'sign-in',
          providerId: provider.id,
          reason: String(technical),
          count: provider.settings.urls.indexOf(url) + 1,
        },
        'directory_server_failed',
      );
    }
  throw last;
}

/** Makes a connection that of the account that looks people up. @throws AppError 'provider_failed'. */
export async function bindService(client: Client, { settings, secrets }: Provider<'ldap'>): Promise<void> {
  try {
    if (settings.bindDn === null) return await client.bind('', '');
    // Without a password a directory may answer "right" and mean nobody (RFC 4513, section 5.1.2).
    if (secrets.bindPassword === undefined) throw providerFailed('misconfigured', 'the bind password is missing');
    await client.bind(settings.bindDn, secrets.bindPassword);
  } catch (error) {
    if (ldapCode(error) === INVALID_CREDENTIALS)
      throw providerFailed('misconfigured', 'the account that looks people up was refused', error);
    throw ldapFailure(error, 'bind');
  }
}
