import { Client } from 'ldapts';
import { describe, expect } from 'vitest';
import { personOfSession } from '../../../core/identity/sessions.ts';
import { signInAtDirectory } from '../../../core/identity/ldap/sign-in.ts';
import { newId } from '../../../core/ids.ts';
import { NO_SLAPD, SUFFIX } from '../../setup/slapd.ts';
import { ACTIVE_DIRECTORY, aDirectory, aLog, anAccount, anAdAccount, change, personOf, signIn, test } from './house.ts';

describe.skipIf(NO_SLAPD !== null)('a directory lets nobody in', () => {
  test('with an empty password, although it would take that for right itself', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd);
    const { dn, login } = await anAccount(slapd);
    const client = new Client({ url: slapd.url });
    await client.bind(dn, '');
    expect(client.isBound).toBe(true);
    await client.unbind();
    for (const password of ['', '\0', '\0anything'])
      expect([password, await signIn(ctx, provider, { login, password })]).toEqual([password, 'sign_in_failed']);
  });

  test('with a wrong password, an unknown login, or one that says more than a login', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd);
    const { login, password } = await anAccount(slapd);
    const wrong = [
      [login, 'another password'],
      [login, password.toUpperCase()],
      [`nobody-${newId()}`, password],
      ['*', password],
      [`${login.slice(0, -1)}*`, password],
      [`${login})(cn=*`, password],
      [`*)(uid=${login}`, password],
      [`${login})(|(uid=*`, password],
      [`${login}\\`, password],
      [`\\2a`, password],
      [`${login}\0`, password],
      ['', password],
      ['x'.repeat(301), password],
    ] as const;
    for (const [name, secret] of wrong)
      expect([name, await signIn(ctx, provider, { login: name, password: secret })]).toEqual([name, 'sign_in_failed']);
    expect(await signIn(ctx, provider, { login: login.toUpperCase(), password })).toBe('in');
  });

  test('where its filter finds several people: nobody can say which one is meant', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd, { userFilter: '(mail={login})' });
    const mail = `${newId()}@example.com`;
    const one = await anAccount(slapd, { mail });
    expect(await signIn(ctx, provider, { login: mail, password: one.password })).toBe('in');
    await anAccount(slapd, { mail });
    expect(await signIn(ctx, provider, { login: mail, password: one.password })).toBe('misconfigured');
  });

  test('who is tried too often, by whichever of their logins, not even with the right password; the others come in', async ({
    ctx,
    slapd,
  }) => {
    const provider = await aDirectory(ctx, slapd, { userFilter: '(|(uid={login})(mail={login}))', triesPerLogin: 4 });
    const [tried, other] = [await anAccount(slapd), await anAccount(slapd)];
    const mail = `${tried.login}@example.com`;
    for (const login of [tried.login, mail, tried.login.toUpperCase(), mail])
      expect(await signIn(ctx, provider, { login, password: 'wrong' })).toBe('sign_in_failed');
    for (const login of [tried.login, mail])
      expect(await signIn(ctx, provider, { login, password: tried.password })).toBe('too_many_requests');
    expect(await signIn(ctx, provider, other)).toBe('in');
    const later = { ...ctx, clock: { now: () => new Date(Date.now() + 15 * 60_000 + 1_000) } };
    expect(await signIn(later, provider, tried)).toBe('in');
  });

  test('from an address that was used to guess', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd);
    const account = await anAccount(slapd);
    const from = { address: '192.0.2.7', device: null };
    const tryAs = (login: string, password: string) =>
      signInAtDirectory(ctx, provider, { login, password, ...from }).then(
        () => 'in',
        (error: { code: string }) => error.code,
      );
    for (let n = 0; n < 60; n += 1) expect(await tryAs('', 'x')).toBe('sign_in_failed');
    expect(await tryAs(account.login, account.password)).toBe('in');
    for (let n = 0; n < 60; n += 1) expect(await tryAs(`nobody-${n}`, 'x')).toBe('sign_in_failed');
    expect(await tryAs(account.login, account.password)).toBe('too_many_requests');
  });

  test('whose account is disabled or has expired, and ends what they have', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd, ACTIVE_DIRECTORY);
    const account = await anAdAccount(slapd);
    const { token } = await signInAtDirectory(ctx, provider, { ...account, address: null, device: null });
    expect((await personOfSession(ctx, token))?.person.status).toBe('active');
    await change(slapd, account.dn, { userAccountControl: '514' });
    expect(await signIn(ctx, provider, { ...account, password: 'wrong' })).toBe('sign_in_failed');
    expect(await personOfSession(ctx, token)).not.toBeNull();
    expect(await signIn(ctx, provider, account)).toBe('deactivated');
    expect(await personOfSession(ctx, token)).toBeNull();
    await change(slapd, account.dn, { userAccountControl: '512', accountExpires: '130000000000000000' });
    expect(await signIn(ctx, provider, account)).toBe('deactivated');
    for (const accountExpires of ['0', '9223372036854775807', '160000000000000000']) {
      await change(slapd, account.dn, { accountExpires });
      expect(await signIn(ctx, provider, account)).toBe('in');
    }
  });

  test('through the API by another provider’s key, a disabled one, or with a body that another site sends', async ({
    ctx,
    api,
    slapd,
  }) => {
    const provider = await aDirectory(ctx, slapd);
    const { login, password } = await anAccount(slapd);
    const body = { provider: provider.key, login, password };
    const there = (given: object, headers?: Record<string, string>) =>
      api.anonymous.call('POST', '/session/directory', { ...body, ...given }, headers);
    expect((await there({ provider: 'another' })).status).toBe(404);
    expect((await there({ password: '' })).status).toBe(400);
    expect((await there({}, { 'Sec-Fetch-Site': 'cross-site' })).body.code).toBe('csrf');
    await ctx.db.identityProvider.update({ where: { id: provider.id }, data: { enabled: false } });
    expect((await there({})).status).toBe(404);
    await ctx.db.identityProvider.update({ where: { id: provider.id }, data: { enabled: true } });
    const entered = await there({});
    expect([entered.status, entered.body.person.name]).toEqual([201, `Name of ${login}`]);
    expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax/i);
  });

  test('without writing down who it was: neither login nor password nor DN stand in the log or in the record', async ({
    ctx,
    slapd,
  }) => {
    const { log, lines } = aLog();
    const provider = await aDirectory(ctx, slapd);
    const { login, password } = await anAccount(slapd);
    await signIn({ ...ctx, log }, provider, { login, password: 'a wrong one' });
    await signIn({ ...ctx, log }, provider, { login, password });
    const broken = await aDirectory(ctx, slapd, { baseDn: `ou=nowhere,${SUFFIX}` });
    expect(await signIn({ ...ctx, log }, broken, { login, password })).toBe('misconfigured');
    const recorded = JSON.stringify([await ctx.db.auditEntry.findMany(), await ctx.db.throttle.findMany()]);
    expect(lines.join('\n')).toContain('LDAP 49');
    expect(recorded).toContain('session.refused');
    for (const word of [login, password, 'a wrong one']) expect(`${lines.join('\n')} ${recorded}`).not.toContain(word);
  });
});

describe.skipIf(NO_SLAPD !== null)('who somebody is in a directory', () => {
  test('stays when they are renamed, and a new account of the old name is somebody else', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd);
    const account = await anAccount(slapd);
    const before = await personOf(ctx, provider, account);
    const renamed = `${account.login}-new`;
    await slapd.asRoot((root) => root.modifyDN(account.dn, `uid=${renamed}`));
    const after = await personOf(ctx, provider, { ...account, login: renamed });
    expect(after.id).toBe(before.id);
    const namesake = await personOf(ctx, provider, await anAccount(slapd, { uid: account.login }));
    expect(namesake.id).not.toBe(before.id);
  });

  test('is on Active Directory the objectGUID as its tools show it, by whichever login', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd, ACTIVE_DIRECTORY);
    const bytes = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
    const account = await anAdAccount(slapd, { objectGUID: bytes as unknown as string });
    const person = await personOf(ctx, provider, account);
    const identity = await ctx.db.identity.findFirstOrThrow({ where: { personId: person.id } });
    expect(identity.subject).toBe('00112233-4455-6677-8899-aabbccddeeff');
    const byPrincipalName = await personOf(ctx, provider, { ...account, login: `${account.login}@corp.example.com` });
    expect(byPrincipalName.id).toBe(person.id);
  });

  test('carries name and address, and waits where new people wait', async ({ ctx, slapd }) => {
    const provider = await aDirectory(ctx, slapd, { newPeople: 'pending' });
    const account = await anAccount(slapd, { preferredLanguage: 'de-AT, en;q=0.5' });
    expect(await personOf(ctx, provider, account)).toMatchObject({
      name: `Name of ${account.login}`,
      email: `${account.login}@example.com`,
      language: 'de-AT',
      role: 'pending',
    });
    expect(await signIn(ctx, await aDirectory(ctx, slapd, { newPeople: 'refuse' }), account)).toBe('not_invited');
  });
});
