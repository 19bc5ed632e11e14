import { afterAll, expect } from 'vitest';
import { closeBrowser, PEOPLE, signIn, test, type Visit } from './browser.ts';

afterAll(closeBrowser);

/** Adds somebody by the API, as the administrator who is signed in there. */
const add = ({ page }: Visit, name: string, email: string, role: 'pending' | 'user') =>
  page.evaluate<number>(
    `(async (person) => {
      const { csrfToken } = await (await fetch('/api/v1/session')).json();
      const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken };
      return (await fetch('/api/v1/people', { method: 'POST', headers, body: JSON.stringify(person) })).status;
    })(${JSON.stringify({ name, email, role })})`,
  );

test('who waits is counted in the menu, refused and let back, and let in with others into a group', async ({
  visit,
}) => {
  const person = await visit();
  const { page } = person;
  await signIn(person, PEOPLE.administrator);
  for (const name of ['Nora Newcomer', 'Otto Outsider'])
    expect(await add(person, name, `${name.split(' ')[0]!.toLowerCase()}@newcomers.test`, 'pending')).toBe(201);
  await page.goto('/people/waiting');
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByLabel(/^\d+ wait for approval$/)
    .waitFor();
  await page.getByRole('checkbox', { name: 'Choose Otto Outsider' }).click();
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
  await page.getByText('1 person stays out.').first().waitFor();
  await page.getByRole('switch', { name: 'Show those who were refused' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Nobody was refused.').waitFor();
  await page.getByRole('switch', { name: 'Show those who were refused' }).click();
  for (const name of ['Nora Newcomer', 'Otto Outsider'])
    await page.getByRole('checkbox', { name: `Choose ${name}` }).click();
  await page.getByRole('button', { name: 'Let in …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('2 people were let in.').first().waitFor();
  await page.getByRole('main').getByText('Otto Outsider').waitFor({ state: 'detached' });
  expect(person.complaints).toEqual([]);
});

test('look-alikes are said to be two and not listed again; two passwords are not made one', async ({ visit }) => {
  const person = await visit();
  const { page } = person;
  await signIn(person, PEOPLE.administrator);
  for (const email of ['p.pair@pairs.test', 'petra.pair@pairs.test'])
    expect(await add(person, 'Petra Pair', email, 'user')).toBe(201);
  await page.goto('/people');
  await page.getByRole('link', { name: 'Look-alikes' }).click();
  await page.getByText('Same name and domain').waitFor();
  await page.getByRole('button', { name: 'One person …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Ask both' }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Two people' }).click();
  await page.getByText('No two people look alike.').waitFor();
  await page.reload();
  await page.getByText('No two people look alike.').waitFor();
  expect(person.complaints).toEqual([]);
});
