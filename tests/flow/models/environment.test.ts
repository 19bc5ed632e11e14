import { describe, expect } from 'vitest';
import { createGrant } from '../../../core/access/grants.ts';
import { deleteGroup } from '../../../core/access/groups.ts';
import { setDefaultModel } from '../../../core/models/registry.sql.ts';
import { syncEnvironmentModels } from '../../../core/setup/environment-models.ts';
import { aGroup, OPERATOR } from '../../factories/company.ts';
import { aContext, type TestContext } from '../../factories/context.ts';
import { startModelServer } from '../../fakes/model-server.ts';
import { freshDatabase, test as onDatabase } from '../../setup/database.ts';

/** An installation on an empty database, where an Ollama may be found at `usual`. */
const test = onDatabase.extend<{ ctx: TestContext; usual: { url: string; close(): Promise<void> } }>({
  // oxlint-disable-next-line no-empty-pattern -- the first argument of a fixture must be a pattern
  ctx: async ({}, use) => {
    const database = await freshDatabase();
    const made = await aContext(database);
    const ctx = { ...made, config: { ...made.config, EMBEDDED: true, OLLAMA_DISCOVERY: true } };
    await use(ctx);
    await made.close();
    await database.close();
  },
  // oxlint-disable-next-line no-empty-pattern -- as above
  usual: async ({}, use) => {
    const server = await startModelServer();
    await use(server);
    await server.close();
  },
});

const AWAY = 'http://127.0.0.1:1';
const named = (ctx: TestContext, url: string) => ({
  ...ctx,
  config: { ...ctx.config, OLLAMA_BASE_URL: url, OLLAMA_CHAT_MODEL: 'stub-chat' },
});

/** Who may use the model, and whether it is there at all. */
async function grantsOn(ctx: TestContext, name = 'stub-chat'): Promise<string[] | null> {
  const model = await ctx.db.model.findFirst({ where: { name } });
  if (!model) return null;
  const grants = await ctx.db.grant.findMany({ where: { resourceKind: 'model', resourceId: model.id } });
  return grants.map(({ toKind, toId }) => toId ?? toKind);
}

/** Takes it from everyone and gives it to a group alone. */
async function narrow(ctx: TestContext): Promise<{ id: string }> {
  const group = await aGroup(ctx);
  const { id } = await ctx.db.model.findFirstOrThrow({ where: { name: 'stub-chat' } });
  await ctx.db.grant.deleteMany({ where: { resourceId: id, toKind: 'everyone' } });
  const resource = { kind: 'model', id } as const;
  await createGrant(ctx, OPERATOR, { resource, to: { kind: 'group', id: group.id }, level: 'use', expiresAt: null });
  return group;
}

describe('a server that is away', () => {
  test('and was only found comes back as an administrator left it, not for everyone again, and nothing is left meanwhile', async ({
    ctx,
    usual,
  }) => {
    await syncEnvironmentModels(ctx, usual.url);
    expect(await grantsOn(ctx)).toEqual(['everyone']);
    const group = await narrow(ctx);
    await ctx.db.model.updateMany({ where: { name: 'stub-chat' }, data: { classes: ['reasoning'] } });
    await syncEnvironmentModels(ctx, AWAY);
    expect(await grantsOn(ctx)).toBeNull();
    expect(await ctx.db.grant.count({ where: { resourceKind: 'model' } })).toBe(0);
    expect((await syncEnvironmentModels(ctx, usual.url)).chat).toBe('stub-chat');
    await syncEnvironmentModels(ctx, usual.url);
    expect(await grantsOn(ctx)).toEqual([group.id]);
    expect(await ctx.db.model.findFirst({ where: { name: 'stub-chat' } })).toMatchObject({
      classes: ['reasoning'],
      isDefault: true,
    });
  });

  test('comes back without a grant to a group that was deleted meanwhile, and stays private where it was', async ({
    ctx,
    usual,
  }) => {
    await syncEnvironmentModels(ctx, usual.url);
    const group = await narrow(ctx);
    await syncEnvironmentModels(ctx, AWAY);
    await deleteGroup(ctx, OPERATOR, group.id);
    await syncEnvironmentModels(ctx, usual.url);
    expect(await grantsOn(ctx)).toEqual([]);
    await syncEnvironmentModels(ctx, AWAY);
    await syncEnvironmentModels(ctx, usual.url);
    expect(await grantsOn(ctx)).toEqual([]);
  });

  test('and is named in the settings keeps its grants while it does not answer', async ({ ctx }) => {
    const server = await startModelServer();
    await syncEnvironmentModels(named(ctx, server.url));
    const group = await narrow(ctx);
    await server.close();
    const { problems } = await syncEnvironmentModels(named(ctx, server.url));
    expect(problems).toEqual([expect.stringContaining('does not answer')]);
    expect(await grantsOn(ctx)).toEqual([group.id]);
  });
});

describe('another server', () => {
  test('under the same setting has none of the grants on the one before, and is not everyone’s where that one was not', async ({
    ctx,
    usual,
  }) => {
    const other = await startModelServer();
    await syncEnvironmentModels(named(ctx, usual.url));
    const group = await narrow(ctx);
    const { problems } = await syncEnvironmentModels(named(ctx, other.url));
    expect(await grantsOn(ctx)).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('give it to people in the portal')]);
    await syncEnvironmentModels(named(ctx, `${usual.url}/`));
    expect(await grantsOn(ctx)).toEqual([group.id]);
    await other.close();
  });

  test('is not everyone’s under a new address where what was decided before cannot be read any more', async ({
    ctx,
    usual,
  }) => {
    await syncEnvironmentModels(named(ctx, AWAY));
    await narrow(ctx);
    await syncEnvironmentModels(ctx, AWAY);
    await ctx.db.setting.update({ where: { key: 'former_model_servers' }, data: { value: [{ written: 'by hand' }] } });
    await syncEnvironmentModels(named(ctx, usual.url));
    expect(await grantsOn(ctx)).toEqual([]);
  });

  test('is remembered however many addresses the setting had since', { timeout: 60_000 }, async ({ ctx, usual }) => {
    await syncEnvironmentModels(named(ctx, usual.url));
    await narrow(ctx);
    for (let port = 1; port <= 25; port += 1) await syncEnvironmentModels(named(ctx, `http://127.0.0.1:${port}`));
    await syncEnvironmentModels(named(ctx, usual.url));
    expect(await grantsOn(ctx)).not.toContain('everyone');
    expect(await grantsOn(ctx)).toHaveLength(1);
  });

  test('found on its usual port and then named there is the same one', async ({ ctx, usual }) => {
    await syncEnvironmentModels(ctx, usual.url);
    const group = await narrow(ctx);
    await syncEnvironmentModels(named(ctx, usual.url));
    expect(await grantsOn(ctx)).toEqual([group.id]);
    expect(await ctx.db.modelServer.count()).toBe(1);
  });
});

test('a model that is pulled later starts private, though the server lists it first', async ({ ctx, usual }) => {
  await syncEnvironmentModels(ctx, usual.url);
  await ctx.db.model.updateMany({ where: { name: 'stub-chat' }, data: { name: 'there-before' } });
  await syncEnvironmentModels(ctx, usual.url);
  expect(await grantsOn(ctx, 'there-before')).toEqual(['everyone']);
  expect(await grantsOn(ctx)).toEqual([]);
});

test('the model that the settings name is the one default again after a restart, whatever was chosen meanwhile', async ({
  ctx,
  usual,
}) => {
  expect((await syncEnvironmentModels(named(ctx, usual.url))).chat).toBe('stub-chat');
  const { id: serverId } = await ctx.db.modelServer.findFirstOrThrow();
  const other = await ctx.db.model.create({
    data: { id: crypto.randomUUID(), serverId, name: 'another', kind: 'chat' },
  });
  await setDefaultModel(ctx.pool, other.id);
  await syncEnvironmentModels(named(ctx, usual.url));
  const defaults = await ctx.db.model.findMany({ where: { isDefault: true }, select: { name: true } });
  expect(defaults).toEqual([{ name: 'stub-chat' }]);
});
