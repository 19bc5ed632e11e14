import { describe, expect } from 'vitest';
import {
  createProvider,
  deleteProvider,
  getProvider,
  secretsSet,
  updateProvider,
} from '../../../core/identity/providers/store.ts';
import { returnAddress, seenFirst, startAttempt, takeAttempt } from '../../../core/identity/providers/attempts.ts';
import { updatePerson } from '../../../core/access/people.ts';
import { openSession, personOfSession } from '../../../core/identity/sessions.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { newId } from '../../../core/ids.ts';
import { aPerson, OPERATOR } from '../../factories/company.ts';
import { test } from '../../factories/context.ts';
import { aProvider, facts } from '../../factories/providers.ts';

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

const wanted = (providerId: string) =>
  ({ providerId, purpose: 'sign_in', personId: null, data: { nonce: 'n' }, returnTo: '/knowledge?tab=1' }) as const;

describe('a try to sign in', () => {
  test('is refused without its cookie, with another one’s, at another provider, a second time, and too late', async ({
    ctx,
  }) => {
    const [provider, other] = [await aProvider(ctx), await aProvider(ctx)];
    const [mine, theirs] = [await startAttempt(ctx, wanted(provider.id)), await startAttempt(ctx, wanted(provider.id))];
    const { state, token } = mine;
    expect(await outcome(takeAttempt(ctx, provider, { state, token: null }))).toBe('sign_in_expired');
    expect(await outcome(takeAttempt(ctx, other, { state, token }))).toBe('sign_in_expired');
    const late = { ...ctx, clock: { now: () => new Date(Date.now() + 10 * 60_000 + 1) } };
    expect(await outcome(takeAttempt(late, provider, { state, token }))).toBe('sign_in_expired');
    expect(await takeAttempt(ctx, provider, { state, token })).toMatchObject({
      purpose: 'sign_in',
      data: { nonce: 'n' },
      returnTo: '/knowledge?tab=1',
    });
    expect(await outcome(takeAttempt(ctx, provider, { state, token }))).toBe('sign_in_expired');
    expect(await outcome(takeAttempt(ctx, provider, { state, token: theirs.token }))).toBe('sign_in_expired');
  });

  test('is taken by one of two that come at the same moment', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const { state, token } = await startAttempt(ctx, wanted(provider.id));
    const both = await Promise.all([1, 2].map(() => outcome(takeAttempt(ctx, provider, { state, token }))));
    expect(both.toSorted()).toEqual(['done', 'sign_in_expired']);
  });

  test('cannot be made up or bent by the browser that holds it', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const { state, token } = await startAttempt(ctx, wanted(provider.id));
    const foreign = ctx.secrets.seal(JSON.stringify({ id: newId(), state, data: {}, returnTo: '/' }), newId());
    const bent = `${token.slice(0, 60)}${token[60] === 'A' ? 'B' : 'A'}${token.slice(61)}`;
    for (const made of [bent, token.slice(0, 40), 'b.', `b.${foreign.toString('base64url')}`, token.slice(2)])
      expect(await outcome(takeAttempt(ctx, provider, { state, token: made }))).toBe('sign_in_expired');
    expect(await outcome(takeAttempt(ctx, provider, { state, token }))).toBe('done');
  });

  test('leads back to a page of ours only', () => {
    const strangers = [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/.//evil.example',
      '/x/..//evil.example',
      '/\t/evil.example',
      '/%09/evil.example\r\nX: y',
      'javascript:alert(1)',
      '\\\\evil.example',
      ' //evil.example',
      '',
    ];
    for (const address of strangers) expect(returnAddress(address), address).toBe('/');
    expect(returnAddress(undefined)).toBe('/');
    expect(returnAddress('/passages/1?lit=2#page')).toBe('/passages/1?lit=2#page');
  });
});

test('a token is taken once, by one of two nodes', async ({ ctx }) => {
  const provider = await aProvider(ctx);
  const soon = new Date(Date.now() + 60_000);
  const both = await Promise.all([1, 2].map(() => seenFirst(ctx, provider, 'jti', soon)));
  expect(both.filter(Boolean)).toHaveLength(1);
  expect(await seenFirst(ctx, await aProvider(ctx), 'jti', soon)).toBe(true);
});

describe('a provider', () => {
  test('is refused with an address without encryption, a password in it, or a setting nobody knows', async ({
    ctx,
  }) => {
    for (const settings of [
      { issuer: 'http://idp.example.com' },
      { issuer: 'https://name:secret@idp.example.com' },
      { isuer: 'https://idp.example.com' },
      { scopes: ['profile'] },
    ])
      expect(await outcome(aProvider(ctx, { settings })), JSON.stringify(settings)).toBe('bad_input');
  });

  test('keeps its secrets sealed, and those that are not changed', async ({ ctx }) => {
    const provider = await aProvider(ctx, { secrets: { clientSecret: 'very secret' } });
    const row = await ctx.db.identityProvider.findUniqueOrThrow({ where: { id: provider.id } });
    expect(JSON.stringify(row)).not.toContain('very secret');
    expect(Buffer.from(row.secretsSealed!).toString('latin1')).not.toContain('very secret');
    const { name, enabled, maxAgeHours, settings } = provider;
    await updateProvider(ctx, OPERATOR, provider.id, { name, enabled, maxAgeHours, settings });
    expect((await getProvider(ctx, provider.id)).secrets).toEqual({ clientSecret: 'very secret' });
    await updateProvider(ctx, OPERATOR, provider.id, {
      name,
      enabled,
      maxAgeHours,
      settings,
      secrets: { clientSecret: null },
    });
    expect(secretsSet(await getProvider(ctx, provider.id))).toEqual([]);
  });

  test('with people does not become another issuer’s, and its key is its own', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    await signOn(ctx, provider, facts());
    const { name, enabled, maxAgeHours, settings } = provider;
    const moved = { name, enabled, maxAgeHours, settings: { ...settings, issuer: 'https://other.example.com' } };
    expect(await outcome(updateProvider(ctx, OPERATOR, provider.id, moved))).toBe('conflict');
    const twice = createProvider(ctx, OPERATOR, {
      key: provider.key,
      kind: 'oidc',
      name: `x ${newId()}`,
      enabled,
      maxAgeHours,
      settings,
    });
    expect(await outcome(twice)).toBe('conflict');
  });

  test('is not disabled or deleted while only its people administer; its people go with it', async ({ ctx }) => {
    const provider = await aProvider(ctx);
    const { person } = await signOn(ctx, provider, facts());
    await updatePerson(ctx, OPERATOR, person.id, { role: 'admin' });
    await ctx.db.person.updateMany({ where: { role: 'admin', id: { not: person.id } }, data: { role: 'user' } });
    const { name, maxAgeHours, settings } = provider;
    const disabled = () => updateProvider(ctx, OPERATOR, provider.id, { name, enabled: false, maxAgeHours, settings });
    expect(await outcome(disabled())).toBe('conflict');
    expect(await outcome(deleteProvider(ctx, OPERATOR, provider.id))).toBe('conflict');
    await aPerson(ctx, { role: 'admin' });
    const { token } = await openSession(
      ctx,
      person.id,
      { address: null, device: null },
      {
        providerId: provider.id,
        identityId: (await ctx.db.identity.findFirstOrThrow({ where: { personId: person.id } })).id,
        providerSession: null,
        idToken: null,
        secrets: ctx.secrets,
      },
    );
    await disabled();
    expect(await personOfSession(ctx, token)).toBeNull();
    expect(await deleteProvider(ctx, OPERATOR, provider.id)).toEqual({ deactivated: 1 });
    expect(await ctx.db.person.findUniqueOrThrow({ where: { id: person.id } })).toMatchObject({
      status: 'deactivated',
    });
  });
});
