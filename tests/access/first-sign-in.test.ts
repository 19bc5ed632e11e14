import { readFile, stat } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { firstSignInFile } from '../../core/identity/first-sign-in-file.ts';
import { changePassword, signInWithPassword } from '../../core/identity/passwords.ts';
import { personOfSession } from '../../core/identity/sessions.ts';
import { firstAdmin, newFirstPassword, setSamplePasswords } from '../../core/setup/first-sign-in.ts';
import { aPerson } from '../factories/company.ts';
import { test, type TestContext } from '../factories/context.ts';

const signIn = (ctx: TestContext, email: string, password: string) =>
  signInWithPassword(ctx, { email, password, address: null, device: null });

describe('the first password', () => {
  test('is random, stands in a file of its owner alone, and has to be changed; then the file is gone', async ({
    ctx,
  }) => {
    const made = (await firstAdmin(ctx)) ?? (await newFirstPassword(ctx));
    const file = firstSignInFile(ctx.config);
    expect(made.file).toBe(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(made.password);
    const { person, mustChangePassword } = await signIn(ctx, made.email, made.password);
    expect(mustChangePassword).toBe(true);
    await changePassword(ctx, person.id, { current: made.password, next: 'a password of my own', keepSession: null });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await signIn(ctx, made.email, 'a password of my own')).mustChangePassword).toBe(false);
  });

  test('is made once: a later start finds the administrator', async ({ ctx }) => {
    await firstAdmin(ctx);
    expect(await firstAdmin(ctx)).toBeNull();
  });

  test('that was lost is replaced: the old one opens nothing any more, and who was signed in is not', async ({
    ctx,
  }) => {
    await firstAdmin(ctx);
    const before = await newFirstPassword(ctx);
    const session = await signIn(ctx, before.email, before.password);
    const after = await newFirstPassword(ctx);
    expect(after.password).not.toBe(before.password);
    expect(await personOfSession(ctx, session.token)).toBeNull();
    await expect(signIn(ctx, before.email, before.password)).rejects.toMatchObject({ code: 'sign_in_failed' });
    expect((await signIn(ctx, after.email, after.password)).mustChangePassword).toBe(true);
  });

  test('opens the sample to its people, and no account of anybody else', async ({ ctx }) => {
    const [invented, real] = [await aPerson(ctx), await aPerson(ctx, { password: 'a password of my own' })];
    await ctx.db.person.update({ where: { id: invented.id }, data: { fromSample: true } });
    await setSamplePasswords(ctx, 'the one of the sample');
    expect((await signIn(ctx, invented.email, 'the one of the sample')).person.id).toBe(invented.id);
    await expect(signIn(ctx, real.email, 'the one of the sample')).rejects.toMatchObject({ code: 'sign_in_failed' });
  });
});
