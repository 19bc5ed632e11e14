import { afterAll, describe, expect, inject } from 'vitest';
import { finishLink, personOfChatAccount, startLink, type ChatAccount } from '../../core/identity/chat-accounts.ts';
import { closeBrowser, PEOPLE, signIn, test, type Visit } from './browser.ts';
import { beside } from './setup/beside.ts';

afterAll(closeBrowser);

const RUN = Date.now();

/** The address that stands, once, in the window on the page. */
async function shownOnce({ page }: Visit, label: string): Promise<string> {
  const window = page.getByRole('dialog');
  const value = await window.getByLabel(label).inputValue();
  await window.getByRole('button', { name: 'Done' }).click();
  await window.waitFor({ state: 'detached' });
  return value;
}

describe.sequential('administration in the portal', () => {
  test('a member sees no administration, and typing its address opens nothing', async ({ visit }) => {
    const person = await visit();
    const { page } = person;
    await signIn(person, PEOPLE.support);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(await page.getByRole('navigation', { name: 'Main' }).textContent()).not.toContain('People');
    for (const address of ['/people', '/models', '/dashboard', '/company', '/groups']) {
      await page.goto(address);
      await page.getByText('This is not open to you').waitFor();
    }
  });

  test('somebody new gets a link that works once, chooses a password, and asks', async ({ visit }) => {
    const admin = await visit();
    await signIn(admin, PEOPLE.administrator);
    await admin.page.getByRole('link', { name: 'People' }).click();
    await admin.page.getByRole('button', { name: 'Add a person' }).click();
    const window = admin.page.getByRole('dialog');
    await window.getByLabel('Name').fill('Zoë Ångström');
    await window.getByLabel('Email').fill(`zoe.${RUN}@arvendale.test`);
    await window.getByRole('button', { name: 'Add, and get the link' }).click();
    await admin.page.getByRole('heading', { name: 'The link for Zoë Ångström' }).waitFor();
    const link = await shownOnce(admin, 'One-time link');
    expect(link).toMatch(new RegExp(`^${inject('portal').url}/welcome/`));

    const guest = await visit();
    await guest.page.goto(link);
    await guest.page.getByRole('heading', { name: 'Welcome, Zoë Ångström' }).waitFor();
    await guest.page.getByLabel('New password', { exact: true }).fill('short');
    await guest.page.getByLabel('New password once more').fill('short');
    await guest.page.getByRole('button', { name: 'Set the password and sign in' }).click();
    await guest.page.getByText('It needs at least 12 characters.').waitFor();
    await guest.page.getByLabel('New password', { exact: true }).fill('a calm sentence to keep');
    await guest.page.getByLabel('New password once more').fill('a calm sentence to keep');
    await guest.page.getByRole('button', { name: 'Set the password and sign in' }).click();
    await guest.page.getByRole('textbox', { name: 'Your question' }).waitFor();

    const stranger = await visit();
    await stranger.page.goto(link);
    await stranger.page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  });

  test('what is given to a person can be asked by them, and is gone when it is taken back', async ({ visit }) => {
    const owner = await visit();
    const { page } = owner;
    await signIn(owner, PEOPLE.discovery);
    await page.goto('/knowledge');
    await page.getByRole('main').getByRole('link', { name: 'Compound Library' }).click();
    await page.getByRole('link', { name: 'Who can use it' }).click();
    await page.getByRole('button', { name: /Find a person or a group/ }).click();
    await page.keyboard.type('Lucia');
    await page.getByRole('option', { name: /Lucia Romano/ }).click();
    await page.getByRole('button', { name: 'Give', exact: true }).click();
    // The list of grants and the list of all who reach it both name her: the one with the button is meant.
    const row = page
      .getByRole('row')
      .filter({ has: page.getByRole('button', { name: 'Take it back from Lucia Romano' }) });
    await row.waitFor();

    const colleague = await visit();
    await signIn(colleague, PEOPLE.support);
    await colleague.page.goto('/knowledge');
    await colleague.page.getByRole('main').getByRole('link', { name: 'Compound Library' }).waitFor();

    await row.getByRole('button', { name: 'Take it back from Lucia Romano' }).click();
    await row.waitFor({ state: 'detached' });
    await colleague.page.reload();
    await colleague.page.getByRole('main').getByRole('link', { name: 'Company Policies' }).waitFor();
    expect(await colleague.page.getByRole('main').textContent()).not.toContain('Compound Library');
  });

  test('a company file shows what it would change and changes nothing until it is told to', async ({ visit }) => {
    const admin = await visit();
    const { page } = admin;
    await signIn(admin, PEOPLE.administrator);
    await page.goto('/company');
    const group = `Packaging ${RUN}`;
    const yaml = [
      'company: { name: Arvendale Pharmaceuticals, domain: arvendale.test }',
      `groups: [{ name: ${group}, description: Made by a journey }]`,
      'people: []',
      'knowledgeBases: []',
    ].join('\n');
    await page.getByLabel('The file’s text').fill(yaml);
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('row').filter({ hasText: group }).getByText('New').waitFor();
    await page.goto('/groups');
    await page.getByRole('main').getByRole('link').first().waitFor();
    expect(await page.getByRole('main').textContent()).not.toContain(group);

    await page.goto('/company');
    await page.getByLabel('The file’s text').fill(yaml);
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('button', { name: /^Make \d+ change/ }).click();
    await page.getByText('What was changed').waitFor();
    await page.goto('/groups');
    await page.getByRole('link', { name: group }).waitFor();
  });

  test('an API key is shown once and refused after it was revoked', async ({ visit }) => {
    const admin = await visit();
    const { page, url } = admin;
    const usable = async (key: string) =>
      (await fetch(`${url}/api/v1/knowledge-bases`, { headers: { Authorization: `Bearer ${key}` } })).status;
    await signIn(admin, PEOPLE.administrator);
    await page.goto('/groups/everyone');
    await page.getByRole('radiogroup', { name: 'api_keys' }).getByText('Allow').click();
    const save = page.getByRole('button', { name: 'Save' });
    if (await save.isVisible()) {
      await save.click();
      await save.waitFor({ state: 'detached' });
    }

    await page.goto('/account');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('dialog').getByLabel('What it is for').fill(`Nightly report ${RUN}`);
    await page.getByRole('dialog').getByLabel('Knowledge bases and documents').check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    const key = await shownOnce(admin, 'Key');
    expect(await usable(key)).toBe(200);
    const line = page.getByRole('listitem').filter({ hasText: `Nightly report ${RUN}` });
    expect(await page.textContent('body')).not.toContain(key);
    await line.getByRole('button', { name: 'Revoke' }).click();
    const window = page.getByRole('dialog');
    await window.getByRole('button', { name: 'Revoke' }).click();
    await window.waitFor({ state: 'detached' });
    await line.waitFor({ state: 'detached' });
    expect(await usable(key)).toBe(401);
  });

  test('a chat account is linked only when that account itself sends the code', async ({ visit }) => {
    const account: ChatAccount = {
      surface: 'slack',
      tenantId: 'T0JOURNEY',
      externalId: `U${RUN}`,
      name: `lucia ${RUN}`,
      workspace: 'Arvendale',
    };
    const { url } = await beside((ctx) => startLink(ctx, account));
    const person = await visit();
    const { page } = person;
    await signIn(person, PEOPLE.support);
    await page.goto(url);
    await page.getByText('Slack · Arvendale').waitFor();
    expect(await beside((ctx) => personOfChatAccount(ctx, account))).toBeNull();
    await page.getByRole('button', { name: 'Yes, it is mine: show the code' }).click();
    const code =
      (await page
        .getByRole('status')
        .filter({ hasText: /^\d{6}$/ })
        .textContent()) ?? '';
    expect(code).toMatch(/^\d{6}$/);
    const other = { ...account, externalId: `${account.externalId}X` };
    expect(await beside((ctx) => finishLink(ctx, other, code))).toEqual({ outcome: 'none' });
    expect(await beside((ctx) => personOfChatAccount(ctx, account))).toBeNull();
    expect(await beside((ctx) => finishLink(ctx, account, code))).toMatchObject({ outcome: 'linked' });
    await page.goto('/account');
    // What happened to the account names it too: the line with the button is meant.
    const line = page
      .getByRole('listitem')
      .filter({ hasText: account.name, has: page.getByRole('button', { name: 'Unlink' }) });
    await line.getByRole('button', { name: 'Unlink' }).click();
    const window = page.getByRole('dialog');
    await window.getByRole('button', { name: 'Unlink' }).click();
    await window.waitFor({ state: 'detached' });
    await line.waitFor({ state: 'detached' });
    expect(await beside((ctx) => personOfChatAccount(ctx, account))).toBeNull();
  });

  test('the first administrator can do nothing before choosing a password of their own', async ({ visit }) => {
    const admin = await visit();
    const { page } = admin;
    const { admin: email, password } = inject('portal');
    await page.goto('/sign-in?next=%2Fpeople');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await page.goto('/people');
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await page.getByLabel('Current password').fill('not the one');
    await page.getByLabel('New password', { exact: true }).fill('another calm sentence');
    await page.getByLabel('New password once more').fill('another calm sentence');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('The current password is not right.').waitFor();
    await page.getByLabel('Current password').fill(password);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.goto('/people');
    await page.getByRole('heading', { name: 'People' }).waitFor();
  });
});
