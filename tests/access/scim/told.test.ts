import { expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { newId } from '../../../core/ids.ts';
import { SCIM_ROUTES } from '../../../portal/api/scim/router.ts';
import { aProvider } from '../../factories/providers.ts';
import { aScimClient, aScimGroup, aScimUser, patch } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

const toldAt = async (ctx: Context, tokenId: string) =>
  (await ctx.db.scimToken.findUniqueOrThrow({ where: { id: tokenId } })).toldAt;

test('to look, and to fail, tells nothing of anybody: no fact stays young by it', async ({ ctx, api }) => {
  const provider = await aProvider(ctx);
  const known = await aScimClient(ctx, api, provider);
  const user = (await known.call('POST', '/Users', aScimUser())).body as { id: string; userName: string };
  const group = (await known.call('POST', '/Groups', aScimGroup())).body as { id: string };
  const { call, tokenId } = await aScimClient(ctx, api, provider);
  for (const { method, path } of SCIM_ROUTES.filter((each) => each.method === 'get')) {
    const id = path.startsWith('/Users') ? user.id : group.id;
    const found = await call(method.toUpperCase(), path.replace(':id', id).replace(':name', 'User'));
    expect([path, found.status]).toEqual([path, path === '/Schemas/:name' ? 404 : 200]);
  }
  const stale = { 'If-Match': 'W/"7"' };
  const failing: [number, ...Parameters<typeof call>][] = [
    [400, 'POST', '/Users', '{'],
    [409, 'POST', '/Users', aScimUser({ userName: user.userName })],
    [400, 'PATCH', `/Users/${user.id}`, patch({ op: 'replace', path: 'active', value: 'perhaps' })],
    [412, 'PATCH', `/Users/${user.id}`, patch({ op: 'replace', value: { active: true } }), stale],
    [404, 'DELETE', `/Users/${newId()}`],
    [400, 'PUT', `/Groups/${group.id}`, {}],
    [400, 'POST', '/Groups', aScimGroup({ members: [{ value: newId() }] })],
    [412, 'DELETE', `/Groups/${group.id}`, undefined, stale],
  ];
  for (const [status, ...asked] of failing) expect([asked, (await call(...asked)).status]).toEqual([asked, status]);
  expect(await toldAt(ctx, tokenId)).toBeNull();
});

test('every change that is carried out tells something', async ({ ctx, api }) => {
  const provider = await aProvider(ctx);
  const known = await aScimClient(ctx, api, provider);
  const tried = new Set<string>();
  for (const { method, path } of SCIM_ROUTES.filter((each) => each.method !== 'get')) {
    const sent = path.startsWith('/Users') ? aScimUser() : aScimGroup();
    const at = path.includes(':id')
      ? path.replace(':id', (await known.call('POST', path.replace('/:id', ''), sent)).body.id as string)
      : path;
    const body = method === 'patch' ? patch({ op: 'replace', value: { displayName: 'Another name' } }) : sent;
    const { call, tokenId } = await aScimClient(ctx, api, { id: provider.id });
    const { status } = await call(method.toUpperCase(), at, method === 'delete' ? undefined : body);
    expect([method, path, status]).toEqual([method, path, { post: 201, delete: 204 }[method as string] ?? status]);
    expect([method, path, await toldAt(ctx, tokenId)]).toEqual([method, path, expect.any(Date)]);
    await ctx.db.scimToken.delete({ where: { id: tokenId } });
    tried.add(`${method} ${path}`);
  }
  expect(tried.size).toBe(8);
});

test('a change that is refused is noted with what it was about, from the first time on, until one gets through', async ({
  ctx,
  api,
}) => {
  const { call } = await aScimClient(ctx, api, await aProvider(ctx));
  const user = (await call('POST', '/Users', aScimUser())).body as { id: string };
  const group = (await call('POST', '/Groups', aScimGroup({ members: [{ value: user.id }] }))).body as { id: string };
  const refusedAt = {
    Users: async () => (await ctx.db.scimUser.findUniqueOrThrow({ where: { identityId: user.id } })).refusedAt,
    Groups: async () => (await ctx.db.scimGroup.findUniqueOrThrow({ where: { id: group.id } })).refusedAt,
  };
  for (const [kind, id] of [
    ['Users', user.id],
    ['Groups', group.id],
  ] as const) {
    const other = kind === 'Users' ? refusedAt.Groups : refusedAt.Users;
    expect((await call('PATCH', `/${kind}/${id}`, patch({ op: 'remove', path: 'displayName.' }))).status).toBe(400);
    const first = await refusedAt[kind]();
    expect([first, await other()]).toEqual([expect.any(Date), null]);
    expect((await call('PUT', `/${kind}/${id}`, '{')).status).toBe(400);
    expect((await call('GET', `/${kind}/${id}`)).status).toBe(200);
    expect(await refusedAt[kind]()).toEqual(first);
    const rename = patch({ op: 'replace', value: { displayName: 'Another name' } });
    expect((await call('PATCH', `/${kind}/${id}`, rename)).status).toBeLessThan(300);
    expect(await refusedAt[kind]()).toBeNull();
  }
});
