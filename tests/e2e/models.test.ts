import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startModelServer, type FakeModelServer } from '../fakes/model-server.ts';
import { ask, closeBrowser, PEOPLE, signIn, test, type Visit } from './browser.ts';

const NAME = `Journey ${Date.now()}`;
const SILENT = `Silent ${Date.now()}`;
const QUESTION = 'Which wells are not used in the Caco-2 permeability assay?';
let server: FakeModelServer;

beforeAll(async () => {
  server = await startModelServer({ pieces: Array.from({ length: 400 }, (_, at) => `word${at} `), pieceMs: 50 });
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const panelOf = ({ page }: Visit) => page.getByRole('region', { name: NAME });

async function connect({ page }: Visit, name: string, address: string): Promise<void> {
  await page.goto('/models');
  await page.getByRole('button', { name: 'Connect a server' }).first().click();
  const window = page.getByRole('dialog');
  await window.getByLabel('Name').fill(name);
  await window.getByLabel('Address').fill(address);
  await window.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('region', { name }).waitFor();
}

async function disconnect({ page }: Visit, name: string): Promise<void> {
  await page.getByRole('region', { name }).getByRole('button', { name: 'Disconnect' }).click();
  const window = page.getByRole('dialog');
  await window.getByRole('button', { name: 'Disconnect' }).click();
  await window.waitFor({ state: 'detached' });
  await page.getByRole('region', { name }).waitFor({ state: 'detached' });
}

describe.sequential('a model server connected in the portal', () => {
  test('an address where nobody listens is told to be silent, and why', async ({ visit }) => {
    const admin = await visit();
    const { page } = admin;
    await signIn(admin, PEOPLE.administrator);
    await connect(admin, SILENT, 'http://127.0.0.1:9');
    await page.getByText(`“${SILENT}” is kept, but lists no models yet`).first().waitFor();
    const panel = page.getByRole('region', { name: SILENT });
    await panel.getByRole('button', { name: 'Test' }).click();
    await panel
      .getByRole('status')
      .filter({ hasText: /\w+ \w+/ })
      .waitFor();
    expect(await panel.getByRole('status').textContent()).not.toContain('Reachable in');
    await disconnect(admin, SILENT);
  });

  test('its models are listed, start private, and are given to everyone', async ({ visit }) => {
    const admin = await visit();
    const { page } = admin;
    await signIn(admin, PEOPLE.administrator);
    await connect(admin, NAME, server.url);
    await panelOf(admin).getByRole('button', { name: 'Test' }).click();
    await panelOf(admin)
      .getByText(/Reachable in/)
      .waitFor();
    const row = panelOf(admin).getByRole('row').filter({ hasText: 'stub-chat' });
    await row.getByRole('button', { name: 'Who may use it' }).click();
    await page.getByRole('dialog').getByText('Only its owner has it').waitFor();
    await page.getByRole('button', { name: /Find a person or a group/ }).click();
    await page.getByRole('option', { name: /^Everyone/ }).click();
    await page.getByRole('button', { name: 'Give', exact: true }).click();
    await page.getByRole('dialog').getByRole('row').filter({ hasText: 'Everyone' }).waitFor();
    await page.keyboard.press('Escape');
    const star = row.getByRole('button', { name: 'Make stub-chat the default' });
    if (await star.isVisible()) await star.click();
    await row.getByText('The default').waitFor();
  });

  test('an answer is stopped and keeps what was written; the next question works', async ({ visit }) => {
    const person = await visit();
    const { page } = person;
    await signIn(person, PEOPLE.discovery);
    await page.getByRole('textbox', { name: 'Your question' }).fill(QUESTION);
    await page.keyboard.press('Enter');
    const answer = page.getByRole('article').last();
    await answer.getByText('word3').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await answer.getByText('Stopped.').waitFor();
    const text = await answer.textContent();
    expect(text).toContain('word3');
    expect(text).not.toContain('word399');
    expect(server.requests.at(-1)?.closedEarly).toBe(true);
    server.become({ pieces: ['Below 300 ohm ', '[1].'], pieceMs: 5 });
    await ask(person, QUESTION);
    await page.getByRole('article').last().getByText('Below 300 ohm').waitFor();
  });

  test('a server that breaks off is told in a sentence, and asking again works', async ({ visit }) => {
    const person = await visit();
    const { page } = person;
    await signIn(person, PEOPLE.discovery);
    server.become({ behaviour: 500 });
    await ask(person, QUESTION);
    const again = page.getByRole('article').last().getByRole('button', { name: 'Ask again' });
    await again.waitFor();
    expect(await page.getByRole('article').last().getByRole('alert').textContent()).toMatch(/\w+ \w+ \w+/);
    await page.waitForURL(/\/[a-z]+\/[0-9a-f-]{36}$/);
    const conversation = page.url();
    server.become({ behaviour: 'answer' });
    await again.click();
    await page.getByRole('article').last().getByText('Below 300 ohm').waitFor();
    expect(page.url()).toBe(conversation);
  });

  test('once disconnected it is asked no more', async ({ visit }) => {
    const admin = await visit();
    const { page } = admin;
    await signIn(admin, PEOPLE.administrator);
    await page.goto('/models');
    await panelOf(admin).getByRole('button', { name: 'Disconnect' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Disconnect' });
    await confirm.click();
    await page
      .getByRole('alert')
      .getByText(/is the default: make another chat model the default first/)
      .waitFor();
    await page.keyboard.press('Escape');
    const configured = page.getByRole('region', { name: 'vLLM (VLLM_BASE_URL)' });
    await configured.getByRole('button', { name: /^Make .* the default$/ }).click();
    await configured.getByText('The default').waitFor();
    await panelOf(admin).getByRole('button', { name: 'Disconnect' }).click();
    await confirm.click();
    await panelOf(admin).waitFor({ state: 'detached' });
    const before = server.requests.length;
    await page.goto('/chat');
    await ask(admin, 'How many days a week may I work from home?');
    expect(server.requests.slice(before).filter(({ path }) => path.includes('chat'))).toEqual([]);
  });
});
