import http from 'node:http';
import { describe, expect, vi } from 'vitest';
import { revokeScimToken } from '../../../core/identity/scim/tokens.ts';
import { newId } from '../../../core/ids.ts';
import { SCIM_ROUTES } from '../../../portal/api/scim/router.ts';
import { aPerson, OPERATOR } from '../../factories/company.ts';
import { aProvider } from '../../factories/providers.ts';
import { aScimClient, aScimGroup, aScimUser, scimCaller } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

describe('/scim/v2', () => {
  test('opens no route to nobody, to a key or session of an administrator, or to a token that is revoked or too old', async ({
    ctx,
    api,
  }) => {
    const administrator = await aPerson(ctx, { role: 'admin' });
    const provider = await aProvider(ctx);
    const [revoked, living] = [await aScimClient(ctx, api, provider), await aScimClient(ctx, api, provider)];
    await revokeScimToken(ctx, OPERATOR, provider.id, revoked.tokenId);
    const old = await aScimClient(ctx, api, provider);
    await ctx.db.scimToken.update({ where: { id: old.tokenId }, data: { expiresAt: new Date(Date.now() - 1) } });
    const session = await api.session(administrator);
    for (const { method, path } of SCIM_ROUTES) {
      const at = path.replace(':id', newId()).replace(':name', 'User');
      const body = method === 'get' || method === 'delete' ? undefined : {};
      for (const authorization of [null, 'Basic YTpi', 'Bearer x', `Bearer ghscim_${'A'.repeat(43)}`]) {
        const { status, headers, body: said } = await scimCaller(api, authorization)(method.toUpperCase(), at, body);
        expect([path, status, said.status, headers.get('www-authenticate')]).toEqual([
          path,
          401,
          '401',
          'Bearer realm="gatehouse-scim"',
        ]);
      }
      expect((await revoked.call(method.toUpperCase(), at, body)).status).toBe(401);
      expect((await old.call(method.toUpperCase(), at, body)).status).toBe(401);
      const inBrowser = await session.raw(method.toUpperCase(), new URL(`/scim/v2${at}`, api.url).href);
      expect(inBrowser.status).toBe(401);
    }
    const key = await api.key(administrator, 'all');
    expect((await key.raw('GET', new URL('/scim/v2/Users', api.url).href)).status).toBe(401);
    expect((await living.call('GET', '/Users')).status).toBe(200);
  });

  test('shows nothing of another provider: its users and groups are not there, alike in body and status', async ({
    ctx,
    api,
  }) => {
    const [mine, theirs] = [await aProvider(ctx), await aProvider(ctx)];
    const [client, other] = [await aScimClient(ctx, api, mine), await aScimClient(ctx, api, theirs)];
    const user = (await other.call('POST', '/Users', aScimUser())).body;
    const group = (await other.call('POST', '/Groups', aScimGroup())).body;
    expect((await client.call('GET', '/Users')).body.totalResults).toBe(0);
    expect((await client.call('GET', '/Groups')).body.totalResults).toBe(0);
    const told = ({ status, body }: { status: number; body: { detail: string } }) => [
      status,
      { ...body, detail: body.detail.replace(/\(.*\)$/, '') },
    ];
    for (const [path, there] of [
      ['/Users', user.id],
      ['/Groups', group.id],
    ] as const)
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
        const body =
          method === 'PUT' || method === 'PATCH'
            ? { ...aScimUser(), Operations: [{ op: 'add', value: {} }] }
            : undefined;
        const found = await client.call(method, `${path}/${there}`, body);
        const nothing = await client.call(method, `${path}/${newId()}`, body);
        expect(told(found as never)).toEqual(told(nothing as never));
        expect(found.status).toBe(404);
      }
    const foreign = await client.call('POST', '/Groups', aScimGroup({ members: [{ value: user.id }] }));
    expect([foreign.status, foreign.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await other.call('GET', `/Users/${user.id}`)).body.active).toBe(true);
  });

  test('refuses what is no SCIM in SCIM’s own words, and says none of it again', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const scimType = async (...asked: Parameters<typeof client.call>) => {
      const { status, body, headers } = await client.call(...asked);
      expect(headers.get('content-type')).toContain('application/scim+json');
      expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
      expect(body.detail).not.toContain('secret');
      return [status, body.scimType];
    };
    expect(await scimType('POST', '/Users', '{"userName": "secret')).toEqual([400, 'invalidSyntax']);
    expect(await scimType('POST', '/Users', '["secret"]')).toEqual([400, 'invalidSyntax']);
    expect(await scimType('POST', '/Users', '{}', { 'Content-Type': 'text/plain' })).toEqual([400, 'invalidSyntax']);
    expect(await scimType('POST', '/Users', { externalId: 'secret' })).toEqual([400, 'invalidValue']);
    expect(await scimType('POST', '/Users', aScimUser({ externalId: null }))).toEqual([400, 'invalidValue']);
    expect(await scimType('POST', '/Users', aScimUser({ active: 'secret' }))).toEqual([400, 'invalidValue']);
    expect(await scimType('POST', '/Users', aScimUser({ displayName: 'a\0secret' }))).toEqual([400, 'invalidValue']);
    expect(await scimType('POST', '/Users', aScimUser({ userName: 'x'.repeat(501) }))).toEqual([400, 'invalidValue']);
    expect(await scimType('GET', '/Users?filter=secret')).toEqual([400, 'invalidFilter']);
    expect(await scimType('GET', '/Users?filter=secret%20eq%20%22x%00%22')).toEqual([400, 'invalidValue']);
    expect(await scimType('GET', '/Users?startIndex=secret')).toEqual([400, 'invalidValue']);
    expect(await scimType('GET', '/Secrets')).toEqual([404, undefined]);
    expect(await scimType('GET', '/Groups/secret')).toEqual([404, undefined]);
    const large = await client.call('POST', '/Users', aScimUser({ displayName: 'x'.repeat(3_100_000) }));
    expect([large.status, large.body.status]).toEqual([400, '400']);
  });

  test('answers 429 to a provider with sixteen requests running, says when to come again, and lets the others in', async ({
    ctx,
    api,
  }) => {
    const [busy, other] = [
      await aScimClient(ctx, api, await aProvider(ctx)),
      await aScimClient(ctx, api, await aProvider(ctx)),
    ];
    // Bodies that never end: each holds its place.
    const held = Array.from({ length: 16 }, () => {
      const request = http.request(`${api.url}/scim/v2/Users`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${busy.token}`, 'Content-Type': 'application/scim+json' },
      });
      request.on('error', () => {});
      request.write('{');
      return request;
    });
    const full = await vi.waitFor(
      async () => {
        const answer = await busy.call('GET', '/Users');
        expect(answer.status).toBe(429);
        return answer;
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await other.call('GET', '/Users')).status).toBe(200);
    for (const request of held) request.destroy();
    await vi.waitFor(async () => expect((await busy.call('GET', '/Users')).status).toBe(200), { timeout: 60_000 });
  });
});

describe('a token of a provider’s provisioning', () => {
  test('is made, listed and revoked by administrators alone', async ({ ctx, api }) => {
    const provider = await aProvider(ctx);
    const path = `/providers/${provider.id}/scim-tokens`;
    const person = await aPerson(ctx);
    for (const client of [await api.session(person), await api.key(person, 'all')]) {
      expect((await client.call('GET', path)).status).toBe(403);
      expect((await client.call('POST', path, { name: 'mine' })).status).toBe(403);
      expect((await client.call('DELETE', `${path}/${newId()}`)).status).toBe(403);
    }
    expect((await api.anonymous.call('GET', path)).status).toBe(401);
    expect(await ctx.db.scimToken.count({ where: { providerId: provider.id } })).toBe(0);
  });

  test('is told once and kept as a hash; revoked it lets nobody in, and all of it is recorded', async ({
    ctx,
    api,
  }) => {
    const provider = await aProvider(ctx, { enabled: false });
    const path = `/providers/${provider.id}/scim-tokens`;
    const administrator = await api.session(await aPerson(ctx, { role: 'admin' }));
    const made = await administrator.call('POST', path, { name: 'Entra' });
    expect(made).toMatchObject({ status: 201, body: { url: `${ctx.config.PUBLIC_URL}/scim/v2` } });
    const { id, token } = made.body as { id: string; token: string };
    expect((await scimCaller(api, `Bearer ${token}`)('GET', '/Users')).status).toBe(200);
    const listed = await administrator.call('GET', path);
    expect(listed.body.items).toMatchObject([{ id, name: 'Entra', lastUsedAt: expect.any(String) }]);
    const kept = JSON.stringify([
      listed.body,
      await ctx.db.scimToken.findMany(),
      await ctx.db.auditEntry.findMany({ where: { subjectId: provider.id } }),
    ]);
    expect(kept).not.toContain(token);
    expect((await administrator.call('DELETE', `${path}/${id}`)).status).toBe(204);
    expect((await administrator.call('DELETE', `${path}/${id}`)).status).toBe(404);
    expect((await scimCaller(api, `Bearer ${token}`)('GET', '/Users')).status).toBe(401);
    const actions = await ctx.db.auditEntry.findMany({ where: { subjectId: provider.id }, orderBy: { id: 'asc' } });
    expect(actions.map(({ action }) => action)).toEqual([
      'provider.created',
      'scim_token.created',
      'scim_token.revoked',
    ]);
  });

  test('may be five at once, so that one replaces the other, and not outlive what keys may', async ({ ctx, api }) => {
    const provider = await aProvider(ctx);
    const path = `/providers/${provider.id}/scim-tokens`;
    const administrator = await api.session(await aPerson(ctx, { role: 'admin' }));
    for (let made = 0; made < 5; made += 1)
      expect((await administrator.call('POST', path, { name: 'n' })).status).toBe(201);
    expect((await administrator.call('POST', path, { name: 'n' })).status).toBe(409);
    expect((await administrator.call('POST', path, { name: 'n', days: 366 })).status).toBe(400);
    expect((await administrator.call('POST', `/providers/${newId()}/scim-tokens`, { name: 'n' })).status).toBe(404);
  });
});
