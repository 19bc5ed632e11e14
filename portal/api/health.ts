import { access, constants } from 'node:fs/promises';
import express, { type Router } from 'express';
import type { Context } from '../../core/context.ts';
import type { Readiness } from '../contract/overview.ts';

const LOOK_FOR_MS = 3_000;

type Component = Readiness['components'][number];

/** GET /health: this process is alive. GET /ready: whether questions can be answered, each component with its state. */
export function healthRoutes(ctx: Context): Router {
  const router = express.Router();
  router.get('/health', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/ready', async (_request, response) => {
    const components = await Promise.all([database(ctx), files(ctx), live(ctx), modelServers(ctx)]);
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
  const answered = await withinTime(ctx.db.$queryRaw`SELECT 1`);
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

/** Without a model server answers quote the documents. */
async function modelServers(ctx: Context): Promise<Component> {
  const count = await ctx.db.model.count({ where: { kind: 'chat' } }).catch(() => 0);
  return count > 0
    ? { name: 'models', state: 'ok', detail: `${count} chat models known` }
    : { name: 'models', state: 'degraded', detail: 'no chat model connected: answers quote the documents' };
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
