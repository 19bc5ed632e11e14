import { demand } from '../../../core/access/decide.ts';
import type { Context } from '../../../core/context.ts';
import {
  connectServer,
  listServers,
  testServer,
  updateModel,
  type ModelEntry,
  type ServerEntry,
} from '../../../core/models/administration.ts';
import { disconnectServer } from '../../../core/models/disconnect.ts';
import * as contract from '../../contract/models.ts';
import { actorOf, type Caller } from '../caller.ts';
import { route } from '../route.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'models.manage');

type Kind = contract.UsableModel['kind'];

const shownModel = (model: ModelEntry): contract.ModelServer['models'][number] => ({
  id: model.id,
  name: model.name,
  kind: model.kind as Kind,
  contextTokens: model.contextTokens,
  classes: model.classes,
  isDefault: model.isDefault,
  seenAt: model.seenAt.toISOString(),
});

const shownServer = (server: ServerEntry): contract.ModelServer => ({
  id: server.id,
  name: server.name,
  kind: server.kind as contract.ModelServer['kind'],
  baseUrl: server.baseUrl,
  hasApiKey: server.hasApiKey,
  fromEnvironment: server.fromEnvironment,
  models: server.models.map(shownModel),
  createdAt: server.createdAt.toISOString(),
});

/** What everybody may use, and the servers for those who administer them. */
export const modelRoutes = [
  route(contract.listModels, async ({ ctx, caller }) => {
    const usable = await ctx.models.listFor(caller.person.id);
    return {
      items: usable.map(({ id, name, serverName, kind, classes, isDefault }) => ({
        id,
        name,
        server: serverName,
        kind,
        classes,
        isDefault,
      })),
      nextCursor: null,
    };
  }),

  route(contract.updateModel, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    return shownModel(await updateModel(ctx, actorOf(caller), params.id, body));
  }),

  route(contract.listModelServers, async ({ ctx, caller }) => {
    await administers(ctx, caller);
    return { items: (await listServers(ctx)).map(shownServer), nextCursor: null };
  }),

  route(contract.createModelServer, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return shownServer(await connectServer(ctx, actorOf(caller), body));
  }),

  route(contract.testModelServer, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    const test = await testServer(ctx, params.id);
    return { ...test, models: [...test.models] };
  }),

  route(contract.deleteModelServer, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await disconnectServer(ctx, actorOf(caller), params.id);
  }),
];
