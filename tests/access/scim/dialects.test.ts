import { describe, expect } from 'vitest';
import { aProvider } from '../../factories/providers.ts';
import { aScimClient, aScimGroup, aScimUser, GROUP, patch, USER, type ScimClient } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

// The shapes are those that the two write down: learn.microsoft.com "Develop and plan provisioning for a SCIM endpoint" and
// developer.okta.com "SCIM 2.0".
const made = async (client: ScimClient, given: Record<string, unknown> = {}): Promise<string> =>
  (await client.call('POST', '/Users', aScimUser(given))).body.id;

describe('a PATCH as Entra sends it', () => {
  test('deactivates by the word "False", with a path, without one, and wrapped', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    for (const operation of [
      { op: 'Replace', path: 'active', value: 'False' },
      { op: 'Replace', value: { active: 'False' } },
      { op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] },
      { op: 'Add', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: 'false' },
    ]) {
      const id = await made(client);
      const { status, body } = await client.call('PATCH', `/Users/${id}`, patch(operation));
      expect([status, body.active]).toEqual([200, false]);
      const back = await client.call('PATCH', `/Users/${id}`, patch({ op: 'Add', path: 'active', value: 'True' }));
      expect(back.body.active).toBe(true);
    }
  });

  test('changes by dotted keys without a path, and makes the address at work where there is none yet', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const id = await made(client, { name: { givenName: 'Ada', familyName: 'Byron' } });
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const first = await client.call(
      'PATCH',
      `/Users/${id}`,
      patch(
        { op: 'Add', path: 'emails[type eq "work"].value', value: 'ada@example.com' },
        { op: 'Add', path: `${enterprise}:department`, value: 'Engines' },
        {
          op: 'Replace',
          value: {
            'name.familyName': 'Lovelace',
            displayName: 'Ada Lovelace',
            'emails[type eq "home"].value': 'home@example.com',
            'phoneNumbers[type eq "mobile"].value': '+44',
            [`${enterprise}:employeeNumber`]: '1815',
          },
        },
      ),
    );
    expect(first.body).toMatchObject({
      displayName: 'Ada Lovelace',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      emails: [
        { type: 'work', value: 'ada@example.com' },
        { type: 'home', value: 'home@example.com' },
      ],
    });
    expect(first.body[enterprise]).toBeUndefined();
    const second = await client.call(
      'PATCH',
      `/Users/${id}`,
      patch(
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'countess@example.com' },
        { op: 'Replace', path: 'emails[type eq "work"].primary', value: 'True' },
        { op: 'Remove', path: 'emails[type eq "home"]' },
        { op: 'Remove', path: 'name.givenName' },
        { op: 'Remove', path: 'displayName' },
      ),
    );
    expect(second.body).toMatchObject({
      name: { familyName: 'Lovelace' },
      emails: [{ type: 'work', value: 'countess@example.com', primary: true }],
    });
    expect(second.body.name.givenName).toBeUndefined();
    expect(second.body.displayName).toBeUndefined();
  });

  test('removes from a group only whom it names, by a filter and by a value', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const [a, b, c] = [await made(client), await made(client), await made(client)];
    const members = [a, b, c].map((value) => ({ value }));
    const group = (await client.call('POST', '/Groups', aScimGroup({ externalId: crypto.randomUUID() }))).body;
    const at = `/Groups/${group.id}`;
    const has = async () => (await client.call('GET', at)).body.members.map(({ value }: { value: string }) => value);
    expect((await client.call('PATCH', at, patch({ op: 'Add', path: 'members', value: members }))).status).toBe(204);
    expect(await has()).toEqual([a, b, c]);
    await client.call('PATCH', at, patch({ op: 'Remove', path: `members[value eq "${b}"]` }));
    expect(await has()).toEqual([a, c]);
    await client.call('PATCH', at, patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: a }] }));
    expect(await has()).toEqual([c]);
    await client.call('PATCH', at, patch({ op: 'Replace', path: 'displayName', value: 'New name' }));
    expect((await client.call('GET', `${at}?excludedAttributes=members`)).body).toMatchObject({
      displayName: 'New name',
    });
    await client.call('PATCH', at, patch({ op: 'Remove', path: 'members' }));
    expect(await has()).toEqual([]);
  });

  test('finds what it looks for as it asks: by name, by external id, and who is in a group without its members', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const id = await made(client, {
      userName: 'ada@example.com',
      emails: [{ type: 'work', value: 'Ada@Example.com' }],
    });
    const group = (
      await client.call('POST', '/Groups', aScimGroup({ displayName: 'Engines', members: [{ value: id }] }))
    ).body;
    const found = async (path: string, filter: string, more = '') =>
      (await client.call('GET', `${path}?${more}filter=${encodeURIComponent(filter)}`)).body.Resources;
    expect(await found('/Users', 'userName eq "ADA@example.com"')).toMatchObject([{ id }]);
    expect(await found('/Users', 'emails[type eq "work"].value eq "ada@example.com"')).toMatchObject([{ id }]);
    const listed = await found('/Groups', 'displayName eq "engines"', 'excludedAttributes=members&');
    expect(listed).toMatchObject([{ id: group.id }]);
    expect(listed[0].members).toBeUndefined();
    expect(await found('/Groups', `id eq "${group.id}" and members eq "${id}"`, 'attributes=id&')).toEqual([
      { id: group.id, schemas: expect.anything() },
    ]);
    expect(await found('/Groups', `id eq "${group.id}" and members eq "${group.id}"`)).toEqual([]);
  });
});

describe('a PATCH as Okta sends it', () => {
  test('deactivates by an object, also by one that repeats the id, and renames a group by such a one', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const id = await made(client);
    const off = await client.call('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    expect([off.status, off.body.active]).toEqual([200, false]);
    const again = patch({ op: 'replace', value: { schemas: [USER], id, active: true } });
    expect((await client.call('PATCH', `/Users/${id}`, again)).body.active).toBe(true);
    const group = (await client.call('POST', '/Groups', aScimGroup({ members: [{ value: id, display: 'x' }] }))).body;
    const rename = patch({ op: 'replace', value: { id: group.id, displayName: 'Other' } });
    expect((await client.call('PATCH', `/Groups/${group.id}`, rename)).status).toBe(204);
    expect((await client.call('GET', `/Groups/${group.id}`)).body).toMatchObject({
      displayName: 'Other',
      members: [{ value: id, type: 'User' }],
    });
  });

  test('replaces, adds and removes members by lists', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const [a, b, c] = [await made(client), await made(client), await made(client)];
    const at = `/Groups/${(await client.call('POST', '/Groups', aScimGroup({ members: [{ value: a }] }))).body.id}`;
    const has = async () => (await client.call('GET', at)).body.members.map(({ value }: { value: string }) => value);
    await client.call('PATCH', at, patch({ op: 'replace', path: 'members', value: [{ value: b }, { value: c }] }));
    expect(await has()).toEqual([b, c]);
    await client.call(
      'PATCH',
      at,
      patch(
        { op: 'remove', path: `members[value eq "${b}"]` },
        { op: 'add', path: 'members', value: [{ value: a, display: 'a' }] },
      ),
    );
    expect(await has()).toEqual([a, c]);
    const put = await client.call('PUT', at, aScimGroup({ displayName: 'Put', members: [{ value: b }] }));
    expect(put.body).toMatchObject({ displayName: 'Put', members: [{ value: b }] });
  });
});

describe('Okta', () => {
  test('gets through what it tries with a new connection, and through the life of somebody who comes and leaves', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const nobody = await client.call('GET', `/Users?filter=${encodeURIComponent('userName eq "nobody@example.com"')}`);
    expect(nobody.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
    const missing = await client.call('GET', `/Users/${'0101010'.repeat(4)}`);
    expect([missing.status, missing.body]).toEqual([
      404,
      { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '404', detail: expect.any(String) },
    ]);
    const sent = {
      schemas: [USER],
      userName: 'ada.byron@example.com',
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ primary: true, value: 'ada.byron@example.com', type: 'work' }],
      displayName: 'Ada Byron',
      locale: 'en-GB',
      externalId: '00u1dhhb1fkIGP7RL1d8',
      groups: [],
      password: '1mz050nq',
      active: true,
    };
    const created = await client.call('POST', '/Users', sent);
    const { password: _password, groups: _groups, ...told } = sent;
    expect([created.status, created.body]).toMatchObject([201, { ...told, id: expect.any(String) }]);
    expect(created.body.password).toBeUndefined();
    expect((await client.call('POST', '/Users', sent)).status).toBe(409);
    const found = await client.call(
      'GET',
      `/Users?filter=${encodeURIComponent('userName eq "ada.byron@example.com"')}`,
    );
    expect(found.body.Resources).toEqual([created.body]);
    const at = `/Users/${created.body.id}`;
    const changed = await client.call('PUT', at, { ...created.body, name: { givenName: 'Ada', familyName: 'King' } });
    expect([changed.status, changed.body.name.familyName]).toEqual([200, 'King']);
    const group = await client.call('POST', '/Groups', { schemas: [GROUP], displayName: 'Engines', members: [] });
    const join = patch({
      op: 'add',
      path: 'members',
      value: [{ value: created.body.id, display: 'ada.byron@example.com' }],
    });
    expect((await client.call('PATCH', `/Groups/${group.body.id}`, join)).status).toBe(204);
    expect((await client.call('GET', at)).body.groups).toMatchObject([{ value: group.body.id, display: 'Engines' }]);
    const groups = await client.call('GET', '/Groups?startIndex=1&count=100');
    expect(groups.body).toMatchObject({ totalResults: 1, Resources: [{ displayName: 'Engines' }] });
    const off = await client.call('PATCH', at, patch({ op: 'replace', value: { active: false } }));
    expect([off.status, off.body.active]).toEqual([200, false]);
    const back = await client.call('PUT', at, { ...changed.body, active: true });
    expect(back.body.active).toBe(true);
  });
});

describe('a PATCH that cannot be carried out', () => {
  test('is refused by its reason and leaves everything as it was', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const sent = aScimUser();
    const user = (await client.call('POST', '/Users', sent)).body;
    const group = (await client.call('POST', '/Groups', aScimGroup({ members: [{ value: user.id }] }))).body;
    const good = { op: 'replace', path: 'displayName', value: 'Changed' };
    const refusals: [string, Record<string, unknown>, string][] = [
      [`/Users/${user.id}`, { op: 'move', path: 'active', value: true }, 'invalidSyntax'],
      [`/Users/${user.id}`, { op: 'replace', value: 'False' }, 'invalidSyntax'],
      [`/Users/${user.id}`, { op: 'replace', path: 'name.', value: 'x' }, 'invalidPath'],
      [`/Users/${user.id}`, { op: 'replace', path: 7, value: 'x' }, 'invalidPath'],
      [`/Users/${user.id}`, { op: 'remove' }, 'noTarget'],
      [`/Users/${user.id}`, { op: 'remove', path: 'userName' }, 'invalidValue'],
      [`/Users/${user.id}`, { op: 'remove', path: 'active' }, 'invalidValue'],
      [`/Users/${user.id}`, { op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue'],
      [`/Users/${user.id}`, { op: 'replace', path: 'id', value: group.id }, 'mutability'],
      [`/Users/${user.id}`, { op: 'replace', path: 'emails[value co "x"].value', value: 'y' }, 'noTarget'],
      [`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: group.id }] }, 'invalidValue'],
      [`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: 'ada' }] }, 'invalidValue'],
      [
        `/Groups/${group.id}`,
        { op: 'add', path: 'members', value: [{ value: user.id, type: 'Group' }] },
        'invalidValue',
      ],
      [`/Groups/${group.id}`, { op: 'remove', path: 'members[display eq "x"]' }, 'invalidPath'],
      [`/Groups/${group.id}`, { op: 'remove', path: 'displayName' }, 'invalidValue'],
    ];
    for (const [path, wrong, scimType] of refusals) {
      const { status, body } = await client.call('PATCH', path, patch(good, wrong));
      expect([wrong, status, body.scimType]).toEqual([wrong, 400, scimType]);
    }
    expect((await client.call('PATCH', `/Users/${user.id}`, { Operations: [] })).body.scimType).toBe('invalidSyntax');
    expect((await client.call('GET', `/Users/${user.id}`)).body.displayName).toBe(sent['displayName']);
    expect((await client.call('GET', `/Groups/${group.id}`)).body).toMatchObject({
      displayName: group.displayName,
      members: [{ value: user.id }],
    });
  });
});
