import { expect } from 'vitest';
import { syncEnvironmentModels } from '../../../core/setup/environment-models.ts';
import { setDefaultModel } from '../../../core/models/registry.sql.ts';
import { aContext } from '../../factories/context.ts';
import { startModelServer } from '../../fakes/model-server.ts';
import { test } from '../../setup/database.ts';

test('the model that the settings name is the one default again after a restart, whatever was chosen meanwhile', async ({
  database,
}) => {
  const server = await startModelServer();
  const ctx = await aContext(database, { settings: { OLLAMA_BASE_URL: server.url, OLLAMA_CHAT_MODEL: 'stub-chat' } });
  try {
    expect((await syncEnvironmentModels(ctx)).chat).toBe('stub-chat');
    const { id: serverId } = await ctx.db.modelServer.findFirstOrThrow();
    const other = await ctx.db.model.create({
      data: { id: crypto.randomUUID(), serverId, name: 'another', kind: 'chat' },
    });
    await setDefaultModel(ctx.pool, other.id);
    await syncEnvironmentModels(ctx);
    const defaults = await ctx.db.model.findMany({ where: { isDefault: true }, select: { name: true } });
    expect(defaults).toEqual([{ name: 'stub-chat' }]);
  } finally {
    await ctx.close();
    await server.close();
  }
});
