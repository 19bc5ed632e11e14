import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';

/** A server as the environment names it; `name` says by which setting. */
export type ServerAddress = Readonly<{ name: string; kind: string; baseUrl: string }>;

const KEY = 'former_model_servers';

const formerModel = z.object({
  name: z.string(),
  kind: z.string(),
  contextTokens: z.int().nullable(),
  classes: z.array(z.string()),
  isDefault: z.boolean(),
  grants: z.array(
    z.object({
      toKind: z.string(),
      toId: z.string().nullable(),
      level: z.string(),
      expiresAt: z.iso.datetime().nullable(),
      createdBy: z.string().nullable(),
    }),
  ),
});
const formerServer = z.object({
  name: z.string(),
  kind: z.string(),
  baseUrl: z.string(),
  models: z.array(formerModel),
});
type FormerServer = z.infer<typeof formerServer>;

const addressOf = ({ kind, baseUrl }: Pick<ServerAddress, 'kind' | 'baseUrl'>): string =>
  `${kind} ${new URL(baseUrl).href.replace(/\/+$/, '')}`;

/**
 * Takes away the environment's servers that it names no more, or under another address, with the grants on their models,
 * so that none of these is ever one on another server. What was decided is remembered for the day when the same server is
 * named again.
 */
export async function putAwayFormerServers(ctx: Pick<Context, 'db'>, named: readonly ServerAddress[]): Promise<void> {
  const stays = (server: ServerAddress) =>
    named.some((each) => each.name === server.name && addressOf(each) === addressOf(server));
  await ctx.db.$transaction(async (tx) => {
    await holdServers(tx);
    const servers = await tx.modelServer.findMany({ where: { fromEnvironment: true }, include: { models: true } });
    const leaving = servers.filter((server) => !stays(server));
    if (leaving.length === 0) return;
    const modelIds = leaving.flatMap(({ models }) => models.map(({ id }) => id));
    const ofThem = { resourceKind: 'model', resourceId: { in: modelIds } };
    const grants = await tx.grant.findMany({ where: ofThem });
    const former = leaving.map((server) => formerOf(server, grants));
    const addresses = new Set(former.map((server) => `${server.name} ${addressOf(server)}`));
    const known = await readFormerServers(tx);
    const others = known?.filter((each) => !addresses.has(`${each.name} ${addressOf(each)}`));
    // What cannot be read is left for whoever can mend it, and closes what comes after it meanwhile.
    if (others) await keep(tx, [...others, ...former]);
    await tx.grant.deleteMany({ where: ofThem });
    await tx.modelServer.deleteMany({ where: { id: { in: leaving.map(({ id }) => id) } } });
    for (const { id } of leaving)
      await recordServer(tx, 'model_server.put_away', id, { because: 'named no more in the settings' });
  });
}

function formerOf(
  { name, kind, baseUrl, models }: Prisma.ModelServerGetPayload<{ include: { models: true } }>,
  grants: readonly Prisma.GrantGetPayload<object>[],
): FormerServer {
  const grantsOn = (id: string) =>
    grants
      .filter((grant) => grant.resourceId === id)
      .map(({ toKind, toId, level, expiresAt, createdBy }) => ({
        toKind,
        toId,
        level,
        expiresAt: expiresAt?.toISOString() ?? null,
        createdBy,
      }));
  return {
    name,
    kind,
    baseUrl,
    models: models.map((model) => ({
      name: model.name,
      kind: model.kind,
      contextTokens: model.contextTokens,
      classes: model.classes,
      isDefault: model.isDefault,
      grants: grantsOn(model.id),
    })),
  };
}

/**
 * Gives a server of which no model is known yet the models and grants that it had when it was named before, the grants to
 * whoever is still there.
 */
export async function restoreFormerServer(
  ctx: Pick<Context, 'db'>,
  server: ServerAddress & { id: string },
): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    await holdServers(tx);
    if ((await tx.model.count({ where: { serverId: server.id } })) > 0) return;
    const former = await formerServers(tx);
    const same = former.filter((each) => addressOf(each) === addressOf(server));
    const found = same.find((each) => each.name === server.name) ?? same[0];
    if (!found) return;
    const hasDefault = (await tx.model.count({ where: { kind: 'chat', isDefault: true } })) > 0;
    const models = found.models.map(({ grants, ...model }) => ({ id: newId(), grants, model }));
    await tx.model.createMany({
      data: models.map(({ id, model }) => ({
        id,
        serverId: server.id,
        ...model,
        isDefault: model.isDefault && !hasDefault,
      })),
    });
    const grants = models.flatMap(({ id, grants }) => grants.map((grant) => ({ ...grant, resourceId: id })));
    const there = await recipients(tx, grants);
    const given = grants.filter(({ toId }) => toId === null || there.has(toId));
    await tx.grant.createMany({ data: given.map((grant) => ({ id: newId(), resourceKind: 'model', ...grant })) });
    await keep(
      tx,
      former.filter((each) => each !== found),
    );
    await recordServer(tx, 'model_server.restored', server.id, { models: models.length, grants: given.length });
  });
}

/**
 * Whether a model of this name was kept from everyone when the same setting named another server: then a new address does
 * not give it to everyone again. Where what was decided cannot be read, it was.
 */
export async function wasNarrowed(ctx: Pick<Context, 'db'>, setting: string, model: string): Promise<boolean> {
  const all = await readFormerServers(ctx.db);
  if (all === null) return true;
  const former = all.filter((each) => each.name === setting);
  const known = former.at(-1)?.models.find((each) => each.name === model);
  return known !== undefined && !known.grants.some(({ toKind }) => toKind === 'everyone');
}

const formerServers = async (db: Pick<Prisma.TransactionClient, 'setting'>): Promise<FormerServer[]> =>
  (await readFormerServers(db)) ?? [];

/** Null: what stands there cannot be read, so that nobody knows what was decided. */
async function readFormerServers(db: Pick<Prisma.TransactionClient, 'setting'>): Promise<FormerServer[] | null> {
  const found = await db.setting.findUnique({ where: { key: KEY } });
  const parsed = z.array(formerServer).safeParse(found?.value ?? []);
  return parsed.success ? parsed.data : null;
}

async function keep(tx: Prisma.TransactionClient, servers: readonly FormerServer[]): Promise<void> {
  const value = [...servers];
  await tx.setting.upsert({
    where: { key: KEY },
    create: { key: KEY, value },
    update: { value, updatedAt: new Date() },
  });
}

// Locks the rows of the environment's servers: of several processes that start at once, one puts away or restores.
const holdServers = (tx: Prisma.TransactionClient): Promise<unknown> =>
  tx.modelServer.updateMany({ where: { fromEnvironment: true }, data: { fromEnvironment: true } });

const recordServer = (
  tx: Prisma.TransactionClient,
  action: string,
  id: string,
  detail: Record<string, unknown>,
): Promise<void> =>
  record(tx, { actorId: null, surface: 'worker', action, subjectKind: 'model_server', subjectId: id, detail });

async function recipients(
  tx: Prisma.TransactionClient,
  grants: readonly { toKind: string; toId: string | null }[],
): Promise<Set<string>> {
  const of = (kind: string) => ({
    where: { id: { in: grants.flatMap(({ toKind, toId }) => (toKind === kind && toId !== null ? [toId] : [])) } },
    select: { id: true },
  });
  const people = await tx.person.findMany(of('person'));
  const groups = await tx.group.findMany(of('group'));
  return new Set([...people, ...groups].map(({ id }) => id));
}
