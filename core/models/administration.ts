import type { Prisma } from '../../prisma/generated/client.ts';
import type { Actor } from '../access/actor.ts';
import { refuseOwnModels } from '../access/own-models.ts';
import { record } from '../audit/record.ts';
import { holdsPassword } from '../config.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { otherAdministrators } from '../identity/providers/trust.sql.ts';
import { newId, type PersonId } from '../ids.ts';
import { refuseAddress } from './address.ts';
import { classesOf, knownClasses } from './known-classes.ts';
import { putModel, serverRow, serverRows, setDefaultModel } from './registry.sql.ts';
import { checkServer, listModels } from './servers.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'models' | 'secrets'>;

const PARTS = { models: { orderBy: { name: 'asc' } } } as const satisfies Prisma.ModelServerInclude;

/** A server with its models. Its key is never given out, only whether there is one. */
export type ServerEntry = Omit<Prisma.ModelServerGetPayload<{ include: typeof PARTS }>, 'apiKeySealed'> & {
  hasApiKey: boolean;
};
export type ModelEntry = ServerEntry['models'][number];

export async function listServers(ctx: Pick<Context, 'db'>): Promise<ServerEntry[]> {
  const found = await ctx.db.modelServer.findMany({ include: PARTS, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return found.map(({ apiKeySealed, ...server }) => ({ ...server, hasApiKey: apiKeySealed !== null }));
}

async function getServer(ctx: Pick<Context, 'db'>, id: string): Promise<ServerEntry> {
  const found = (await listServers(ctx)).find((server) => server.id === id);
  if (!found) throw notFound('model server');
  return found;
}

/**
 * Connects a server and lists its models; they start without a grant. A server that does not answer yet is kept.
 * @throws AppError 'conflict' for a name that is taken, 'model_rejected' for an address that no model server has,
 * 'bad_input' for one with a password in it.
 */
export async function connectServer(
  ctx: Needs,
  by: Actor,
  wanted: { name: string; kind: 'ollama' | 'openai'; baseUrl: string; apiKey?: string | undefined },
): Promise<ServerEntry> {
  refuseAddress(new URL(wanted.baseUrl).hostname);
  if (holdsPassword(wanted.baseUrl))
    throw new AppError('bad_input', 'Enter the key in its own field: an address is shown and recorded as it is');
  const id = newId();
  const sealed = wanted.apiKey === undefined ? null : new Uint8Array(ctx.secrets.seal(wanted.apiKey, id));
  const others = await otherAdministrators(ctx.pool, by.personId);
  await ctx.db.$transaction(async (tx) => {
    const taken = await tx.modelServer.count({ where: { name: { equals: wanted.name, mode: 'insensitive' } } });
    if (taken > 0) throw new AppError('conflict', 'There is already a model server of this name');
    const { name, kind, baseUrl } = wanted;
    await tx.modelServer.create({ data: { id, name, kind, baseUrl, apiKeySealed: sealed } });
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'model_server.connected',
      subjectKind: 'model_server',
      subjectId: id,
      detail: { kind, baseUrl },
    });
    await tellOthers(tx, by, others, 'model_server.connected_by_other', { name, baseUrl });
  });
  await testServer(ctx, id);
  return getServer(ctx, id);
}

export type ServerTest = Readonly<{
  reachable: boolean;
  latencyMs: number;
  message: string;
  models: readonly string[];
}>;

/**
 * Asks a server for its models and keeps what it lists; says in a sentence when it does not answer.
 * @throws AppError 'not_found', or of the model_* codes when it answers and then can't list.
 */
export async function testServer(ctx: Needs, id: string): Promise<ServerTest> {
  const row = await serverRow(ctx.pool, id);
  if (!row) throw notFound('model server');
  const server = ctx.models.serverOf(row);
  // The check also lets the next question try a server again that was known to be away.
  const { ok, latencyMs, problem = 'The server does not answer' } = await checkServer(server);
  if (!ok) return { reachable: false, latencyMs, message: problem, models: [] };
  const [listed, known] = await Promise.all([listModels(server), knownClasses(ctx.db)]);
  let hasDefault = (await ctx.db.model.count({ where: { kind: 'chat', isDefault: true } })) > 0;
  for (const { name, kind, contextTokens, ...rest } of listed) {
    const isDefault = kind === 'chat' && !hasDefault;
    hasDefault ||= isDefault;
    await putModel(ctx.pool, {
      id: newId(),
      serverId: id,
      name,
      kind,
      contextTokens,
      classes: known[name] ?? classesOf({ name, ...rest }),
      isDefault,
    });
  }
  const message =
    listed.length === 0
      ? 'The server answers, but has no model yet'
      : `The server answers and has ${listed.length === 1 ? 'one model' : `${listed.length} models`}`;
  return { reachable: true, latencyMs, message, models: listed.map((model) => model.name) };
}

/** On the page of every other administrator: what a model is asked is what somebody may read. */
async function tellOthers(
  tx: Parameters<typeof record>[0],
  by: Actor,
  others: readonly { id: PersonId }[],
  action: string,
  detail: Record<string, unknown>,
): Promise<void> {
  for (const { id } of others)
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action,
      subjectKind: 'person',
      subjectId: id,
      detail,
    });
}

/**
 * Classes a model, or makes it the default, which the other administrators are told.
 * @throws AppError 'not_found', 'bad_input' for a default that cannot chat, 'forbidden' for classes that take a limit off
 * oneself.
 */
export async function updateModel(
  ctx: Needs,
  by: Actor,
  id: string,
  change: { classes?: string[] | undefined; isDefault?: true | undefined },
): Promise<ModelEntry> {
  const before = await ctx.db.model.findUnique({ where: { id } });
  if (!before) throw notFound('model');
  if (change.isDefault && before.kind !== 'chat')
    throw new AppError('bad_input', 'Only a chat model can be the default');
  if (change.classes) await refuseOwnModels(ctx, by, before.classes, change.classes);
  if (change.isDefault) await setDefaultModel(ctx.pool, id);
  const after = await ctx.db.model.update({
    where: { id },
    data: change.classes === undefined ? {} : { classes: [...new Set(change.classes)] },
  });
  await record(ctx.pool, {
    actorId: by.personId,
    surface: by.surface,
    action: 'model.changed',
    subjectKind: 'model',
    subjectId: id,
    detail: {
      before: { classes: before.classes, isDefault: before.isDefault },
      after: { classes: after.classes, isDefault: after.isDefault },
    },
  });
  if (change.isDefault && !before.isDefault) {
    const { name, baseUrl } = await ctx.db.modelServer.findUniqueOrThrow({ where: { id: after.serverId } });
    const others = await otherAdministrators(ctx.pool, by.personId);
    await tellOthers(ctx.pool, by, others, 'model.default_changed_by_other', {
      model: after.name,
      server: name,
      baseUrl,
    });
  }
  return after;
}

/** Whether the servers that are connected answer, for /ready: `away` names those that don't. */
export async function serversState(
  ctx: Pick<Context, 'pool' | 'models'>,
): Promise<{ connected: number; away: string[] }> {
  const servers = await serverRows(ctx.pool);
  const checks = await Promise.all(servers.map((server) => checkServer(ctx.models.serverOf(server))));
  return {
    connected: servers.length,
    away: servers.filter((_, index) => !checks[index]?.ok).map((server) => server.name),
  };
}
