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
