import { describe, expect } from 'vitest';
import {
  audienceOf,
  claimLink,
  finishLink,
  listChatAccounts,
  openLink,
  personOfChatAccount,
  startLink,
  unlink,
  unlinkChatAccount,
  type ChatAccount,
} from '../../core/identity/chat-accounts.ts';
import { deactivatePerson } from '../../core/access/people.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import { aPerson, type TestPerson } from '../factories/company.ts';
import { aProvider, facts } from '../factories/providers.ts';
import { test, type TestContext } from '../factories/context.ts';

const anAccount = (name = 'U1'): ChatAccount => ({
  surface: 'slack',
  tenantId: 'T1',
  externalId: `${name}-${newId()}`,
  name,
  workspace: 'Acme',
});
const tokenOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

async function link(ctx: TestContext, account: ChatAccount, person: TestPerson): Promise<void> {
  const { url } = await startLink(ctx, account);
  const { code } = await claimLink(ctx, tokenOf(url), person.id);
  expect(await finishLink(ctx, account, code)).toMatchObject({ outcome: 'linked' });
}

describe('a chat account is not linked', () => {
  test('by opening its link, nor by claiming it: a colleague who clicks a stranger’s link hands nothing over', async ({
    ctx,
  }) => {
    const [stranger, colleague] = [anAccount('Mallory'), await aPerson(ctx)];
    const { url } = await startLink(ctx, stranger);
    expect((await openLink(ctx, tokenOf(url))).account.name).toBe('Mallory');
    await claimLink(ctx, tokenOf(url), colleague.id);
    expect(await personOfChatAccount(ctx, stranger)).toBeNull();
    expect(await finishLink(ctx, stranger, '000000')).toMatchObject({ outcome: 'wrong_code' });
  });

  test('by another chat account that sends the right code', async ({ ctx }) => {
    const [mine, other, person] = [anAccount(), anAccount(), await aPerson(ctx)];
    const { url } = await startLink(ctx, mine);
    const { code } = await claimLink(ctx, tokenOf(url), person.id);
    expect(await finishLink(ctx, other, code)).toEqual({ outcome: 'none' });
    expect(await personOfChatAccount(ctx, other)).toBeNull();
  });

  test('after three wrong codes, even by the right one', async ({ ctx }) => {
    const [account, person] = [anAccount(), await aPerson(ctx)];
    const { url } = await startLink(ctx, account);
    const { code } = await claimLink(ctx, tokenOf(url), person.id);
    const wrong = code === '111111' ? '222222' : '111111';
    for (const triesLeft of [2, 1, 0])
      expect(await finishLink(ctx, account, wrong)).toEqual({ outcome: 'wrong_code', triesLeft });
    expect(await finishLink(ctx, account, code)).toEqual({ outcome: 'none' });
  });

  test('after five minutes', async ({ ctx }) => {
    const [account, person] = [anAccount(), await aPerson(ctx)];
    const { url } = await startLink(ctx, account);
    const { code } = await claimLink(ctx, tokenOf(url), person.id);
    const later = { ...ctx, clock: { now: () => new Date(Date.now() + 5 * 60_000 + 1_000) } };
    expect(await finishLink(later, account, code)).toEqual({ outcome: 'none' });
  });

  test('with a link that was used, and the code of an earlier claim is worth nothing', async ({ ctx }) => {
    const [account, first, second] = [anAccount(), await aPerson(ctx), await aPerson(ctx)];
    const { url } = await startLink(ctx, account);
    const early = await claimLink(ctx, tokenOf(url), first.id);
    const late = await claimLink(ctx, tokenOf(url), second.id);
    if (early.code !== late.code)
      expect(await finishLink(ctx, account, early.code)).toMatchObject({ outcome: 'wrong_code' });
    await finishLink(ctx, account, late.code);
    expect((await personOfChatAccount(ctx, account))?.id).toBe(second.id);
    await expect(openLink(ctx, tokenOf(url))).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('whoever has an account', () => {
  test('has it no more for somebody who was deactivated between code and digits', async ({ ctx }) => {
    const [account, admin, person] = [anAccount(), await aPerson(ctx, { role: 'admin' }), await aPerson(ctx)];
    const { url } = await startLink(ctx, account);
    const { code } = await claimLink(ctx, tokenOf(url), person.id);
    await deactivatePerson(ctx, { personId: admin.id, surface: 'portal' }, person.id);
    expect(await finishLink(ctx, account, code)).toEqual({ outcome: 'none' });
    expect(await ctx.db.chatAccount.count({ where: { externalId: account.externalId } })).toBe(0);
  });

  test('does not lose it to somebody else who unlinks by its id', async ({ ctx }) => {
    const [account, person, other] = [anAccount(), await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
    await link(ctx, account, person);
    const [listed] = await listChatAccounts(ctx, person.id);
    await expect(unlink(ctx, other.id, listed!.id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await personOfChatAccount(ctx, account))?.id).toBe(person.id);
    await unlink(ctx, person.id, listed!.id);
    expect(await personOfChatAccount(ctx, account)).toBeNull();
  });

  test('may have several, of several workspaces and tenants, each unlinked by itself', async ({ ctx }) => {
    const person = await aPerson(ctx);
    const accounts: ChatAccount[] = [
      anAccount(),
      { ...anAccount(), tenantId: 'T2' },
      { ...anAccount(), surface: 'teams', tenantId: 'tenant-1' },
      { ...anAccount(), surface: 'teams', tenantId: 'tenant-2' },
    ];
    for (const account of accounts) await link(ctx, account, person);
    for (const account of accounts) expect((await personOfChatAccount(ctx, account))?.id).toBe(person.id);
    expect(await listChatAccounts(ctx, person.id)).toHaveLength(4);
    await unlinkChatAccount(ctx, accounts[0]!);
    expect(await personOfChatAccount(ctx, accounts[0]!)).toBeNull();
    for (const account of accounts.slice(1)) expect((await personOfChatAccount(ctx, account))?.id).toBe(person.id);
  });

  test('keeps it when their address changes; whoever has the old address now gets nothing by it', async ({ ctx }) => {
    const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
    const [account, before, subject] = [anAccount(), `${newId()}@example.com`, newId()];
    const { person } = await signOn(ctx, provider, facts({ subject, email: before }));
    await link(ctx, account, { ...person, email: before, password: null });
    await signOn(ctx, provider, facts({ subject, email: `${newId()}@example.com` }));
    const heir = (await signOn(ctx, provider, facts({ email: before }))).person;
    expect((await personOfChatAccount(ctx, account))?.id).toBe(person.id);
    expect(await listChatAccounts(ctx, heir.id)).toEqual([]);
  });

  test('may link it anew, to another person too, by its own digits; the one before is told', async ({ ctx }) => {
    const [account, one, other] = [anAccount(), await aPerson(ctx), await aPerson(ctx)];
    await link(ctx, account, one);
    await unlinkChatAccount(ctx, account);
    await link(ctx, account, one);
    expect((await personOfChatAccount(ctx, account))?.id).toBe(one.id);
    await link(ctx, account, other);
    expect((await personOfChatAccount(ctx, account))?.id).toBe(other.id);
    const told = (id: string) => ctx.db.auditEntry.count({ where: { subjectId: id, action: 'chat_account.moved' } });
    expect([await told(one.id), await told(other.id)]).toEqual([1, 0]);
  });
});

test('a linked account answers for its person until it is unlinked, and both are recorded', async ({ ctx }) => {
  const [account, person] = [anAccount(), await aPerson(ctx)];
  await link(ctx, account, person);
  expect((await personOfChatAccount(ctx, account))?.id).toBe(person.id);
  expect(await unlinkChatAccount(ctx, account)).toBe(true);
  expect(await personOfChatAccount(ctx, account)).toBeNull();
  const recorded = await ctx.db.auditEntry.findMany({ where: { subjectId: person.id }, select: { action: true } });
  expect(recorded.map((entry) => entry.action)).toEqual(
    expect.arrayContaining(['chat_account.linked', 'chat_account.unlinked']),
  );
});

test('the account of somebody deactivated or not approved is nobody’s', async ({ ctx }) => {
  for (const state of [{ status: 'deactivated' as const }, { role: 'pending' as const }]) {
    const [account, person] = [anAccount(), await aPerson(ctx)];
    await link(ctx, account, person);
    await ctx.db.person.update({ where: { id: person.id }, data: state });
    expect(await personOfChatAccount(ctx, account)).toBeNull();
  }
});

describe('who reads along', () => {
  test('is nobody where a list of members came empty: somebody reads what is said there', async ({ ctx }) => {
    expect(await audienceOf(ctx, 'teams', 'T1', [])).toEqual({ kind: 'nobody' });
  });

  test('is nobody while a deactivated person is in the room', async ({ ctx }) => {
    const [account, person] = [anAccount(), await aPerson(ctx)];
    await link(ctx, account, person);
    await ctx.db.person.update({ where: { id: person.id }, data: { status: 'deactivated' } });
    expect(await audienceOf(ctx, 'slack', 'T1', [account.externalId])).toEqual({ kind: 'nobody' });
  });

  test('counts accounts without a person, and those not yet approved, as unknown', async ({ ctx }) => {
    const [known, waiting] = [anAccount(), anAccount()];
    const [person, pending] = [await aPerson(ctx), await aPerson(ctx)];
    await link(ctx, known, person);
    await link(ctx, waiting, pending);
    await ctx.db.person.update({ where: { id: pending.id }, data: { role: 'pending' } });
    expect(await audienceOf(ctx, 'slack', 'T1', [known.externalId])).toEqual({
      kind: 'members',
      personIds: [person.id],
      unlinked: false,
    });
    for (const other of [waiting.externalId, 'U-of-nobody'])
      expect(await audienceOf(ctx, 'slack', 'T1', [known.externalId, other])).toEqual({
        kind: 'members',
        personIds: [person.id],
        unlinked: true,
      });
  });

  test('is not mixed up with the same id in another workspace', async ({ ctx }) => {
    const [account, person] = [anAccount(), await aPerson(ctx)];
    await link(ctx, account, person);
    expect(await audienceOf(ctx, 'slack', 'T2', [account.externalId])).toEqual({
      kind: 'members',
      personIds: [],
      unlinked: true,
    });
  });
});
