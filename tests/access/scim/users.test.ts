import { describe, expect } from 'vitest';
import { deactivatePerson } from '../../../core/access/people.ts';
import type { Context } from '../../../core/context.ts';
import { createApiKey, personOfApiKey } from '../../../core/identity/api-keys.ts';
import { personOfChatAccount } from '../../../core/identity/chat-accounts.ts';
import { getProvider, updateProvider } from '../../../core/identity/providers/store.ts';
import { signInThrough } from '../../../core/identity/sign-in.ts';
import { personOfSession } from '../../../core/identity/sessions.ts';
import { newId } from '../../../core/ids.ts';
import { aPerson, OPERATOR } from '../../factories/company.ts';
import { aProvider, facts } from '../../factories/providers.ts';
import { aScimClient, aScimUser, patch } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string; details?: { reason?: string } }) => error.details?.reason ?? error.code ?? String(error),
  );

const from = { address: null, device: null };

const personOf = async (ctx: Context, identityId: string) =>
  (await ctx.db.identity.findUniqueOrThrow({ where: { id: identityId }, include: { person: true } })).person;

describe('a person whom provisioning deactivates', () => {
  test('loses session, key and chat at once, cannot sign in, and comes back by the same way', async ({ ctx, api }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    const client = await aScimClient(ctx, api, provider);
    const sent = aScimUser();
    const { id } = (await client.call('POST', '/Users', sent)).body;
    const told = facts({ subject: String(sent['externalId']) });
    const { token, person } = await signInThrough(ctx, provider, told, from);
    const { key } = await createApiKey(ctx, {
      personId: person.id,
      name: 'n',
      scopes: ['all'],
      days: 1,
      madeBy: 'portal',
    });
    const chat = { surface: 'slack', tenantId: 'T1', externalId: newId() } as const;
    await ctx.db.chatAccount.create({ data: { id: newId(), ...chat, personId: person.id, name: 'n' } });
    const comesIn = async () => [
      (await personOfSession(ctx, token))?.person.id,
      (await personOfApiKey(ctx, key))?.person.id,
      (await personOfChatAccount(ctx, chat))?.id,
    ];
    expect(await comesIn()).toEqual([person.id, person.id, person.id]);
    const off = await client.call('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    expect([off.status, off.body.active]).toEqual([200, false]);
    expect(await comesIn()).toEqual([undefined, undefined, undefined]);
    expect(await outcome(signInThrough(ctx, provider, told, from))).toBe('deactivated');
    await client.call('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    expect(await outcome(signInThrough(ctx, provider, told, from))).toBe('done');
    expect(await comesIn()).toEqual([undefined, undefined, person.id]);
  });

  test('stays out where an administrator ended the access, whatever provisioning says', async ({ ctx, api }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    const client = await aScimClient(ctx, api, provider);
    const { id } = (await client.call('POST', '/Users', aScimUser())).body;
    const person = await personOf(ctx, id);
    await deactivatePerson(ctx, OPERATOR, person.id);
    for (const active of [false, true])
      await client.call('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active } }));
    expect((await personOf(ctx, id)).status).toBe('deactivated');
  });

  test('is not let in again by a replacement that does not say so', async ({ ctx, api }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const { active: _active, ...sent } = aScimUser();
    const { id, active } = (await client.call('POST', '/Users', sent)).body;
    expect(active).toBe(true);
    await client.call('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false }));
    const put = await client.call('PUT', `/Users/${id}`, { ...sent, displayName: 'New name' });
    expect(put.body).toMatchObject({ displayName: 'New name', active: false });
    expect((await personOf(ctx, id)).status).toBe('deactivated');
  });
});

describe('a deleted user', () => {
  test('is gone as a resource and has no access, while the person stays; made again it is the same person', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx, { settings: { newPeople: 'user' } }));
    const sent = aScimUser();
    const { id } = (await client.call('POST', '/Users', sent)).body;
    const person = await personOf(ctx, id);
    expect((await client.call('DELETE', `/Users/${id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await client.call(method, `/Users/${id}`)).status).toBe(404);
    const find = `/Users?filter=${encodeURIComponent(`userName eq "${String(sent['userName'])}"`)}`;
    expect((await client.call('GET', find)).body.totalResults).toBe(0);
    expect(await personOf(ctx, id)).toMatchObject({ id: person.id, status: 'deactivated' });
    const again = await client.call('POST', '/Users', sent);
    expect([again.status, again.body.id]).toEqual([201, id]);
    expect(await personOf(ctx, id)).toMatchObject({ id: person.id, status: 'active' });
  });
});

describe('who a user is', () => {
  test('hangs on the subject alone: the address of a local account or of another provider joins nothing', async ({
    ctx,
    api,
  }) => {
    const local = await aPerson(ctx, { role: 'admin' });
    const sent = aScimUser({ userName: local.email, emails: [{ value: local.email, primary: true }] });
    const people = new Set([local.id]);
    for (const provider of [await aProvider(ctx), await aProvider(ctx)]) {
      const client = await aScimClient(ctx, api, provider);
      const { id } = (await client.call('POST', '/Users', sent)).body;
      people.add((await personOf(ctx, id)).id);
    }
    expect(people.size).toBe(3);
  });

  test('is one with the sign-in of the same provider, whichever came first', async ({ ctx, api }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'refuse' } });
    const client = await aScimClient(ctx, api, provider);
    const [first, second] = [aScimUser({ displayName: 'Ada' }), aScimUser()];
    // Whom nobody announced does not come in here; whom provisioning made does.
    const stranger = facts({ subject: String(first['externalId']) });
    expect(await outcome(signInThrough(ctx, provider, stranger, from))).toBe('not_invited');
    const { id } = (await client.call('POST', '/Users', first)).body;
    const { person } = await signInThrough(ctx, provider, stranger, from);
    expect(person).toMatchObject({ id: (await personOf(ctx, id)).id, name: 'Ada', role: 'pending' });
    const open = await aProvider(ctx);
    const signedIn = await signInThrough(ctx, open, facts({ subject: String(second['externalId']) }), from);
    const made = (await (await aScimClient(ctx, api, open)).call('POST', '/Users', second)).body;
    expect((await personOf(ctx, made.id)).id).toBe(signedIn.person.id);
  });

  test('is on Entra the tenant with the object id, and an alias in its place is refused', async ({ ctx, api }) => {
    const [tenant, object] = [crypto.randomUUID(), crypto.randomUUID()];
    const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
    const provider = await aProvider(ctx, { settings: { issuer, subject: 'entra', newPeople: 'user' } });
    const client = await aScimClient(ctx, api, provider);
    const alias = await client.call('POST', '/Users', aScimUser({ externalId: 'ada.byron' }));
    expect([alias.status, alias.body.scimType]).toEqual([400, 'invalidValue']);
    expect(alias.body.detail).toContain('objectId');
    const { id } = (await client.call('POST', '/Users', aScimUser({ externalId: object.toUpperCase() }))).body;
    const { person } = await signInThrough(ctx, provider, facts({ subject: `${tenant}:${object}` }), from);
    expect((await personOf(ctx, id)).id).toBe(person.id);
  });

  test('does not change with a PATCH or PUT: a client cannot give one person’s rights to another', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const [one, two] = [aScimUser(), aScimUser()];
    const { id } = (await client.call('POST', '/Users', one)).body;
    await client.call('POST', '/Users', two);
    const stolen = patch({ op: 'replace', path: 'externalId', value: two['externalId'] });
    const fresh = { ...one, externalId: newId() };
    for (const answer of [
      await client.call('PATCH', `/Users/${id}`, stolen),
      await client.call('PUT', `/Users/${id}`, fresh),
    ])
      expect([answer.status, answer.body.scimType]).toEqual([400, 'mutability']);
    const removed = await client.call('PATCH', `/Users/${id}`, patch({ op: 'remove', path: 'externalId' }));
    expect([removed.status, removed.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await client.call('GET', `/Users/${id}`)).body.externalId).toBe(one['externalId']);
  });

  test('is said by another attribute where the provider is set so, and that cannot change under people', async ({
    ctx,
    api,
  }) => {
    const provider = await aProvider(ctx, { settings: { scimSubject: 'userName' } });
    const client = await aScimClient(ctx, api, provider);
    const { id } = (await client.call('POST', '/Users', aScimUser({ userName: 'Ada', externalId: undefined }))).body;
    const { person } = await signInThrough(ctx, provider, facts({ subject: 'Ada' }), from);
    expect((await personOf(ctx, id)).id).toBe(person.id);
    const renamed = await client.call('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { userName: 'Eve' } }));
    expect([renamed.status, renamed.body.scimType]).toEqual([400, 'mutability']);
    const { name, enabled, maxAgeHours, settings } = await getProvider(ctx, provider.id);
    const change = { name, enabled, maxAgeHours, settings: { ...settings, scimSubject: 'externalId' } };
    expect(await outcome(updateProvider(ctx, OPERATOR, provider.id, change))).toBe('conflict');
  });
});

describe('a second user', () => {
  test('with the name, in any spelling, or the id of the first is refused, also at the same moment', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const sent = aScimUser();
    const same = await Promise.all([1, 2, 3].map(() => client.call('POST', '/Users', sent)));
    expect(same.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const named = await Promise.all(
      ['ada', 'ADA', 'Ada'].map((userName) => client.call('POST', '/Users', aScimUser({ userName }))),
    );
    expect(named.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    for (const [again, scimType] of [
      [aScimUser({ userName: String(sent['userName']).toUpperCase() }), 'uniqueness'],
      [aScimUser({ externalId: sent['externalId'] }), 'uniqueness'],
    ] as const) {
      const { status, body } = await client.call('POST', '/Users', again);
      expect([status, body.scimType]).toEqual([409, scimType]);
    }
    const other = (await client.call('POST', '/Users', aScimUser())).body;
    const renamed = await client.call(
      'PATCH',
      `/Users/${other.id}`,
      patch({ op: 'replace', value: { userName: sent['userName'] } }),
    );
    expect([renamed.status, renamed.body.scimType]).toEqual([409, 'uniqueness']);
  });
});

describe('a user', () => {
  test('waits as pending like everybody new, carries name, address and language, and nothing that nobody needs', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const sent = aScimUser({
      displayName: undefined,
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [
        { value: 'home@example.com', type: 'home' },
        { value: 'work@example.com', type: 'work', primary: 'True' },
      ],
      preferredLanguage: 'de_AT',
      password: 'never to be kept',
      phoneNumbers: [{ value: '+43 1' }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Secrets' },
    });
    const made = await client.call('POST', '/Users', sent);
    expect(made.body).toMatchObject({
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ type: 'home' }, { value: 'work@example.com', type: 'work', primary: true }],
      groups: [],
    });
    expect(await personOf(ctx, made.body.id)).toMatchObject({
      name: 'Ada Byron',
      email: 'work@example.com',
      language: 'de-AT',
      role: 'pending',
    });
    const kept = JSON.stringify([made.body, await ctx.db.scimUser.findMany({ where: { identityId: made.body.id } })]);
    for (const word of ['never to be kept', '+43', 'Secrets']) expect(kept).not.toContain(word);
  });

  test('is changed only in the version that the client knows, and told only when it has changed', async ({
    ctx,
    api,
  }) => {
    const client = await aScimClient(ctx, api, await aProvider(ctx));
    const made = await client.call('POST', '/Users', aScimUser());
    const { id, meta } = made.body;
    const at = `/Users/${id}`;
    expect([made.headers.get('etag'), made.headers.get('location')]).toEqual([meta.version, meta.location]);
    const rename = (displayName: string) => patch({ op: 'replace', value: { displayName } });
    const changed = await client.call('PATCH', at, rename('One'), { 'If-Match': meta.version });
    expect(changed.status).toBe(200);
    expect(changed.body.meta.version).not.toBe(meta.version);
    for (const tag of [meta.version, '"abc"', '', 'W/"1", W/"7"']) {
      const late = await client.call('PATCH', at, rename('Two'), { 'If-Match': tag });
      expect([late.status, late.body.status]).toEqual([412, '412']);
      expect((await client.call('DELETE', at, undefined, { 'If-Match': tag })).status).toBe(412);
    }
    const either = { 'If-Match': `${meta.version}, ${changed.body.meta.version}` };
    expect((await client.call('PATCH', at, rename('One'), either)).status).toBe(200);
    const same = await client.call('PATCH', at, rename('One'), { 'If-Match': '*' });
    expect(same.body.meta.version).toBe(changed.body.meta.version);
    const known = await client.call('GET', at, undefined, { 'If-None-Match': String(same.headers.get('etag')) });
    expect([known.status, known.body]).toEqual([304, undefined]);
    const strong = same.body.meta.version.replace('W/', '');
    for (const [tags, status] of [
      [`"abc", ${strong}`, 304],
      ['"abc"', 200],
      [meta.version, 200],
    ] as const)
      expect((await client.call('GET', at, undefined, { 'If-None-Match': tags })).status).toBe(status);
  });
});
