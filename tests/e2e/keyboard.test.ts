import { afterAll, expect, inject } from 'vitest';
import { closeBrowser, PEOPLE, test, type Visit } from './browser.ts';

afterAll(closeBrowser);

/** What the focus is on: its tag, and its name as far as the page gives one. */
const focused = ({ page }: Visit): Promise<string> =>
  page.evaluate<string>(
    `(({ tagName, ariaLabel, textContent }) => tagName.toLowerCase() + ' ' + (ariaLabel ?? textContent.trim()))(document.activeElement)`,
  );

/** Tab until the focus is on something called so; at most 40 times. */
async function tabTo(person: Visit, name: RegExp): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    await person.page.keyboard.press('Tab');
    if (name.test(await focused(person))) return;
  }
  throw new Error(`The focus never came to ${name}; it is on ${await focused(person)}`);
}

test('somebody without a mouse signs in, asks, opens the source and closes it', async ({ visit }) => {
  const person = await visit();
  const { page } = person;
  await page.goto('/sign-in');
  await page.getByLabel('Email').waitFor();
  await page.keyboard.type(PEOPLE.discovery);
  await page.keyboard.press('Tab');
  await page.keyboard.type(inject('portal').password);
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Your question' }).waitFor();

  await page.keyboard.type('Which wells are not used');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('in the Caco-2 permeability assay?');
  expect(await page.getByRole('article').count()).toBe(0);
  await page.keyboard.press('Enter');
  const sources = page.getByRole('region', { name: 'Sources' });
  await sources.waitFor();

  await page.getByRole('log').focus();
  await tabTo(person, /^button Source 1/);
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: 'The source that the answer quotes' });
  await panel.getByRole('region', { name: 'The quoted passage' }).waitFor();
  await tabTo(person, /^button Close the source/);
  await page.keyboard.press('Enter');
  await panel.waitFor({ state: 'detached' });
});

test('the first stop of the keyboard leads past the menu into the page', async ({ visit }) => {
  const person = await visit();
  const { page } = person;
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(PEOPLE.administrator);
  await page.getByLabel('Password', { exact: true }).fill(inject('portal').password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.goto('/people');
  await page.getByRole('heading', { name: 'People' }).waitFor();
  await page.evaluate('document.activeElement.blur()');
  await tabTo(person, /Skip to the content/);
  await page.keyboard.press('Enter');
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('content');
});

test('Ctrl+K goes anywhere by name', async ({ visit }) => {
  const person = await visit();
  const { page } = person;
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(PEOPLE.administrator);
  await page.getByLabel('Password', { exact: true }).fill(inject('portal').password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Jump to …' }).waitFor();
  await page.keyboard.type('Dashb');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
});
