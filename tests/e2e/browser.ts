import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { existsSync } from 'node:fs';
import { inject, test as base } from 'vitest';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const PATIENCE_MS = 30_000;

/** Sample people: an administrator, one of R&D who manages its group, and one of Support who may read the policies only. */
export const PEOPLE = {
  administrator: 'ruth.abernathy@arvendale.test',
  discovery: 'victor.lindgren@arvendale.test',
  chemist: 'meiling.zhou@arvendale.test',
  support: 'lucia.romano@arvendale.test',
} as const;

export type Visit = {
  page: Page;
  context: BrowserContext;
  url: string;
  /** Requests that left the portal's own address. */
  strangers: string[];
  /** What the browser complained about: errors of the program, and what the content security policy stopped. */
  complaints: string[];
};

export type Look = { dark?: boolean; phone?: boolean; language?: string };

const started: { browser: Browser | undefined } = { browser: undefined };

async function browser(): Promise<Browser> {
  const executablePath = CHROMIUM.find((file) => existsSync(file));
  if (!executablePath) throw new Error('Journeys need Chromium: apt-get install chromium');
  started.browser ??= await chromium.launch({ executablePath, args: FLAGS });
  return started.browser;
}

/** A test with a browser: `visit` opens a fresh profile on the portal, as nobody yet. */
export const test = base.extend<{ visit: (look?: Look) => Promise<Visit> }>({
  // oxlint-disable-next-line no-empty-pattern -- the first argument of a fixture must be a pattern
  visit: async ({}, use) => {
    const open: BrowserContext[] = [];
    await use(async (look = {}) => {
      const { url } = inject('portal');
      const context = await (
        await browser()
      ).newContext({
        baseURL: url,
        viewport: look.phone ? { width: 390, height: 844 } : { width: 1360, height: 860 },
        isMobile: look.phone ?? false,
        hasTouch: look.phone ?? false,
        colorScheme: look.dark ? 'dark' : 'light',
        locale: look.language ?? 'en-GB',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PATIENCE_MS);
      open.push(context);
      const page = await context.newPage();
      const visit: Visit = { page, context, url, strangers: [], complaints: [] };
      context.on('request', (request) => {
        if (!/^(data|blob|about):/.test(request.url()) && new URL(request.url()).origin !== url)
          visit.strangers.push(request.url());
      });
      page.on('pageerror', (error) => visit.complaints.push(String(error)));
      page.on('console', (message) => {
        // A refused request is said by the page itself; the browser's own line about it is no fault.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          visit.complaints.push(message.text());
      });
      return visit;
    });
    for (const context of open) await context.close();
  },
});

/** Signs in by the form, and waits until the person is in. */
export async function signIn({ page }: Visit, email: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel(/^(Email|E-Mail)$/).fill(email);
  await page.getByLabel(/^(Password|Passwort)$/).fill(inject('portal').password);
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click();
  await page.waitForURL((address) => address.pathname !== '/sign-in');
  await page.getByRole('main').waitFor();
}

/** Asks in the portal and waits until the answer is whole. */
export async function ask({ page }: Visit, question: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Your question' }).fill(question);
  await page.keyboard.press('Enter');
  await page.getByRole('article').last().getByText(question).waitFor();
  await page.getByRole('button', { name: 'Send' }).waitFor();
}

export async function closeBrowser(): Promise<void> {
  await started.browser?.close();
  started.browser = undefined;
}
