import type { Prisma } from '../../prisma/generated/client.ts';
import type { Actor } from '../access/actor.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';

const PARTS = { models: { select: { id: true, name: true, kind: true, isDefault: true } } } as const;

type Leaving = Prisma.ModelServerGetPayload<{ include: typeof PARTS }>;

/**
 * Disconnects a server: its models go with their grants. The last one with a chat model may go; answers quote the
 * documents from then on.
 * @throws AppError 'not_found', 'conflict' for one of the environment, 'default_needed' while it has the default and
 * another model could be it, 'still_needed' while knowledge bases are searched by what no other server has.
 */
export async function disconnectServer(ctx: Pick<Context, 'db'>, by: Actor, id: string): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const server = await tx.modelServer.findUnique({ where: { id }, include: PARTS });
    if (!server) throw notFound('model server');
    if (server.fromEnvironment)
      throw new AppError('conflict', 'This server comes from the settings of the installation: it is removed there');
    await keepTheDefault(tx, server);
    await keepEmbedders(tx, server);
    await tx.grant.deleteMany({
      where: { resourceKind: 'model', resourceId: { in: server.models.map((model) => model.id) } },
    });
    await tx.modelServer.delete({ where: { id } });
    const noDefaultAfter = defaultOf(server)?.name;
    await record(tx, {
      actorId: by.personId,
      surface: by.surface,
      action: 'model_server.disconnected',
      subjectKind: 'model_server',
      subjectId: id,
      detail: noDefaultAfter === undefined ? {} : { noDefaultAfter },
    });
  });
}

const defaultOf = ({ models }: Leaving) => models.find((model) => model.kind === 'chat' && model.isDefault);

async function keepTheDefault(tx: Prisma.TransactionClient, server: Leaving): Promise<void> {
  const chosen = defaultOf(server);
  if (!chosen) return;
  const others = await tx.model.count({ where: { kind: 'chat', serverId: { not: server.id } } });
  if (others > 0)
    throw new AppError(
      'default_needed',
      `“${chosen.name}” of this server is the default: make another chat model the default first`,
    );
}

/** Without its embedding model a knowledge base fails every question that reaches it. */
async function keepEmbedders(tx: Prisma.TransactionClient, server: Leaving): Promise<void> {
  const names = server.models.filter((model) => model.kind === 'embedding').map((model) => model.name);
  const elsewhere = await tx.model.findMany({
    where: { kind: 'embedding', name: { in: names }, server: { kind: server.kind, id: { not: server.id } } },
    select: { name: true },
  });
  const known = new Set(elsewhere.map((model) => model.name));
  const lost = names.filter((name) => !known.has(name));
  const needed = await tx.knowledgeBase.groupBy({
    by: ['embeddingModel'],
    where: { embeddingModel: { in: lost.map((name) => `${server.kind}:${name}`) }, deletedAt: null },
    _count: true,
  });
  const [first] = needed;
  if (first)
    throw new AppError(
      'still_needed',
      `${first._count === 1 ? '1 knowledge base is' : `${first._count} knowledge bases are`} searched with “${first.embeddingModel.slice(server.kind.length + 1)}”, which no other server has: connect another server that has it first`,
    );
}
