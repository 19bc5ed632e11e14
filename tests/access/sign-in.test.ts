import { describe, expect } from 'vitest';
import type { Context } from '../../core/context.ts';
import { signInWithPassword } from '../../core/identity/passwords.ts';
import { newId } from '../../core/ids.ts';
import { aPerson } from '../factories/company.ts';
import { test } from '../factories/context.ts';

const SECRET = 'a long enough secret';
let lastAddress = 0;
/** Each from another machine, so that only the account is counted. */
const elsewhere = () => `192.0.2.${(lastAddress += 1)}`;

const attempt = (
  ctx: Context,
  email: string,
  password: string,
  address: string | null = elsewhere(),
  browser: string | null = null,
) => signInWithPassword(ctx, { email, password, address, device: null, browser });

/** The code of the refusal, or 'signed_in'. */
const outcome = (signingIn: Promise<unknown>): Promise<string> =>
  signingIn.then(
    () => 'signed_in',
    (error: { code?: string }) => error.code ?? String(error),
  );

describe('guessing a password', () => {
  test('ends after ten tries from one network, however the address is spelled: even the right one is refused then', async ({
    ctx,
  }) => {
    const [email, address] = [`${newId().slice(-8)}.kitti@example.com`, elsewhere()];
    await aPerson(ctx, { email, password: SECRET });
    for (let i = 0; i < 10; i += 1)
      expect(await outcome(attempt(ctx, email, `wrong ${i}`, address))).toBe('sign_in_failed');
    const spellings = [
      email,
      email.toUpperCase(),
      ` ${email}`,
      email.replaceAll('i', '\u0130'),
      email.replace('i', '\u0130'),
      email.replace('k', '\u212a'),
    ];
    for (const spelled of spellings)
      expect(['too_many_requests', 'sign_in_failed'], spelled).toContain(
        await outcome(attempt(ctx, spelled, SECRET, address)),
      );
    expect(await outcome(attempt(ctx, email, SECRET, address))).toBe('too_many_requests');
  });

  test('shuts nobody out who comes from elsewhere', async ({ ctx }) => {
    const [person, address] = [await aPerson(ctx, { password: SECRET }), elsewhere()];
    for (let i = 0; i < 30; i += 1) await outcome(attempt(ctx, person.email, 'wrong', address));
    expect(await outcome(attempt(ctx, person.email, SECRET))).toBe('signed_in');
    expect(await outcome(attempt(ctx, person.email, SECRET, address))).toBe('too_many_requests');
  });

  test('ends after a hundred tries from everywhere, but not for a browser in which they signed in before', async ({
    ctx,
  }) => {
    const [person, other] = [await aPerson(ctx, { password: SECRET }), await aPerson(ctx, { password: SECRET })];
    const { browser } = await attempt(ctx, person.email, SECRET);
    const { browser: others } = await attempt(ctx, other.email, SECRET);
    const tries = Array.from({ length: 100 }, () => outcome(attempt(ctx, person.email, 'wrong')));
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['sign_in_failed']));
    for (const kept of [null, others, 'made up', Buffer.alloc(80).toString('base64url')])
      expect(await outcome(attempt(ctx, person.email, SECRET, elsewhere(), kept))).toBe('too_many_requests');
    expect(await outcome(attempt(ctx, person.email, SECRET, elsewhere(), browser))).toBe('signed_in');
    for (let i = 0; i < 10; i += 1)
      expect(await outcome(attempt(ctx, person.email, 'wrong', elsewhere(), browser))).toBe('sign_in_failed');
    expect(await outcome(attempt(ctx, person.email, SECRET, elsewhere(), browser))).toBe('too_many_requests');
  }, 120_000);

  test('from one address ends after sixty tries, and what comes then leaves nothing behind', async ({ ctx }) => {
    const address = elsewhere();
    const tries = Array.from({ length: 60 }, (_, i) =>
      outcome(attempt(ctx, `nobody-${i}-${newId()}@example.com`, 'x', address)),
    );
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['sign_in_failed']));
    const before = await ctx.db.throttle.count();
    for (let i = 0; i < 5; i += 1)
      expect(await outcome(attempt(ctx, `nobody-${newId()}@example.com`, 'x', address))).toBe('too_many_requests');
    expect(await ctx.db.throttle.count()).toBe(before);
  }, 60_000);

  test('counts the addresses of one IPv6 network as one', async ({ ctx }) => {
    const network = `2001:db8:${Math.floor(Math.random() * 0xffff).toString(16)}:7`;
    const tries = Array.from({ length: 60 }, (_, i) =>
      outcome(attempt(ctx, `nobody-${newId()}@example.com`, 'x', `${network}::${i + 1}`)),
    );
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['sign_in_failed']));
    expect(await outcome(attempt(ctx, `nobody-${newId()}@example.com`, 'x', `${network}:1:2:3:4`))).toBe(
      'too_many_requests',
    );
    expect(await outcome(attempt(ctx, `nobody-${newId()}@example.com`, 'x', `2001:db8:ffff:8::1`))).toBe(
      'sign_in_failed',
    );
  }, 60_000);

  test('is what is counted: who signs in rightly takes no try from those of the same address', async ({ ctx }) => {
    const [person, address] = [await aPerson(ctx, { password: SECRET }), elsewhere()];
    expect(await outcome(attempt(ctx, person.email, SECRET, address))).toBe('signed_in');
    expect(await ctx.db.throttle.count({ where: { key: { endsWith: address }, points: { gt: 0 } } })).toBe(0);
  });

  test('is forgotten a quarter of an hour later, in the database too', async ({ ctx }) => {
    for (let i = 0; i < 3; i += 1) await outcome(attempt(ctx, `nobody-${newId()}@example.com`, 'x'));
    const later = { ...ctx, clock: { now: () => new Date(Date.now() + 16 * 60_000) } };
    await outcome(attempt(later, `nobody-${newId()}@example.com`, 'x'));
    expect(await ctx.db.throttle.count({ where: { expiresAt: { lte: later.clock.now() } } })).toBe(0);
  });
});
