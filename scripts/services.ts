import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { AppError } from '../core/errors.ts';
import { silentLog } from '../core/log.ts';
import { checkDatabase, createPool } from '../core/storage/pool.ts';
import { command } from './command.ts';
import { canUseCompose, startCompose, stopCompose } from './services/compose.ts';
import { canUseDebian, startDebian, stopDebian } from './services/debian.ts';
import { cacheFolder } from './services/pgvector.ts';
import type { ServiceOptions, Services } from './services/types.ts';

/** One for each copy of the program on this machine, so that none stops what another works on. */
const stateFile = () =>
  path.join(cacheFolder(), `services-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}.json`);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string) => void process.stderr.write(`services: ${line}\n`);

/**
 * A PostgreSQL with pgvector and a Redis: those of DATABASE_URL and REDIS_URL where both are set, those that `npm run services`
 * started, or new ones. `stop` ends what this call started and nothing else.
 * @throws AppError 'bad_setting' with what to do where none can be had.
 */
export async function startServices(
  options: ServiceOptions = {},
): Promise<{ databaseUrl: string; redisUrl: string; versions: string; stop(): Promise<void> }> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
  const found: Services | null = databaseUrl && redisUrl ? { by: 'given', databaseUrl, redisUrl } : await running();
  if (found)
    return {
      databaseUrl: found.databaseUrl,
      redisUrl: found.redisUrl,
      versions: await versionsOf(found),
      stop: async () => {},
    };
  const services = canUseDebian()
    ? await startDebian(options, say)
    : (await canUseCompose())
      ? await startCompose()
      : null;
  if (!services)
    throw new AppError(
      'bad_setting',
      'No PostgreSQL with pgvector and no Redis here: set DATABASE_URL and REDIS_URL, run this as root on Debian, or have Docker Compose with the images of docker/services.compose.yaml',
    );
  mkdirSync(path.dirname(stateFile()), { recursive: true });
  writeFileSync(stateFile(), JSON.stringify(services), { mode: 0o600 });
  try {
    return {
      databaseUrl: services.databaseUrl,
      redisUrl: services.redisUrl,
      versions: await versionsOf(services),
      stop: stopServices,
    };
  } catch (error) {
    await stopServices();
    throw error;
  }
}

/** Ends the services that were started here or by another process of this copy of the program. */
export async function stopServices(): Promise<void> {
  const services = known();
  if (!services) return;
  await (services.by === 'compose' ? stopCompose() : stopDebian(services));
  rmSync(stateFile(), { force: true });
}

const known = (): Services | null =>
  existsSync(stateFile()) ? (JSON.parse(readFileSync(stateFile(), 'utf8')) as Services) : null;

/** What was started before and answers; what does not answer any more is cleaned away. */
async function running(): Promise<Services | null> {
  const services = known();
  if (!services) return null;
  const answers = await versionsOf(services).then(
    () => true,
    () => false,
  );
  if (!answers) await stopServices();
  return answers ? services : null;
}

async function versionsOf(services: Services): Promise<string> {
  const pool = createPool({ connectionString: services.databaseUrl, max: 1 }, silentLog);
  const redis = new Redis(services.redisUrl, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    const { postgres, pgvector } = await checkDatabase(pool, silentLog);
    await redis.connect();
    const redisVersion = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
    return `PostgreSQL ${postgres}, pgvector ${pgvector}, Redis ${redisVersion}`;
  } finally {
    redis.disconnect();
    await pool.end();
  }
}

if (import.meta.main)
  await command(async () => {
    const [action] = process.argv.slice(2);
    const print = (text: string) => void process.stdout.write(`${text}\n`);
    if (action === 'start') {
      const { databaseUrl, redisUrl, versions } = await startServices();
      print(`${versions}\nDATABASE_URL=${databaseUrl}\nREDIS_URL=${redisUrl}`);
    } else if (action === 'stop') {
      await stopServices();
      print('stopped');
    } else if (action === 'status') {
      const services = await running();
      print(
        services
          ? `${await versionsOf(services)}\nDATABASE_URL=${services.databaseUrl}\nREDIS_URL=${services.redisUrl}`
          : 'not running',
      );
    } else {
      print('Usage: npm run services -- start | stop | status');
      return 2;
    }
    return 0;
  });
