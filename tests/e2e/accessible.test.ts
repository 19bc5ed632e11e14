import axe, { type AxeResults } from 'axe-core';
import { afterAll, describe, expect } from 'vitest';
import { ask, closeBrowser, PEOPLE, signIn, test, type Visit } from './browser.ts';

afterAll(closeBrowser);

const PAGES = [
  '/knowledge',
  '/requests',
  '/requests/mine',
  '/requests/answer',
  '/requests/review',
  '/requests/overdue',
  '/dashboard',
  '/people',
  '/people/waiting',
  '/people/look-alikes',
  '/joining',
  '/groups',
  '/groups/everyone',
  '/models',
  '/sign-in-providers',
  '/sign-in-providers/new',
  '/company',
  '/account',
  '/nowhere',
];
const QUIET_MS = 2_000;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What keeps somebody out, in words: rule, element, and what axe says of it. */
async function barriers({ page }: Visit): Promise<string[]> {
  await page.evaluate(axe.source);
  // Colours and boxes count as they stand at last, not while they fade in.
  await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished.catch(() => undefined)))');
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(RULES)} } })`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id} ${node.target.join(' ')}: ${node.failureSummary ?? ''}`));
}

async function settled({ page }: Visit): Promise<void> {
  await page.getByRole('main').waitFor();
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  // A page that follows its documents is never quiet: then this long is enough.
  await page.waitForLoadState('networkidle', { timeout: QUIET_MS }).catch(() => undefined);
}

const widerThanTheWindow = ({ page }: Visit): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');

for (const dark of [false, true])
  describe(`in the ${dark ? 'dark' : 'light'}`, () => {
    test('the sign-in has no serious barrier', async ({ visit }) => {
      const nobody = await visit({ dark });
      await nobody.page.goto('/sign-in');
      await settled(nobody);
      expect(await barriers(nobody)).toEqual([]);
      await nobody.page.getByLabel('Email').fill('nobody@arvendale.test');
      await nobody.page.getByLabel('Password', { exact: true }).fill('wrong');
      await nobody.page.getByRole('button', { name: 'Sign in' }).click();
      await nobody.page.getByRole('alert').waitFor();
      expect(await barriers(nobody)).toEqual([]);
    });

    test('no page of the administrator has a serious barrier', async ({ visit }) => {
      const person = await visit({ dark });
      await signIn(person, PEOPLE.administrator);
      for (const address of PAGES) {
        await person.page.goto(address);
        await settled(person);
        expect(await barriers(person), address).toEqual([]);
      }
      expect(person.strangers).toEqual([]);
      expect(person.complaints).toEqual([]);
    });

    test('neither have an answer with its source, a knowledge base with its parts, a group and a closed page', async ({
      visit,
    }) => {
      const person = await visit({ dark });
      const { page } = person;
      await signIn(person, PEOPLE.discovery);
      await settled(person);
      expect(await barriers(person), 'before the first question').toEqual([]);
      await ask(person, 'Which wells are not used in the Caco-2 permeability assay?');
      await page.getByRole('region', { name: 'Sources' }).getByRole('button').first().click();
      await page.getByRole('region', { name: 'The quoted passage' }).waitFor();
      expect(await barriers(person), 'an answer').toEqual([]);
      await page.goto('/knowledge');
      await page.getByRole('main').getByRole('link', { name: 'Assay Protocols' }).click();
      await page.getByRole('row').nth(1).waitFor();
      for (const part of ['', '/test', '/access', '/settings']) {
        await page.goto(`${new URL(page.url()).pathname.split('/').slice(0, 3).join('/')}${part}`);
        await settled(person);
        expect(await barriers(person), `knowledge base ${part}`).toEqual([]);
      }
      await page.goto('/groups');
      await page.getByRole('main').getByRole('link', { name: 'R&D / Discovery' }).click();
      await settled(person);
      expect(await barriers(person), 'members').toEqual([]);
      await page.getByRole('link', { name: 'Permissions' }).click();
      await page.getByText('chat.use').waitFor();
      expect(await barriers(person), 'permissions').toEqual([]);
      await page.goto('/people');
      await page.getByText('This is not open to you').waitFor();
      expect(await barriers(person), 'a closed page').toEqual([]);
    });

    test('menus and windows over the page have none', async ({ visit }) => {
      const person = await visit({ dark });
      const { page } = person;
      await signIn(person, PEOPLE.administrator);
      await page.goto('/people');
      await page.getByRole('row').nth(2).waitFor();
      await page.getByRole('button', { name: 'Add a person' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await barriers(person), 'a form').toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More for Anneke de Vries' }).click();
      await page.getByRole('menu').waitFor();
      expect(await barriers(person), 'a menu').toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Jump to …' }).click();
      await page.getByRole('dialog').getByText('Dashboard').waitFor();
      expect(await barriers(person), 'the search').toEqual([]);
    });
  });

describe('on a phone, in German', () => {
  test('nothing sticks out to the side, and the menu opens', async ({ visit }) => {
    const person = await visit({ phone: true, language: 'de-DE' });
    const { page } = person;
    await signIn(person, PEOPLE.administrator);
    for (const address of ['/chat', ...PAGES]) {
      await page.goto(address);
      await settled(person);
      expect(await widerThanTheWindow(person), address).toBeLessThanOrEqual(0);
      expect(await barriers(person), address).toEqual([]);
    }
    await page.getByRole('button', { name: 'Menü öffnen' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Wissen' }).click();
    await page.getByRole('heading', { name: 'Wissen', level: 1 }).waitFor();
  });
});
