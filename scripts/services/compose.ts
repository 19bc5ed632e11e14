import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { runProgram } from './process.ts';
import type { Services } from './types.ts';

const FILE = path.join(import.meta.dirname, '../../docker/services.compose.yaml');
const PROJECT = ['compose', '-p', 'gatehouse-services', '-f', FILE];

/** Whether Docker Compose answers and has the images: nothing is fetched for it. */
export async function canUseCompose(): Promise<boolean> {
  try {
    const images = (
      await runProgram('docker', [...PROJECT, 'config', '--images'], { env: environment('unused') })
    ).split('\n');
    await runProgram('docker', ['image', 'inspect', ...images]);
    return true;
  } catch {
    return false;
  }
}

/** Starts PostgreSQL and Redis as containers, each on a free port of the loopback address, behind a random password. */
export async function startCompose(): Promise<Services> {
  const password = randomBytes(18).toString('base64url');
  const env = environment(password);
  await runProgram('docker', [...PROJECT, 'up', '--detach', '--wait', '--pull', 'never'], { env });
  const address = async (service: string, port: number) =>
    runProgram('docker', [...PROJECT, 'port', service, String(port)], { env });
  return {
    by: 'compose',
    databaseUrl: `postgresql://gatehouse:${password}@${await address('postgres', 5432)}/gatehouse`,
    redisUrl: `redis://:${password}@${await address('redis', 6379)}`,
  };
}

/** Ends the containers and removes their data. */
export async function stopCompose(): Promise<void> {
  await runProgram('docker', [...PROJECT, 'down', '--volumes'], { env: environment('unused') });
}

const environment = (password: string): NodeJS.ProcessEnv => ({ ...process.env, SERVICES_PASSWORD: password });
