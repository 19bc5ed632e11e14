import { afterAll, describe, expect } from 'vitest';
import { ask, closeBrowser, PEOPLE, signIn, test, type Visit } from './browser.ts';

afterAll(closeBrowser);

const SECRET = 'In zebrafish larvae the ED50 of compound ARV-5519 is 73 micrograms, says the Halberd team.';
const QUESTION = 'What is the ED50 of compound ARV-5519 in zebrafish larvae?';
// New at each run: the same words again would be recognised as the document that is there already.
const RUN = Date.now();
const FILE = `Halberd-Dosing-Note-${RUN}.txt`;

async function openKnowledgeBase({ page }: Visit, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Knowledge' }).click();
  await page.getByRole('main').getByRole('link', { name }).first().click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

describe.sequential('a question in the portal', () => {
  test('somebody who is not signed in sees the sign-in and nothing else', async ({ visit }) => {
    const { page } = await visit();
    await page.goto('/knowledge');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toBe('/knowledge');
    expect(await page.getByRole('navigation').count()).toBe(0);
  });

  test('a wrong password and an unknown person are refused in the same words', async ({ visit }) => {
    const { page } = await visit();
    const said: (string | null)[] = [];
    for (const email of [PEOPLE.support, 'nobody@arvendale.test']) {
      await page.goto('/sign-in');
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password', { exact: true }).fill('not the password of anybody');
      await page.getByRole('button', { name: 'Sign in' }).click();
      said.push(await page.getByRole('alert').textContent());
    }
    expect(said[0]).toBeTruthy();
    expect(said[0]).toBe(said[1]);
  });

  test('a document is uploaded, asked about, and answered with a citation that opens its passage', async ({
    visit,
  }) => {
    const person = await visit();
    const { page } = person;
    await signIn(person, PEOPLE.discovery);
    await openKnowledgeBase(person, 'Compound Library');
    await page.getByTestId('files').setInputFiles([
      { name: FILE, mimeType: 'text/plain', buffer: Buffer.from(`Note ${RUN}\n\n${SECRET}\n`) },
      { name: 'empty.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(0) },
      { name: 'not-really.pdf', mimeType: 'application/pdf', buffer: Buffer.from('just words, no PDF at all') },
    ]);
    const uploads = page.getByRole('region', { name: 'Uploads' });
    await uploads.getByText('1 accepted, 2 refused').waitFor();
    expect(await uploads.getByRole('listitem').filter({ hasText: 'empty.pdf' }).textContent()).toMatch(/empty/i);
    const row = page.getByRole('row').filter({ hasText: FILE });
    await row.getByText('Ready').waitFor({ timeout: 80_000 });

    await page.getByRole('link', { name: 'Ask', exact: true }).click();
    await ask(person, QUESTION);
    const answer = page.getByRole('article').last();
    await answer.getByText('The documents say').waitFor();
    const notices = answer.getByRole('region', { name: 'Notices' });
    await notices.getByText('Notice, Compound Library').waitFor();
    const source = answer.getByRole('region', { name: 'Sources' }).getByRole('button', { name: FILE });
    await source.click();
    const panel = page.getByRole('region', { name: 'The source that the answer quotes' });
    await panel.getByText(SECRET).waitFor();
    expect(await panel.getByRole('region', { name: 'The quoted passage' }).textContent()).toContain(SECRET);
    expect(page.url()).toMatch(/\/chat\/[0-9a-f-]{36}$/);
    await page.reload();
    await notices.getByText('Class Secret').waitFor();
    expect(person.strangers).toEqual([]);
    expect(person.complaints).toEqual([]);
  });

  test('somebody without the grant is told that nothing was found, by answer, by link and by address', async ({
    visit,
  }) => {
    const owner = await visit();
    const opened: string[] = [];
    owner.page.on('request', (request) => request.url().includes('/api/v1/passages/') && opened.push(request.url()));
    await signIn(owner, PEOPLE.discovery);
    await ask(owner, QUESTION);
    await owner.page
      .getByRole('article')
      .last()
      .getByRole('region', { name: 'Sources' })
      .getByRole('button')
      .first()
      .click();
    const panel = owner.page.getByRole('region', { name: 'The source that the answer quotes' });
    await panel.getByRole('button', { name: 'Copy the link' }).waitFor();
    const passage = opened.at(-1)?.split('/').at(-1);
    expect(passage).toBeTruthy();

    const stranger = await visit();
    const { page } = stranger;
    await signIn(stranger, PEOPLE.support);
    await ask(stranger, QUESTION);
    expect(await page.getByRole('article').last().textContent()).not.toContain('Halberd');
    await ask(stranger, 'Which salt of seluvapib was chosen?');
    const answer = page.getByRole('article').last();
    await answer.getByText('Not found in what you can read').waitFor();
    await answer.getByRole('link', { name: 'Company Policies' }).waitFor();
    expect(await answer.textContent()).not.toContain('Compound Library');
    await page.goto(`/passages/${passage}`);
    await page.getByText('Nothing here').waitFor();
    expect(await page.textContent('body')).not.toContain('Halberd');
    await page.goto('/knowledge');
    await page.getByRole('heading', { name: 'Knowledge', level: 1 }).waitFor();
    await page.getByText('Company Policies').first().waitFor();
    expect(await page.textContent('body')).not.toContain('Compound Library');
  });

  test('what a model smuggles in is neither link nor picture', async ({ visit }) => {
    const person = await visit();
    const { page } = person;
    await signIn(person, PEOPLE.discovery);
    await page.route('**/api/v1/ask', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: [
          'See [this](https://elsewhere.invalid/a), [ref][r], <https://elsewhere.invalid/b>, https://elsewhere.invalid/c',
          '![p](https://elsewhere.invalid/p.png) <img src="https://elsewhere.invalid/q.png" onerror="alert(1)">',
          '<script>window.smuggled = true</script><a href="javascript:window.smuggled = true">x</a>',
          '[r]: https://elsewhere.invalid/d',
        ]
          .map((text) => `data: ${JSON.stringify({ type: 'text', text: `${text}\n\n` })}\n\n`)
          .join('')
          .concat(`data: ${JSON.stringify({ type: 'failed', code: 'model_broke_off', message: 'It broke off.' })}\n\n`),
      }),
    );
    await page.getByRole('textbox', { name: 'Your question' }).fill('Anything');
    await page.keyboard.press('Enter');
    const answer = page.getByRole('article').last();
    await answer.getByText('No answer came').waitFor();
    expect(await answer.getByRole('link').count()).toBe(0);
    expect(await answer.locator('img, script, iframe, object').count()).toBe(0);
    expect(await page.evaluate<boolean>(`'smuggled' in window`)).toBe(false);
    expect(person.strangers).toEqual([]);
    await answer.getByRole('button', { name: 'Ask again' }).waitFor();
  });
});
