import { afterAll, describe, expect, inject } from 'vitest';
import { anIdp, CLIENT_ID, CLIENT_SECRET } from '../fakes/oidc/provider.ts';
import { aSamlServer } from '../fakes/saml/server.ts';
import { closeBrowser, PEOPLE, signIn, test } from './browser.ts';

afterAll(closeBrowser);

const RUN = Date.now();

describe.sequential('an identity provider in the portal', () => {
  test('is closed to whoever does not administer', async ({ visit }) => {
    const person = await visit();
    await signIn(person, PEOPLE.support);
    for (const address of ['/sign-in-providers', '/sign-in-providers/new']) {
      await person.page.goto(address);
      await person.page.getByText('This is not open to you').waitFor();
    }
  });

  test('is added, tested, tried out, mapped, switched on, and lets somebody in; removed, it is gone', async ({
    visit,
  }) => {
    const { url } = inject('portal');
    const key = `works-${RUN}`;
    const name = `Works account ${RUN}`;
    const idp = await anIdp({ redirects: [`${url}/auth/oidc/${key}/callback`] });
    try {
      const admin = await visit();
      const { page } = admin;
      await signIn(admin, PEOPLE.administrator);
      await page.getByRole('link', { name: 'Sign-in', exact: true }).click();
      await page.getByRole('link', { name: 'Add a provider' }).click();
      await page.getByLabel('Name', { exact: true }).fill(name);
      expect(await page.getByLabel('Key').inputValue()).toBe(`works-account-${RUN}`);
      await page.getByLabel('Key').fill(key);
      await page.getByLabel('Issuer').fill(`${idp.issuer}/wrong`);
      await page.getByLabel('Client ID').fill(CLIENT_ID);
      await page.getByLabel('Client secret').fill(CLIENT_SECRET);
      await page.getByLabel('Scopes').fill('openid profile\nemail');
      await page.getByLabel('Claim of the groups').fill('groups');
      await page.getByRole('button', { name: 'Add, switched off' }).click();
      // What is wrong stands at its own field.
      await page.getByText('must be a scope, without spaces').first().waitFor();
      await page.getByLabel('Scopes').fill('openid\nprofile\ngroups');
      await page.getByRole('button', { name: 'Add, switched off' }).click();
      await page.getByRole('heading', { name: 'To enter at the provider' }).waitFor();
      await page.getByText(`${url}/auth/oidc/${key}/callback`).waitFor();
      expect(await page.getByLabel('Client secret').inputValue()).toBe('');
      expect(await page.content()).not.toContain(CLIENT_SECRET);

      await page.getByRole('link', { name: 'Test', exact: true }).click();
      await page.getByRole('button', { name: 'Test this provider' }).click();
      await page.getByText('Something does not fit on the two sides').waitFor();
      await page.getByRole('link', { name: 'Settings', exact: true }).click();
      await page.getByLabel('Issuer').fill(idp.issuer);
      // The secret would go elsewhere, so it is asked for again.
      await page.getByLabel('Client secret').fill(CLIENT_SECRET);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText(`${name} is saved.`).first().waitFor();
      await page.getByRole('link', { name: 'Test', exact: true }).click();
      await page.getByRole('button', { name: 'Test this provider' }).click();
      await page.getByText('It knows this application').waitFor();

      idp.person = { sub: `ada-${RUN}`, name: 'Ada Byron', groups: [{ id: 'chem', name: 'Chemists' }] };
      idp.says(idp.person);
      await page.getByRole('link', { name: 'Go on: sign in there for trial' }).click();
      await page.getByRole('heading', { name: 'What the trial brought' }).waitFor();
      await page.getByText('somebody new · Waiting for approval').waitFor();
      expect(await page.getByRole('main').textContent()).not.toContain('Ada');

      await page.getByRole('link', { name: 'Groups and roles' }).click();
      await page.getByRole('button', { name: 'Map a group or role' }).click();
      const window = page.getByRole('dialog');
      await window.getByLabel('Its id at the provider').fill('chem');
      await window.getByLabel('the role of a member').click();
      await window.getByRole('button', { name: 'Map it' }).click();
      await window.waitFor({ state: 'detached' });
      await page.getByRole('rowheader', { name: /chem/ }).waitFor();

      await page.getByRole('button', { name: 'Switch on' }).click();
      await page.getByText(`People can sign in by ${name}.`).first().waitFor();
      const ada = await visit();
      await ada.page.goto('/sign-in?next=%2Fchat');
      await ada.page.getByRole('link', { name: `Sign in with ${name}` }).click();
      await ada.page.getByRole('textbox', { name: 'Your question' }).waitFor();

      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('dialog').getByText('People who come by it: 1.').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByText(`${name} is removed. People deactivated: 1.`).first().waitFor();
      await ada.page.goto(`/auth/oidc/${key}/start`);
      await ada.page.getByText('This way of signing in is not open.').waitFor();
      expect(admin.complaints).toEqual([]);
    } finally {
      await idp.stop();
    }
  });

  test('of SAML is set up from its metadata, whose certificates are shown to be compared', async ({ visit }) => {
    const idp = await aSamlServer(() => Promise.reject(new Error('nobody signs in')));
    try {
      const admin = await visit();
      const { page } = admin;
      await signIn(admin, PEOPLE.administrator);
      await page.goto('/sign-in-providers/new');
      await page.getByRole('radio', { name: 'SAML 2.0' }).click();
      await page.getByLabel('Its metadata', { exact: true }).fill('<no-metadata/>');
      await page.getByRole('button', { name: 'Read it' }).click();
      await page.getByRole('alert').getByText('This metadata cannot be used').waitFor();
      await page.getByLabel('Its metadata', { exact: true }).fill(idp.metadataUrl);
      await page.getByRole('button', { name: 'Read it' }).click();
      await page.getByText(`Read: ${idp.entityId}.`).waitFor();
      await page
        .getByText(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
        .first()
        .waitFor();
      expect(await page.getByLabel('Entity ID of the provider').inputValue()).toBe(idp.entityId);
      expect(await page.getByLabel('Address of its metadata').inputValue()).toBe(idp.metadataUrl);
      await page.getByLabel('Name', { exact: true }).fill(`Paper mill ${RUN}`);
      await page.getByRole('button', { name: 'Add, switched off' }).click();
      await page.getByText('Our metadata', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Test', exact: true }).click();
      await page.getByRole('button', { name: 'Test this provider' }).click();
      await page.getByText('Its certificates can be believed').waitFor();
      expect(admin.complaints).toEqual([]);
    } finally {
      await idp.stop();
    }
  });
});
