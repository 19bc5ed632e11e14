import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { addMapping, mappingOf } from '../../../core/identity/providers/mapping.ts';
import { getProvider, updateProvider } from '../../../core/identity/providers/store.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { aGroup, aPerson, OPERATOR } from '../../factories/company.ts';
import type { TestApi } from '../../factories/api.ts';
import { aProvider, facts } from '../../factories/providers.ts';
import { aScimClient, aScimGroup, aScimUser, patch } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** A provider whose groups come by provisioning, a person it told of, and a group of ours that one of its groups is mapped to. */
async function aMappedGroup(ctx: Context, api: TestApi, settings: Record<string, unknown> = { groupsFrom: 'scim' }) {
  await aPerson(ctx, { role: 'admin' });
  const provider = await aProvider(ctx, { settings });
  const client = await aScimClient(ctx, api, provider);
  const sent = aScimUser();
  const user = (await client.call('POST', '/Users', sent)).body as { id: string };
  const group = await aGroup(ctx);
  const { personId } = await ctx.db.identity.findUniqueOrThrow({ where: { id: user.id } });
  const map = (externalId: string, to: { groupId: string } | { role: 'admin' | 'user' } = { groupId: group.id }) =>
    addMapping(ctx, OPERATOR, provider.id, { toldAs: 'group', externalId, label: '', to });
  const memberships = async () =>
    (await ctx.db.membership.findMany({ where: { personId }, orderBy: { source: 'asc' } })).map(
      ({ groupId, source }) => `${groupId === group.id ? 'ours' : groupId} ${source.replace(provider.id, 'it')}`,
    );
  const subject = String(sent['externalId']);
  return { provider, client, user, subject, group, personId, map, memberships };
}

describe('a group of the provider', () => {
  test('gives nothing by its name: only what an administrator mapped by its id counts, and it is listed for that', async ({
    ctx,
    api,
  }) => {
    const { provider, client, user, group, map, memberships } = await aMappedGroup(ctx, api);
    const told = aScimGroup({ displayName: group.name, externalId: 'g-1', members: [{ value: user.id }] });
    await client.call('POST', '/Groups', told);
    expect(await memberships()).toEqual([]);
    expect((await mappingOf(ctx, provider.id)).seen).toMatchObject([
      { externalId: 'g-1', label: group.name, people: 1 },
    ]);
    await map('g-1');
    expect(await memberships()).toEqual(['ours provider:it']);
  });

  test('is mapped by our id where the provider gives none', async ({ ctx, api }) => {
    const { client, user, map, memberships } = await aMappedGroup(ctx, api);
    const told = (await client.call('POST', '/Groups', aScimGroup({ members: [{ value: user.id }] }))).body;
    await map(told.id);
    expect(await memberships()).toEqual(['ours provider:it']);
  });

  test('takes back what it gave when somebody leaves it, when it goes, or when its id is another; what a hand gave stays', async ({
    ctx,
    api,
  }) => {
    const { client, user, group, personId, map, memberships } = await aMappedGroup(ctx, api);
    await ctx.db.membership.create({ data: { groupId: group.id, personId, source: 'manual' } });
    await map('g-1');
    const told = (await client.call('POST', '/Groups', aScimGroup({ externalId: 'g-1' }))).body;
    const at = `/Groups/${told.id}`;
    const both = ['ours manual', 'ours provider:it'];
    const add = () => client.call('PATCH', at, patch({ op: 'add', path: 'members', value: [{ value: user.id }] }));
    await add();
    expect(await memberships()).toEqual(both);
    await client.call('PATCH', at, patch({ op: 'remove', path: `members[value eq "${user.id}"]` }));
    expect(await memberships()).toEqual(['ours manual']);
    await add();
    await client.call('PATCH', at, patch({ op: 'replace', value: { externalId: 'g-2' } }));
    expect(await memberships()).toEqual(['ours manual']);
    await client.call('PATCH', at, patch({ op: 'replace', value: { externalId: 'g-1' } }));
    expect(await memberships()).toEqual(both);
    expect((await client.call('DELETE', at)).status).toBe(204);
    expect(await memberships()).toEqual(['ours manual']);
  });

  test('takes back a mapped role, an administrator’s too, and leaves with a deleted user', async ({ ctx, api }) => {
    const { client, user, personId, map } = await aMappedGroup(ctx, api);
    await map('admins', { role: 'admin' });
    const roleNow = async () => (await ctx.db.person.findUniqueOrThrow({ where: { id: personId } })).role;
    const sent = aScimGroup({ externalId: 'admins', members: [{ value: user.id }] });
    const at = `/Groups/${(await client.call('POST', '/Groups', sent)).body.id}`;
    expect(await roleNow()).toBe('admin');
    await client.call('PATCH', at, patch({ op: 'remove', path: 'members' }));
    expect(await roleNow()).toBe('pending');
    await client.call('PATCH', at, patch({ op: 'add', path: 'members', value: [{ value: user.id }] }));
    expect(await roleNow()).toBe('admin');
    await client.call('DELETE', `/Users/${user.id}`);
    expect(await roleNow()).toBe('pending');
    expect((await client.call('GET', at)).body.members).toEqual([]);
  });

  test('is recorded with who came and who left', async ({ ctx, api }) => {
    const { provider, client, user, personId } = await aMappedGroup(ctx, api);
    const sent = aScimGroup({ externalId: 'g', members: [{ value: user.id }] });
    const at = `/Groups/${(await client.call('POST', '/Groups', sent)).body.id}`;
    await client.call('DELETE', at);
    const entries = await ctx.db.auditEntry.findMany({
      where: { subjectId: provider.id, action: { startsWith: 'scim.' } },
      orderBy: { id: 'asc' },
    });
    expect(entries).toMatchObject([
      { action: 'scim.group_created', actorId: null, detail: { externalId: 'g', added: [personId], removed: [] } },
      { action: 'scim.group_deleted', detail: { added: [], removed: [personId] } },
    ]);
    expect(JSON.stringify(entries)).not.toContain(String(sent['displayName']));
  });

  test('is changed, replaced and deleted only in the version that the client knows, and another one by each change of it', async ({
    ctx,
    api,
  }) => {
    const { client, user } = await aMappedGroup(ctx, api);
    const sent = aScimGroup();
    const made = await client.call('POST', '/Groups', sent);
    const at = `/Groups/${made.body.id}`;
    expect([made.headers.get('etag'), made.headers.get('location')]).toEqual([
      made.body.meta.version,
      made.body.meta.location,
    ]);
    const add = patch({ op: 'add', path: 'members', value: [{ value: user.id }] });
    const added = await client.call('PATCH', at, add, { 'If-Match': made.body.meta.version });
    expect(added.status).toBe(204);
    const version = String(added.headers.get('etag'));
    expect(version).not.toBe(made.body.meta.version);
    for (const [method, body] of [
      ['PATCH', patch({ op: 'remove', path: 'members' })],
      ['PUT', sent],
      ['DELETE', undefined],
    ] as const)
      expect((await client.call(method, at, body, { 'If-Match': made.body.meta.version })).status).toBe(412);
    const read = await client.call('GET', at);
    expect([read.headers.get('etag'), read.body.members]).toEqual([
      version,
      [expect.objectContaining({ value: user.id })],
    ]);
    expect((await client.call('GET', at, undefined, { 'If-None-Match': version })).status).toBe(304);
    expect((await client.call('PATCH', at, add)).headers.get('etag')).toBe(version);
    expect((await client.call('DELETE', at, undefined, { 'If-Match': version })).status).toBe(204);
    expect((await client.call('GET', at)).status).toBe(404);
  });

  test('of a second id or name of the first is refused, a second name with an id of its own is another group', async ({
    ctx,
    api,
  }) => {
    const { client } = await aMappedGroup(ctx, api);
    const status = async (given: Record<string, unknown>) => {
      const { status: code, body } = await client.call('POST', '/Groups', aScimGroup(given));
      return code === 409 ? body.scimType : code;
    };
    expect(await status({ displayName: 'Sales' })).toBe(201);
    expect(await status({ displayName: 'sales' })).toBe('uniqueness');
    expect(await status({ displayName: 'Sales', externalId: 'one' })).toBe(201);
    expect(await status({ displayName: 'Sales', externalId: 'two' })).toBe(201);
    expect(await status({ displayName: 'Others', externalId: 'two' })).toBe('uniqueness');
  });
});

describe('whose word on groups counts', () => {
  test('is one of the two and never both: a sign-in takes nothing that provisioning gave, nor brings what it did not', async ({
    ctx,
    api,
  }) => {
    const { provider, client, user, subject, map, memberships } = await aMappedGroup(ctx, api);
    await map('by-scim');
    const other = await aGroup(ctx);
    await map('by-claim', { groupId: other.id });
    await client.call('POST', '/Groups', aScimGroup({ externalId: 'by-scim', members: [{ value: user.id }] }));
    for (const groups of [[], [{ id: 'by-claim' }], 'not_asked', 'missing'] as const) {
      expect(await outcome(signOn(ctx, provider, facts({ subject, groups })))).toBe('done');
      expect(await memberships()).toEqual(['ours provider:it']);
    }
    await signOn(ctx, provider, facts({ subject, groups: [{ id: 'by-claim' }] }));
    const { name, enabled, maxAgeHours, settings } = await getProvider(ctx, provider.id);
    const turn = (groupsFrom: string) =>
      updateProvider(ctx, OPERATOR, provider.id, { name, enabled, maxAgeHours, settings: { ...settings, groupsFrom } });
    await turn('sign_in');
    expect(await memberships()).toEqual([`${other.id} provider:it`]);
    await turn('scim');
    expect(await memberships()).toEqual(['ours provider:it']);
  });

  test('is not turned by an administrator to their own gain', async ({ ctx, api }) => {
    const { provider, client, user, group, personId } = await aMappedGroup(ctx, api, {});
    const { id } = await ctx.db.person.update({ where: { id: personId }, data: { role: 'admin' } });
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: 'g',
      label: '',
      to: { groupId: group.id },
    });
    await client.call('POST', '/Groups', aScimGroup({ externalId: 'g', members: [{ value: user.id }] }));
    const { name, enabled, maxAgeHours, settings } = await getProvider(ctx, provider.id);
    const turned = updateProvider(ctx, { personId: id, surface: 'portal' }, provider.id, {
      name,
      enabled,
      maxAgeHours,
      settings: { ...settings, groupsFrom: 'scim' },
    });
    expect(await outcome(turned)).toBe('forbidden');
    expect(await ctx.db.membership.count({ where: { personId } })).toBe(0);
  });

  test('does not hang on the moment: a sign-in beside a removal leaves nobody in the group', async ({ ctx, api }) => {
    const { provider, client, user, subject, map, memberships } = await aMappedGroup(ctx, api);
    await map('g');
    const told = (await client.call('POST', '/Groups', aScimGroup({ externalId: 'g' }))).body;
    for (let round = 0; round < 5; round += 1) {
      await client.call(
        'PATCH',
        `/Groups/${told.id}`,
        patch({ op: 'add', path: 'members', value: [{ value: user.id }] }),
      );
      expect(await memberships()).toHaveLength(1);
      await Promise.all([
        signOn(ctx, provider, facts({ subject, groups: 'not_asked' })),
        client.call('PATCH', `/Groups/${told.id}`, patch({ op: 'remove', path: 'members' })),
        signOn(ctx, provider, facts({ subject, groups: 'not_asked' })),
      ]);
      expect(await memberships()).toEqual([]);
    }
  });
});
