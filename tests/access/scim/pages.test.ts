import { describe, expect } from 'vitest';
import type { Pool } from 'pg';
import { parseFilter } from '../../../core/identity/scim/filter.ts';
import { listGroups } from '../../../core/identity/scim/groups.ts';
import { listUsers } from '../../../core/identity/scim/users.ts';
import type { Context } from '../../../core/context.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { aProvider } from '../../factories/providers.ts';
import { aScimClient, aScimGroup, aScimUser } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

const PEOPLE = 10_000;

/** As many people as a large company has, in one statement, all in one group. */
async function aLargeCompany(ctx: Context, provider: Provider): Promise<void> {
  await ctx.pool.query(
    `WITH people AS (
       INSERT INTO person (id, name, role) SELECT gen_random_uuid(), 'Person ' || n, 'user' FROM generate_series(1, $2) n RETURNING id, name),
     identities AS (
       INSERT INTO identity (id, person_id, provider_id, issuer, subject)
       SELECT gen_random_uuid(), id, $1::uuid, 'provider:' || $1::text, name FROM people RETURNING id, subject),
     users AS (
       INSERT INTO scim_user (identity_id, provider_id, user_name, external_id, active, attributes, created_at, updated_at)
       SELECT id, $1::uuid, subject || '@example.com', subject, true, '{"name": {}, "emails": []}', now(), now() FROM identities RETURNING identity_id),
     one AS (
       INSERT INTO scim_group (id, provider_id, display_name, created_at, updated_at)
       VALUES (gen_random_uuid(), $1::uuid, 'Everybody', now(), now()) RETURNING id)
     INSERT INTO scim_group_member SELECT one.id, users.identity_id FROM one, users`,
    [provider.id, PEOPLE],
  );
}

/** A context that counts the rows that come out of the database. */
function counting(ctx: Context): { counted: Context; rows: () => number } {
  let rows = 0;
  const query = async (...asked: Parameters<Pool['query']>) => {
    const answered = (await (ctx.pool.query as (...given: unknown[]) => Promise<unknown>)(...asked)) as {
      rows: unknown[];
    };
    rows += answered.rows.length;
    return answered;
  };
  return { counted: { ...ctx, pool: { query } as unknown as Pool }, rows: () => rows };
}

describe('ten thousand users', () => {
  test('are paged, each once, and no page reads more than itself', async ({ ctx, api }) => {
    const provider = await aProvider(ctx);
    await aLargeCompany(ctx, provider);
    const seen = new Set<string>();
    for (let skip = 0; skip < PEOPLE; skip += 1_000) {
      const { counted, rows } = counting(ctx);
      const page = await listUsers(counted, provider, { filter: null, skip, limit: 200, withGroups: true });
      expect(page.total).toBe(PEOPLE);
      for (const { id } of page.users) seen.add(id);
      // The users, the one group of each, and the count.
      expect(rows()).toBeLessThanOrEqual(200 + 200 + 1);
    }
    expect(seen.size).toBe(2_000);
    const { counted, rows } = counting(ctx);
    const filter = parseFilter('userName eq "PERSON 7777@example.com"');
    const found = await listUsers(counted, provider, { filter, skip: 0, limit: 200, withGroups: false });
    expect([found.total, found.users[0]?.externalId, rows()]).toEqual([1, 'Person 7777', 2]);
    const groups = counting(ctx);
    const listed = await listGroups(groups.counted, provider, {
      filter: null,
      skip: 0,
      limit: 200,
      withMembers: false,
    });
    expect([listed.total, listed.groups[0]?.members, groups.rows()]).toEqual([1, null, 2]);
    const client = await aScimClient(ctx, api, provider);
    const last = await client.call('GET', `/Users?startIndex=${PEOPLE}&count=5000&attributes=userName`);
    expect(last.body).toMatchObject({ totalResults: PEOPLE, startIndex: PEOPLE, itemsPerPage: 1 });
  });
});

describe('a page', () => {
  test('begins at one, whatever is asked, holds up to 200, and a page of none says how many there are', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    for (let n = 0; n < 3; n += 1) await client.call('POST', '/Users', aScimUser());
    const asked = async (query: string) => {
      const { totalResults, startIndex, itemsPerPage, Resources } = (await client.call('GET', `/Users${query}`)).body;
      expect(Resources).toHaveLength(itemsPerPage);
      return [totalResults, startIndex, itemsPerPage];
    };
    expect(await asked('')).toEqual([3, 1, 3]);
    expect(await asked('?startIndex=-5&count=2')).toEqual([3, 1, 2]);
    expect(await asked('?startIndex=3&count=2')).toEqual([3, 3, 1]);
    expect(await asked('?startIndex=4')).toEqual([3, 4, 0]);
    expect(await asked('?count=0')).toEqual([3, 1, 0]);
    expect(await asked('?count=-1')).toEqual([3, 1, 0]);
  });

  test('holds what its filter says, and what cannot be found by is refused', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    for (const [userName, active] of [
      ['ada', true],
      ['adam', false],
      ['eve', true],
    ] as const)
      await client.call('POST', '/Users', aScimUser({ userName, active, externalId: `X-${userName}`, emails: [] }));
    const names = async (filter: string) => {
      const { status, body } = await client.call('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      return status === 200 ? body.Resources.map((each: { userName: string }) => each.userName) : body.scimType;
    };
    expect(await names('userName eq "ADA"')).toEqual(['ada']);
    expect(await names('externalId eq "X-ada"')).toEqual(['ada']);
    expect(await names('externalId eq "x-ada"')).toEqual([]);
    expect(await names('userName sw "ad" and active eq true')).toEqual(['ada']);
    expect(await names('userName sw "ad" and active eq "False"')).toEqual(['adam']);
    expect(await names('not (userName co "d")')).toEqual(['eve']);
    expect(await names('userName ew "m" or userName eq "eve"')).toEqual(['adam', 'eve']);
    expect(await names('id eq "no uuid"')).toEqual([]);
    expect(await names('emails pr')).toEqual([]);
    expect(await names(`meta.lastModified ge "2000-01-01T00:00:00Z" and userName eq "eve"`)).toEqual(['eve']);
    expect(await names(`userName eq "' OR 1=1 --"`)).toEqual([]);
    for (const filter of [
      'password eq "x"',
      'userName gt "a"',
      'active co true',
      'userName eq 7',
      'name[givenName eq "x"]',
    ])
      expect([filter, await names(filter)]).toEqual([filter, 'invalidFilter']);
  });

  test('holds the attributes that were asked for, and a resource always its id', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const user = (await client.call('POST', '/Users', aScimUser({ name: { givenName: 'Ada', familyName: 'B' } }))).body;
    const group = (await client.call('POST', '/Groups', aScimGroup({ members: [{ value: user.id }] }))).body;
    const keys = async (path: string) => Object.keys((await client.call('GET', path)).body).toSorted();
    expect(await keys(`/Users/${user.id}?attributes=userName,name.givenName`)).toEqual([
      'id',
      'name',
      'schemas',
      'userName',
    ]);
    const parts = await client.call('GET', `/Users/${user.id}?attributes=name.givenName`);
    expect(parts.body.name).toEqual({ givenName: 'Ada' });
    expect(await keys(`/Users/${user.id}?excludedAttributes=id,groups,meta,name,emails`)).toEqual(
      ['active', 'displayName', 'externalId', 'id', 'schemas', 'userName'].toSorted(),
    );
    expect(await keys(`/Groups/${group.id}?excludedAttributes=members`)).toEqual([
      'displayName',
      'id',
      'meta',
      'schemas',
    ]);
    expect((await client.call('GET', `/Users/${user.id}`)).body.groups).toMatchObject([
      { value: group.id, display: group.displayName },
    ]);
  });
});

describe('what /scim/v2 says of itself', () => {
  test('is true of it', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const config = (await client.call('GET', '/ServiceProviderConfig')).body;
    expect(config).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false },
      filter: { supported: true, maxResults: 200 },
      changePassword: { supported: false },
      sort: { supported: false },
      etag: { supported: true },
    });
    const types = (await client.call('GET', '/ResourceTypes')).body.Resources as {
      id: string;
      endpoint: string;
      schema: string;
    }[];
    for (const { id, endpoint, schema } of types) {
      expect((await client.call('GET', endpoint)).status).toBe(200);
      expect((await client.call('GET', `/ResourceTypes/${id}`)).body.schema).toBe(schema);
      expect((await client.call('GET', `/Schemas/${schema}`)).body.id).toBe(schema);
    }
    const described = (await client.call('GET', '/Schemas?count=1&attributes=id')).body.Resources[0].attributes as {
      name: string;
    }[];
    const user = (
      await client.call('POST', '/Users', aScimUser({ emails: ['a@example.com'], name: { givenName: 'A' } }))
    ).body;
    for (const key of Object.keys(user).filter((name) => !['schemas', 'id', 'meta'].includes(name)))
      expect(described.map(({ name }) => name)).toContain(key);
    expect((await client.call('GET', '/Schemas/urn:none')).status).toBe(404);
  });
});
