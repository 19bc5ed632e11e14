import { access, constants } from 'node:fs/promises';
import express, { type Router } from 'express';
import { serversState } from '../../core/models/administration.ts';
import type { Context } from '../../core/context.ts';
import { ping } from '../../core/storage/pool.sql.ts';
import { run } from '../../core/storage/sql.ts';
import type { Readiness } from '../contract/overview.ts';

const LOOK_FOR_MS = 5_000;
/** Probes come every few seconds; the servers are asked less often. */
const LOOK_AT_MODELS_EVERY_MS = 10_000;

type Component = Readiness['components'][number];

/** GET /health: this process is alive. GET /ready: whether questions can be answered, each component with its state. */
export function healthRoutes(ctx: Context): Router {
  const router = express.Router();
  const models = modelServers(ctx);
  router.get('/health', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/ready', async (_request, response) => {
    const components = await Promise.all([database(ctx), files(ctx), live(ctx), models()]);
    const ready = components.every((component) => component.state !== 'down');
    const body: Readiness = { ready, components };
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(body);
  });
  return router;
}

async function database(ctx: Context): Promise<Component> {
  const name = 'database';
  const answered = await withinTime(run(ctx.pool, ping()));
  return answered
    ? { name, state: 'ok', detail: ctx.config.EMBEDDED ? 'embedded' : 'PostgreSQL' }
    : { name, state: 'down', detail: 'does not answer' };
}

async function files(ctx: Context): Promise<Component> {
  return (await withinTime(access(ctx.config.DATA_DIR, constants.R_OK | constants.W_OK)))
    ? { name: 'files', state: 'ok', detail: 'writable' }
    : { name: 'files', state: 'down', detail: 'DATA_DIR cannot be written' };
}

/** Losing it is no loss: other nodes hear of things a little later. */
async function live(ctx: Context): Promise<Component> {
  const state = ctx.live.state();
  return { name: 'live', state: state === 'unreachable' ? 'degraded' : 'ok', detail: state.replace('_', ' ') };
}

/** Without a model server, or while it is away, answers quote the documents or say so: questions still get through. */
function modelServers(ctx: Context): () => Promise<Component> {
  const name = 'models';
  let known: { at: number; component: Promise<Component> } | undefined;
  const look = async (): Promise<Component> => {
    const { connected, away } = await serversState(ctx);
    if (connected === 0)
      return { name, state: 'degraded', detail: 'no model server connected: answers quote the documents' };
    return away.length === 0
      ? { name, state: 'ok', detail: `${connected} connected` }
      : { name, state: 'degraded', detail: `${away.length} of ${connected} servers do not answer` };
  };
  return () => {
    const now = Date.now();
    if (!known || now - known.at > LOOK_AT_MODELS_EVERY_MS)
      known = { at: now, component: look().catch(() => ({ name, state: 'degraded', detail: 'not known' })) };
    return known.component;
  };
}

async function withinTime(work: PromiseLike<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, LOOK_FOR_MS, false)));
  try {
    return await Promise.race([
      Promise.resolve(work).then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
