import { describe, expect } from 'vitest';
import { beginOidc } from '../../../core/identity/oidc/sign-in.ts';
import { attemptCookie, attemptCookies } from '../../../core/identity/providers/attempts.ts';
import { aPerson } from '../../factories/company.ts';
import { problemOf, somebody, startOf, test, type House, type Visitor } from './house.ts';

const hostOf = ({ ctx }: House): string => new URL(ctx.config.PUBLIC_URL).host;

/** The cookies of tries that a browser holds. */
const triesIn = (house: House, browser: Visitor): string[] =>
  [...browser.cookies(hostOf(house)).keys()].filter((name) =>
    name.startsWith(attemptCookies(house.ctx.config.PUBLIC_URL)),
  );

describe('a try signs nobody in', () => {
  test('that was begun to link an account or to confirm who one is', async ({ house, ctx }) => {
    const person = await aPerson(ctx);
    for (const purpose of ['link', 'confirm'] as const) {
      const browser = house.browser();
      const begun = await beginOidc(ctx, house.provider, { purpose, personId: person.id, returnTo: '/account' });
      browser.cookies(hostOf(house)).set(attemptCookie(ctx.config.PUBLIC_URL, begun.state), begun.token);
      house.idp.person = somebody();
      house.idp.says(house.idp.person);
      house.idp.asked.length = 0;
      const end = await browser.visit(begun.url);
      expect(browser.session(), purpose).toBeNull();
      if (purpose === 'confirm') expect(end.url.pathname).toBe('/joining');
      else expect([problemOf(end), house.idp.asked.includes('/token')]).toEqual(['bad_input', false]);
    }
    expect(await ctx.db.identity.count({ where: { providerId: house.provider.id } })).toBe(0);
  });

  test('and one to sign in is no trial, which an administrator could read', async ({ house, ctx, api }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const session = await api.session(admin);
    const browser = house.browser();
    const wanted = { purpose: 'sign_in', personId: null, returnTo: undefined } as const;
    const begun = await beginOidc(ctx, house.provider, wanted);
    browser.cookies(hostOf(house)).set(attemptCookie(ctx.config.PUBLIC_URL, begun.state), begun.token);
    house.idp.person = somebody();
    house.idp.says(house.idp.person);
    await browser.visit(begun.url);
    expect(browser.session()).not.toBeNull();
    const { status } = await session.call('GET', `/providers/${house.provider.id}/trials/${begun.id}`);
    expect(status).toBe(404);
  });
});

describe('many who begin to sign in from one address', () => {
  test('leave nothing here, by which the others could be shut out', async ({ house, ctx }) => {
    const kept = () => Promise.all([ctx.db.signInAttempt.count(), ctx.db.throttle.count()]);
    const before = await kept();
    for (let tries = 0; tries < 20; tries += 1)
      await house.browser().visit(startOf(house), { stopBefore: (url) => url.host !== hostOf(house) });
    expect(await kept()).toEqual(before);
    await house.browser().signIn(somebody());
    expect(await ctx.db.identity.count({ where: { providerId: house.provider.id } })).toBe(1);
  });

  test('fill no browser with cookies: of many tries it keeps the latest, and these lead in', async ({ house }) => {
    const browser = house.browser();
    const begun: URL[] = [];
    for (let tries = 0; tries < 7; tries += 1)
      await browser.visit(startOf(house, `/knowledge?try=${tries}`), {
        stopBefore: (url) => url.host !== hostOf(house) && begun.push(url) > 0,
      });
    expect(triesIn(house, browser)).toHaveLength(4);
    const bytes = triesIn(house, browser).map((name) => (browser.cookie(hostOf(house), name) ?? '').length);
    expect(Math.max(...bytes)).toBeLessThan(1_000);
    house.idp.person = somebody();
    house.idp.says(house.idp.person);
    expect(problemOf(await browser.visit(begun[2]!.href))).toBe('sign_in_expired');
    const landed = await browser.visit(begun[5]!.href);
    expect(landed.url.pathname + landed.url.search).toBe('/knowledge?try=5');
    expect(browser.session()).not.toBeNull();
  });
});
