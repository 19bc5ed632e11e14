import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../core/context.ts';
import { addMapping } from '../../core/identity/providers/mapping.ts';
import type { Provider } from '../../core/identity/providers/store.ts';
import { fetchMetadata } from '../../core/identity/saml/identity-provider.ts';
import { startPortal } from '../../portal/main.ts';
import { aGroup, OPERATOR } from '../factories/company.ts';
import { aContext, type TestContext } from '../factories/context.ts';
import { aProvider } from '../factories/providers.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { administer, missingKeycloak, ORIGIN, personThere, setMembership, setSamlClient } from './keycloak.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

describe.skipIf(missingKeycloak().length > 0)('people of a real Keycloak come by SAML, in a real browser', () => {
  let database: FreshDatabase;
  let ctx: TestContext;
  let portal: { stop(): Promise<void> };
  let browser: Browser;
  let provider: Provider<'saml'>;
  let group: { id: string };

  beforeAll(async () => {
    database = await freshDatabase();
    ctx = await aContext(database, { settings: { PUBLIC_URL: ORIGIN } });
    portal = await startPortal(ctx, { host: '127.0.0.1', port: Number(new URL(ORIGIN).port) });
    const executablePath = CHROMIUM.find((file) => existsSync(file));
    if (executablePath === undefined) throw new Error('This needs Chromium: apt-get install chromium');
    browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    const metadataUrl = process.env['SAML_IDP_METADATA']!;
    const { entityId } = await fetchMetadata(metadataUrl, null);
    provider = await aProvider(ctx, {
      kind: 'saml',
      key: 'keycloak',
      settings: {
        idpEntityId: entityId,
        metadataUrl,
        nameAttribute: 'name',
        groupsAttribute: 'groups',
        rolesAttribute: 'Role',
        // Keycloak leaves the attribute out where somebody is in no group.
        missingGroups: 'none',
      },
    });
    group = await aGroup(ctx);
    const to = { groupId: group.id };
    await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'group', externalId: '/admins', label: 'Admins', to });
    for (const [externalId, role] of [
      ['gatehouse-user', 'user'],
      ['gatehouse-admin', 'admin'],
    ] as const)
      await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'role', externalId, label: externalId, to: { role } });
  });

  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
    await ctx?.close();
    await database?.close();
  });

  test('a disabled person does not come in', async () => {
    const page = await signIn(browser, 'finn');
    expect(new URL(page.url()).origin).not.toBe(ORIGIN);
    expect((await sessionOf(page)).status).toBe(401);
  });

  test('somebody comes in with role and groups, which follow what changes there', async () => {
    const page = await signIn(browser, 'ada');
    const { status, body } = await sessionOf(page);
    expect([status, body.person.name, body.person.role]).toEqual([200, 'Ada', 'admin']);
    expect(await groupsOf(ctx, body.person.id)).toEqual([group.id]);
    await setMembership('ada', 'admins', false);
    try {
      await signIn(browser, 'ada');
      expect(await groupsOf(ctx, body.person.id)).toEqual([]);
    } finally {
      await setMembership('ada', 'admins', true);
    }
    const eve = await sessionOf(await signIn(browser, 'eve'));
    expect(await groupsOf(ctx, eve.body.person.id)).toEqual([]);
  });

  test('signed requests and encrypted assertions are switched on in the middle', async () => {
    const bare = (pem?: string) => pem!.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
    const { signingCertificate, decryptionCertificate } = provider.secrets;
    const signing = {
      'saml.client.signature': 'true',
      'saml.signing.certificate': bare(signingCertificate),
    };
    const encryption = {
      'saml.encrypt': 'true',
      'saml.encryption.certificate': bare(decryptionCertificate),
    };
    const ways: Record<string, string>[] = [
      signing,
      { ...signing, ...encryption },
      {
        ...signing,
        ...encryption,
        'saml.encryption.algorithm': 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
        'saml.encryption.keyAlgorithm': 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
        'saml.encryption.digestMethod': 'http://www.w3.org/2001/04/xmlenc#sha256',
        'saml.encryption.maskGenerationFunction': 'http://www.w3.org/2009/xmlenc11#mgf1sha256',
      },
    ];
    for (const attributes of ways) {
      const back = await setSamlClient(attributes);
      try {
        expect((await sessionOf(await signIn(browser, 'ben'))).body.person?.name, JSON.stringify(attributes)).toBe(
          'Ben',
        );
      } finally {
        await back();
      }
    }
    const wrong = await setSamlClient({ ...signing, 'saml.signing.certificate': bare(decryptionCertificate) });
    try {
      const page = await signIn(browser, 'ben');
      expect((await sessionOf(page)).status).toBe(401);
    } finally {
      await wrong();
    }
  });

  test('signing out here ends the session there, and the other way round', async () => {
    const page = await signIn(browser, 'cleo');
    const { body } = await sessionOf(page);
    const headers = { 'X-CSRF-Token': body.csrfToken, Origin: ORIGIN };
    const signedOut = await page.request.delete(`${ORIGIN}/api/v1/session`, { headers });
    const { signOutUrl } = (await signedOut.json()) as { signOutUrl: string };
    await page.goto(signOutUrl);
    await page.waitForURL(`${ORIGIN}/sign-in?signed-out=1`);
    await page.goto(`${ORIGIN}/auth/saml/keycloak/start`);
    // Asked for the password again: nobody is signed in there any more.
    await page.locator('#username').waitFor();

    const other = await signIn(browser, 'dan');
    expect((await sessionOf(other)).status).toBe(200);
    const { id } = await personThere('dan');
    await administer('POST', `/users/${id}/logout`);
    await expect.poll(async () => (await sessionOf(other)).status).toBe(401);
  });
});

/** Signs somebody in in a fresh browser, through Keycloak's own page, as far as it goes. */
async function signIn(browser: Browser, username: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${ORIGIN}/auth/saml/keycloak/start`);
  const name = page.locator('#username');
  await Promise.race([name.waitFor(), page.locator('#kc-error-message').waitFor()]);
  if (!(await name.isVisible())) return page;
  await name.fill(username);
  await page.locator('#password').fill(username);
  await page.locator('#kc-login').click();
  await page.waitForLoadState('networkidle');
  return page;
}

const sessionOf = async (page: Page): Promise<{ status: number; body: any }> => {
  const answer = await page.request.get(`${ORIGIN}/api/v1/session`);
  return { status: answer.status(), body: await answer.json() };
};

const groupsOf = async (ctx: Context, personId: string): Promise<string[]> =>
  (await ctx.db.membership.findMany({ where: { personId } })).map(({ groupId }) => groupId);
