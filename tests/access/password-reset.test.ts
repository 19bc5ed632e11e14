import { describe, expect } from 'vitest';
import { eventsAbout } from '../../core/audit/about-person.ts';
import { createApiKey, personOfApiKey } from '../../core/identity/api-keys.ts';
import { claimLink, finishLink, personOfChatAccount, startLink } from '../../core/identity/chat-accounts.ts';
import { acceptOneTimeLink, createOneTimeLink, openOneTimeLink } from '../../core/identity/one-time-links.ts';
import { changePassword } from '../../core/identity/passwords.ts';
import { newId } from '../../core/ids.ts';
import { firstAdmin, newFirstPassword } from '../../core/setup/first-sign-in.ts';
import { aPerson, type TestPerson } from '../factories/company.ts';
import { test, type TestContext } from '../factories/context.ts';

const OWN = 'a password of my own';

const aKey = (ctx: TestContext, { id: personId }: Pick<TestPerson, 'id'>) =>
  createApiKey(ctx, { personId, name: 'a program', scopes: ['ask'], days: 30, madeBy: 'portal' });

async function aChatAccount(ctx: TestContext, { id: personId }: Pick<TestPerson, 'id'>) {
  const account = { surface: 'slack', tenantId: 'T1', externalId: newId(), name: `name-${newId()}` } as const;
  await ctx.db.chatAccount.create({ data: { id: newId(), personId, ...account } });
  return account;
}

async function acceptLink(ctx: TestContext, person: TestPerson, purpose: 'first_sign_in' | 'reset_password') {
  const { url } = await createOneTimeLink(ctx, person.id, purpose, null);
  await acceptOneTimeLink(ctx, url.split('/').at(-1)!, { password: OWN, address: null, device: null });
}

const revocations = (ctx: TestContext, { id }: Pick<TestPerson, 'id'>) =>
  ctx.db.auditEntry.findMany({
    where: { subjectId: id, action: 'api_key.revoked' },
    select: { actorId: true, surface: true, detail: true },
  });

describe('a password that is reset', () => {
  test('by a one-time link leaves no key that was made before it, and each is recorded', async ({ ctx }) => {
    const [person, other] = [await aPerson(ctx, { password: 'a stolen password' }), await aPerson(ctx)];
    const [first, second, others] = [await aKey(ctx, person), await aKey(ctx, person), await aKey(ctx, other)];
    await acceptLink(ctx, person, 'reset_password');
    for (const { key } of [first, second]) expect(await personOfApiKey(ctx, key)).toBeNull();
    expect(await personOfApiKey(ctx, others.key)).toMatchObject({ person: { id: other.id } });
    const recorded = await revocations(ctx, person);
    expect(recorded).toHaveLength(2);
    for (const { id: keyId } of [first, second])
      expect(recorded).toContainEqual({
        actorId: person.id,
        surface: 'portal',
        detail: { keyId, because: 'password_reset' },
      });
    expect(await revocations(ctx, other)).toEqual([]);
  });

  test('leaves no chat account linked before it, nor a code that was shown, and the person reads of it', async ({
    ctx,
  }) => {
    const [person, other] = [await aPerson(ctx, { password: 'a stolen password' }), await aPerson(ctx)];
    const [theirs, others] = [await aChatAccount(ctx, person), await aChatAccount(ctx, other)];
    const foreign = { surface: 'slack', tenantId: 'T1', externalId: newId(), name: 'foreign', workspace: 'W' } as const;
    const { url } = await startLink(ctx, foreign);
    const { code } = await claimLink(ctx, url.split('/').at(-1)!, person.id);
    await acceptLink(ctx, person, 'reset_password');
    expect(await personOfChatAccount(ctx, theirs)).toBeNull();
    expect(await finishLink(ctx, foreign, code)).toEqual({ outcome: 'none' });
    expect((await personOfChatAccount(ctx, others))?.id).toBe(other.id);
    expect(await eventsAbout(ctx, person.id, 10)).toContainEqual(
      expect.objectContaining({ action: 'chat_account.unlinked_by_reset', about: theirs.name }),
    );
  });

  test('on the command line leaves the administrator no key either', async ({ ctx }) => {
    await firstAdmin(ctx);
    const { email } = await newFirstPassword(ctx);
    const admin = await ctx.db.person.findFirstOrThrow({ where: { email } });
    const { id: keyId, key } = await aKey(ctx, admin);
    const account = await aChatAccount(ctx, admin);
    await newFirstPassword(ctx);
    expect(await personOfApiKey(ctx, key)).toBeNull();
    expect(await personOfChatAccount(ctx, account)).toBeNull();
    expect(await revocations(ctx, admin)).toEqual([
      { actorId: null, surface: 'command_line', detail: { keyId, because: 'password_reset' } },
    ]);
  });
});

test('a first password is none that was reset: what was made for the person before goes on', async ({ ctx }) => {
  const person = await aPerson(ctx);
  const { key } = await aKey(ctx, person);
  const account = await aChatAccount(ctx, person);
  await acceptLink(ctx, person, 'first_sign_in');
  expect((await personOfChatAccount(ctx, account))?.id).toBe(person.id);
  expect(await personOfApiKey(ctx, key)).toMatchObject({ person: { id: person.id } });
});

test('a password that was changed leaves no link that was made before and not used', async ({ ctx }) => {
  const [person, other] = [await aPerson(ctx, { password: 'a known password' }), await aPerson(ctx)];
  const link = async ({ id }: TestPerson) =>
    (await createOneTimeLink(ctx, id, 'reset_password', null)).url.split('/').at(-1)!;
  const [theirs, others] = [await link(person), await link(other)];
  await changePassword(ctx, person.id, { current: 'a known password', next: OWN, keepSession: null });
  await expect(openOneTimeLink(ctx, theirs)).rejects.toMatchObject({ code: 'gone' });
  await expect(openOneTimeLink(ctx, others)).resolves.toMatchObject({ name: other.name });
});
