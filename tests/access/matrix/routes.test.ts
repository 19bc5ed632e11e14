import { expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { JOBS } from '../../../core/jobs/all.ts';
import type { Job } from '../../../core/jobs/job.ts';
import type { Call } from '../../../portal/contract/call.ts';
import { routes } from '../../../portal/api/routes.ts';
import type { TestApi } from '../../factories/api.ts';
import { test as onApi } from '../../flow/api/api.ts';
import { callersOf, type Caller } from './callers.ts';
import { aHouse, type House } from './house.ts';
import { REQUESTS, type Asked } from './requests.ts';
import { statementsOf } from './statements.ts';
import { CALLERS, STARTS, TABLE, type RouteName } from './table.ts';

const TIMEOUT_MS = 600_000;

type Callers = Awaited<ReturnType<typeof callersOf>>;

const test = onApi.extend<{ $file: { house: House; callers: Callers } }>({
  house: [async ({ ctx }, use) => use(await aHouse(ctx)), { scope: 'file' }],
  callers: [async ({ ctx, house }, use) => use(await callersOf(ctx, house)), { scope: 'file' }],
});

const nameOf = ({ method, path }: Call): RouteName => `${method} ${path}` as RouteName;

/** Sends it and gives the answer; a stream is let go when it has begun. */
async function send(
  { url }: TestApi,
  call: Call,
  asked: Asked,
  brought: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const path = call.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => asked.at?.[name] ?? newId());
  const address = new URL(`${url}/api/v1${path}`);
  for (const [name, value] of Object.entries(asked.query ?? {})) address.searchParams.set(name, value);
  const gone = new AbortController();
  const response = await fetch(address, {
    method: call.method,
    redirect: 'manual',
    signal: gone.signal,
    body: asked.form ?? (asked.body === undefined ? null : JSON.stringify(asked.body)),
    headers: { ...(asked.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...brought },
  });
  const { status } = response;
  if (call.streams === 'events' && response.ok) {
    gone.abort();
    return { status, body: '' };
  }
  return { status, body: (await response.text()).replaceAll(/"correlationId":"[^"]*"/g, '') };
}

test('the table has every call of the API, and no other', () => {
  expect(Object.keys(TABLE).toSorted()).toEqual(routes.map(({ call }) => nameOf(call) as string).toSorted());
});

test('each caller is answered as the table says', { timeout: TIMEOUT_MS }, async ({ api, callers, house }) => {
  const wrong: string[] = [];
  for (const { call } of routes) {
    const name = nameOf(call);
    const answered: number[] = [];
    for (const caller of CALLERS)
      answered.push((await send(api, call, await REQUESTS[name](house), await callers[caller](call))).status);
    if (String(answered) !== String(TABLE[name])) wrong.push(`'${name}': [${answered.join(', ')}],`);
  }
  expect(wrong).toEqual([]);
});

/** The same request about things that are not there. */
const aboutNothing = ({ form, ...asked }: Asked): Asked => ({
  ...(JSON.parse(
    JSON.stringify(asked).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, () => newId()),
  ) as Asked),
  ...(form === undefined ? {} : { form }),
});

test.for<Caller>(['user', 'foreign', 'admin'])(
  'what is not for the %s answers as what is not there, and asks the database the same',
  { timeout: TIMEOUT_MS },
  async (caller, { api, ctx, callers, house }) => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { call } of routes) {
      const name = nameOf(call);
      if (TABLE[name][CALLERS.indexOf(caller)] !== 404) continue;
      const hidden = await REQUESTS[name](house);
      const absent = aboutNothing(hidden);
      if (JSON.stringify(hidden) === JSON.stringify(absent)) continue;
      const brought = await callers[caller](call);
      const there = await statementsOf(ctx.pool, () => send(api, call, hidden, brought));
      const nowhere = await statementsOf(ctx.pool, () => send(api, call, absent, brought));
      compared += 1;
      if (JSON.stringify(there) !== JSON.stringify(nowhere))
        wrong.push(`${name}: ${JSON.stringify(there)} but ${JSON.stringify(nowhere)}`);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(10);
  },
);

test('the table has every job, and each works on ids alone, of what may be gone by then', async ({ ctx }) => {
  expect(Object.keys(STARTS).toSorted()).toEqual(JOBS.map(({ name }) => name).toSorted());
  for (const job of JOBS as readonly Job<any>[]) {
    const keys = Object.keys((job.input as unknown as { shape: object }).shape);
    expect(keys, job.name).toEqual([expect.stringMatching(/Id$/)]);
    const attempt = { number: 1, last: true, signal: new AbortController().signal };
    const nothing = Object.fromEntries(keys.map((key) => [key, newId()]));
    await expect(job.runOn(ctx, nothing, attempt), job.name).resolves.toBeUndefined();
  }
});

test('a job is started by whoever may do what starts it, and by nobody else', async ({ api, ctx, callers, house }) => {
  const started = async (job: string): Promise<number> => {
    const { rows } = await ctx.pool.query<{ id: string }>('SELECT id FROM pgboss.job WHERE name = $1', [job]);
    return rows.length;
  };
  const wrong: string[] = [];
  for (const [job, names] of Object.entries(STARTS))
    for (const name of names) {
      const { call } = routes.find((each) => nameOf(each.call) === name)!;
      for (const caller of CALLERS) {
        const asked = await REQUESTS[name](house);
        const brought = await callers[caller](call);
        const before = await started(job);
        const { status } = await send(api, call, asked, brought);
        const more = (await started(job)) - before;
        if (more !== (status < 300 ? 1 : 0)) wrong.push(`${name} by ${caller}: ${status}, ${more} of ${job} started`);
      }
    }
  expect(wrong).toEqual([]);
});
