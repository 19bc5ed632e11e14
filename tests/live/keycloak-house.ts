import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { addMapping } from '../../core/identity/providers/mapping.ts';
import type { Provider } from '../../core/identity/providers/store.ts';
import { startPortal } from '../../portal/main.ts';
import { aGroup, OPERATOR } from '../factories/company.ts';
import { aContext, type TestContext } from '../factories/context.ts';
import { aProvider } from '../factories/providers.ts';
import { freshDatabase } from '../setup/database.ts';
import { ORIGIN } from './keycloak.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A portal at the address that Keycloak knows, Keycloak as its provider, and a real browser. */
export type KeycloakHouse<Kind extends 'oidc' | 'saml'> = {
  ctx: TestContext;
  provider: Provider<Kind>;
  /** Where those in `/admins` there are members here. */
  group: { id: string };
  /** Signs somebody in in a fresh browser, through Keycloak's own page, as far as it goes. */
  signIn(username: string): Promise<Page>;
  /** The groups that somebody is in here. */
  groupsOf(personId: string): Promise<string[]>;
  close(): Promise<void>;
};

/** With `/admins` there giving a group here, and Keycloak's two roles giving ours. */
export async function aKeycloakHouse<Kind extends 'oidc' | 'saml'>(
  kind: Kind,
  given: { settings: Record<string, unknown>; secrets?: Record<string, string> },
): Promise<KeycloakHouse<Kind>> {
  const executablePath = CHROMIUM.find((file) => existsSync(file));
  if (executablePath === undefined) throw new Error('This needs Chromium: apt-get install chromium');
  const database = await freshDatabase();
  const ctx = await aContext(database, { settings: { PUBLIC_URL: ORIGIN } });
  const portal = await startPortal(ctx, { host: '127.0.0.1', port: Number(new URL(ORIGIN).port) });
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
  const provider = await aProvider(ctx, { kind, key: 'keycloak', ...given });
  const group = await aGroup(ctx);
  const to = { groupId: group.id };
  await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'group', externalId: '/admins', label: 'Admins', to });
  for (const [externalId, role] of [
    ['gatehouse-user', 'user'],
    ['gatehouse-admin', 'admin'],
  ] as const)
    await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'role', externalId, label: externalId, to: { role } });
  return {
    ctx,
    provider,
    group,
    signIn: async (username) => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(startOf(kind));
      const name = page.locator('#username');
      await Promise.race([
        name.waitFor(),
        page.locator('#kc-error-message').waitFor(),
        page.waitForURL(`${ORIGIN}/sign-in?**`),
      ]);
      if (!(await name.isVisible())) return page;
      await name.fill(username);
      await page.locator('#password').fill(username);
      await page.locator('#kc-login').click();
      await page.waitForLoadState('networkidle');
      return page;
    },
    groupsOf: async (personId) =>
      (await ctx.db.membership.findMany({ where: { personId } })).map(({ groupId }) => groupId),
    close: async () => {
      await browser.close();
      await portal.stop();
      await ctx.close();
      await database.close();
    },
  };
}

const startOf = (kind: 'oidc' | 'saml'): string => `${ORIGIN}/auth/${kind}/keycloak/start`;

export const sessionOf = async (page: Page): Promise<{ status: number; body: any }> => {
  const answer = await page.request.get(`${ORIGIN}/api/v1/session`);
  return { status: answer.status(), body: await answer.json() };
};

/** Signs out here, goes where that leads, and begins again: asked for the password, since nobody is signed in there any more. */
export async function expectSignedOutThereToo(page: Page, kind: 'oidc' | 'saml'): Promise<void> {
  const { body } = await sessionOf(page);
  const headers = { 'X-CSRF-Token': body.csrfToken, Origin: ORIGIN };
  const signedOut = await page.request.delete(`${ORIGIN}/api/v1/session`, { headers });
  const { signOutUrl } = (await signedOut.json()) as { signOutUrl: string };
  await page.goto(signOutUrl);
  await page.waitForURL(`${ORIGIN}/sign-in?signed-out=1`);
  await page.goto(startOf(kind));
  await page.locator('#username').waitFor();
  expect((await sessionOf(page)).status).toBe(401);
}
