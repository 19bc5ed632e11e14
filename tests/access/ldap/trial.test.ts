import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import type { Provider } from '../../../core/identity/providers/store.ts';
import { newKeyPair } from '../../../core/identity/saml/certificate.ts';
import { tryProvider, type Tried } from '../../../core/identity/trials.ts';
import { newId } from '../../../core/ids.ts';
import { aGroup, aPerson, OPERATOR } from '../../factories/company.ts';
import { NO_SLAPD, SUFFIX, type Slapd } from '../../setup/slapd.ts';
import { aDirectory, aLog, anAccount, change, test } from './house.ts';

const NOWHERE = { remoteAddress: undefined, take: () => [] };

/** What an administrator sees who looks somebody up. */
const tries = async (
  ctx: Context,
  provider: Provider<'ldap'>,
  lookUp: { login?: string; password?: string } = {},
): Promise<Tried> =>
  tryProvider(ctx, provider, { personId: (await aPerson(ctx, { role: 'admin' })).id, lookUp, came: NOWHERE });

/** Each step with how it ended, a problem in place of the word for failed or warned. */
const stepsOf = ({ steps }: Tried): Record<string, string> =>
  Object.fromEntries(steps.map(({ step, outcome, problem }) => [step, problem ? `${outcome} ${problem}` : outcome]));
const lastOf = ({ steps }: Tried): string | undefined => {
  const last = steps.at(-1);
  return last && `${last.step} ${last.outcome} ${last.problem ?? ''}`.trim();
};

/** A server of the settings that is another one than the directory. */
const atUrl = (ctx: Context, slapd: Slapd, url: string, settings: Record<string, unknown> = {}) =>
  aDirectory(ctx, slapd, { urls: [url], ...settings });

describe.skipIf(NO_SLAPD !== null)('trying a directory out', () => {
  test('is for administrators in the portal only', async ({ ctx, api, slapd }) => {
    const { id } = await aDirectory(ctx, slapd);
    const member = await api.session(await aPerson(ctx));
    const program = await api.key(await aPerson(ctx, { role: 'admin' }), 'all');
    for (const [client, status] of [
      [api.anonymous, 401],
      [member, 403],
      [program, 403],
    ] as const)
      expect((await client.call('POST', `/providers/${id}/test`, { login: 'ada' })).status).toBe(status);
  });

  test('reaches no metadata address, whatever the settings say', async ({ ctx, slapd }) => {
    const tried = await tries(ctx, await atUrl(ctx, slapd, 'ldaps://169.254.169.254'));
    expect(lastOf(tried)).toBe('resolve failed address_refused');
  });

  test('ends for an administrator who tries too often', async ({ ctx, slapd }) => {
    const provider = await atUrl(ctx, slapd, 'ldaps://169.254.169.254');
    const asked = { personId: (await aPerson(ctx, { role: 'admin' })).id, lookUp: {}, came: NOWHERE };
    for (let count = 0; count < 60; count += 1) await tryProvider(ctx, provider, asked);
    await expect(tryProvider(ctx, provider, asked)).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  test('counts a password as a try of its login, writes it nowhere and signs nobody in', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    const provider = await aDirectory(ctx, slapd, { triesPerLogin: 2 });
    const { log, lines } = aLog();
    const wrong = { login: account.login, password: `wrong ${newId()}` };
    const tried = await tries({ ...ctx, log }, provider, wrong);
    expect(lastOf(tried)).toBe('password failed password_refused');
    await tries({ ...ctx, log }, provider, wrong);
    await expect(tries(ctx, provider, account)).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(JSON.stringify([lines, tried])).not.toContain(wrong.password);
    expect(await ctx.db.identity.count({ where: { providerId: provider.id } })).toBe(0);
    expect(await ctx.db.session.count({ where: { providerId: provider.id } })).toBe(0);
  });

  test('says at which step it ends and why', async ({ ctx, slapd }) => {
    const port = new URL(slapd.secureUrl).port;
    const other = (await newKeyPair('elsewhere', new Date())).certificate;
    const ends = async (settings: Record<string, unknown>, secrets?: Record<string, string>) =>
      lastOf(await tries(ctx, await aDirectory(ctx, slapd, settings, secrets), { login: 'no-such-login' }));
    expect(await ends({ urls: [`ldaps://${'x'.repeat(64)}.invalid`] })).toBe('resolve failed name_not_found');
    expect(await ends({ urls: ['ldaps://127.0.0.1:1'] })).toBe('reach failed nothing_listens');
    expect(await ends({ urls: [slapd.url], startTls: false })).toBe('encrypt failed unencrypted_not_allowed');
    expect(await ends({ urls: [`ldaps://localhost:${slapd.plainPort}`] })).toBe('encrypt failed no_tls');
    expect(await ends({ caCertificate: other })).toBe('encrypt failed certificate_unknown');
    expect(await ends({ urls: [`ldaps://127.0.0.1:${port}`] })).toBe('encrypt failed certificate_of_another');
    expect(await ends({}, { bindPassword: 'not the password' })).toBe('bind failed bind_refused');
    expect(await ends({ baseDn: `ou=nowhere,${SUFFIX}` })).toBe('base failed base_missing');
    expect(await ends({})).toBe('person failed no_person');
    expect(await ends({ userFilter: '(|(objectClass=*)(uid={login}))' })).toBe('person failed several_people');
  });

  test('shows the certificate that is not believed', async ({ ctx, slapd }) => {
    const other = (await newKeyPair('elsewhere', new Date())).certificate;
    const { steps } = await tries(ctx, await aDirectory(ctx, slapd, { caCertificate: other }));
    expect(steps.at(-1)?.technical).toMatch(/subject localhost; issuer localhost; until \d{4}-\d\d-\d\d; [A-Z_]+/);
  });

  test('walks to the end, with every step timed, and says what would come of the person’s groups', async ({
    ctx,
    slapd,
  }) => {
    const account = await anAccount(slapd);
    const name = `g-${newId().slice(-10)}`;
    await slapd.asRoot((root) =>
      root.add(`cn=${name},${SUFFIX}`, { cn: name, objectClass: 'groupOfNames', member: account.dn }),
    );
    for (const urls of [[slapd.secureUrl], [slapd.url]]) {
      const provider = await aDirectory(ctx, slapd, { urls, groups: 'search' });
      const there = await slapd.asRoot((root) =>
        root.search(`cn=${name},${SUFFIX}`, { scope: 'base', attributes: ['entryUUID'] }),
      );
      const group = await aGroup(ctx);
      await addMapping(ctx, OPERATOR, provider.id, {
        toldAs: 'group',
        externalId: String(there.searchEntries[0]?.['entryUUID']),
        label: name,
        to: { groupId: group.id },
      });
      const tried = await tries(ctx, provider, account);
      const names = ['resolve', 'reach', 'encrypt', 'bind', 'base', 'person', 'unique_id', 'standing', 'mail'];
      expect(stepsOf(tried)).toEqual(
        Object.fromEntries([...names, 'groups', 'password'].map((step) => [step, 'passed'])),
      );
      expect(tried.steps.every(({ tookMs }) => tookMs !== null)).toBe(true);
      expect(tried.result).toMatchObject({
        groups: [{ label: name }],
        becomes: { person: 'new', role: 'user', active: true, groups: [{ id: group.id }] },
        refused: null,
      });
      expect(await ctx.db.identity.count({ where: { providerId: provider.id } })).toBe(0);
    }
  });

  test('warns of what would not keep somebody out, and goes on past a server that is away', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    await change(slapd, account.dn, { mail: [] });
    const provider = await aDirectory(ctx, slapd, {
      urls: ['ldaps://127.0.0.1:1', slapd.secureUrl],
      groups: 'search',
    });
    const tried = await tries(ctx, provider, { login: account.login });
    expect(tried.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'resolve passed',
      'reach warned',
      'resolve passed',
      'reach passed',
      'encrypt passed',
      'bind passed',
      'base passed',
      'person passed',
      'unique_id passed',
      'standing passed',
      'mail warned',
      'groups warned',
    ]);
  });
});
