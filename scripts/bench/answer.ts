import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServices } from '../services.ts';
import { freePort } from '../services/process.ts';
import type { StubNotes } from './answer-stub.ts';
import { askAgainAndAgain, percentile, type Asked } from './answer-load.ts';
import { rounded } from './result.ts';
import { aBenchCompany } from './answer-company.ts';

const PEOPLE_AT_ONCE = [1, 16, 100] as const;
const SECONDS = { 1: 8, 16: 10, 100: 15 } as const;
const WARM_UP_SECONDS = 3;
/** The kernel counts processor time in hundredths of a second. */
const MS_PER_TICK = 10;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Figures = Record<string, number>;

/**
 * What the product adds to a model's own time, over a stub model server, on a real PostgreSQL; server, stub and client share
 * the machine. `preModel…`: from sending the question to the request at the model; `added…`: from sending it to the first word,
 * less the stub's own time to its first word in the same run; `rightPassage`: share of prompts that held the passage asked for.
 * `…ServerCpuMs`: processor time of the server for each question, the only figure that others on the machine don't change.
 * Figures are prefixed c1, c16, c100 by the people asking at once, each again as soon as answered.
 */
export async function benchAnswer(): Promise<{ figures: Figures; reference: Figures; ratios: Figures }> {
  const services = await startServices();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'gatehouse-bench-'));
  const stub = fork(fileURLToPath(new URL('./answer-stub.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  let server: ChildProcess | null = null;
  let dropDatabase: (() => Promise<void>) | null = null;
  try {
    const [{ port: stubPort }] = (await once(stub, 'message')) as [{ port: number }];
    const port = await freePort();
    const stubUrl = `http://127.0.0.1:${stubPort}`;
    const company = await aBenchCompany(services.databaseUrl, stubUrl, dataDir, port);
    dropDatabase = company.drop;
    server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'scripts/start.ts'], {
      cwd: ROOT,
      env: {
        ...process.env,
        ...company.environment,
        REDIS_URL: services.redisUrl,
        SECRET_KEY: company.environment.SECRET_KEY ?? randomBytes(32).toString('base64'),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await ready(port, server);
    const url = `http://127.0.0.1:${port}`;
    await company.ingested();
    await askAgainAndAgain(url, company.keys.slice(0, 16), WARM_UP_SECONDS);
    await notesOf(stub);

    const own = await stubsOwn(stubUrl);
    const figures: Figures = {};
    for (const people of PEOPLE_AT_ONCE) {
      const busyBefore = await processorMs(server);
      const asked = await askAgainAndAgain(url, company.keys.slice(0, people), SECONDS[people]);
      Object.assign(figures, summary(`c${people}`, asked, await notesOf(stub), own, SECONDS[people]));
      figures[`c${people}ServerCpuMs`] = rounded(((await processorMs(server)) - busyBefore) / asked.length);
    }
    figures.serverMiB = Math.round((await residentBytes(server)) / 2 ** 20);
    const reference = {
      stubFirstWordMs: own,
      openWebUiC1AddedP50Ms: 59,
      openWebUiC16AddedP50Ms: 573,
      openWebUiC100AddedP50Ms: 4_980,
    };
    return {
      figures,
      reference,
      ratios: {
        c1: ratio(59, figures.c1AddedP50Ms),
        c16: ratio(573, figures.c16AddedP50Ms),
        c100: ratio(4_980, figures.c100AddedP50Ms),
      },
    };
  } finally {
    stub.disconnect();
    if (server && server.exitCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    await dropDatabase?.();
    await rm(dataDir, { recursive: true, force: true });
    await services.stop();
  }
}

function summary(
  prefix: string,
  asked: readonly Asked[],
  notes: StubNotes,
  ownFirstWordMs: number,
  seconds: number,
): Figures {
  const answered = asked.filter((each) => each.firstWordAt !== null && !each.failed);
  const added = answered.map((each) => (each.firstWordAt ?? 0) - each.sentAt - ownFirstWordMs);
  const preModel = answered.flatMap((each) =>
    notes.arrivals[each.id] === undefined ? [] : [notes.arrivals[each.id]! - each.sentAt],
  );
  return {
    [`${prefix}PreModelP50Ms`]: percentile(preModel, 0.5),
    [`${prefix}PreModelP99Ms`]: percentile(preModel, 0.99),
    [`${prefix}AddedP50Ms`]: percentile(added, 0.5),
    [`${prefix}AddedP99Ms`]: percentile(added, 0.99),
    [`${prefix}QuestionsPerSecond`]: Math.round((answered.length / seconds) * 10) / 10,
    [`${prefix}Errors`]: asked.length - answered.length,
    [`${prefix}RightPassage`]: notes.prompts === 0 ? 0 : Math.round((notes.right / notes.prompts) * 1_000) / 1_000,
  };
}

/** The stub's own time to its first word, ms: what no product can go below. */
async function stubsOwn(url: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 50; i += 1) {
    const started = performance.now();
    const response = await fetch(`${url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'stub-chat', messages: [] }),
    });
    const reader = response.body?.getReader();
    await reader?.read();
    times.push(performance.now() - started);
    await reader?.cancel();
  }
  return percentile(times, 0.5);
}

async function notesOf(stub: ChildProcess): Promise<StubNotes> {
  const answer = once(stub, 'message');
  stub.send('notes');
  return ((await answer) as [StubNotes])[0];
}

async function ready(port: number, server: ChildProcess): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const up = await fetch(`http://127.0.0.1:${port}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server was not ready within a minute');
}

/** Processor time that the server has used so far, ms: what a question costs, whoever else is on the machine. */
async function processorMs(server: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8').catch(() => '');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * MS_PER_TICK;
}

async function residentBytes(server: ChildProcess): Promise<number> {
  const statm = await readFile(`/proc/${server.pid}/statm`, 'utf8').catch(() => '0 0');
  return Number(statm.split(' ')[1] ?? 0) * 4_096;
}

const ratio = (reference: number, ours: number | undefined): number =>
  ours === undefined || ours <= 0 ? 0 : Math.round((reference / ours) * 10) / 10;
