import { afterAll, expect } from 'vitest';
import { closeBrowser, PEOPLE, signIn, test, type Visit } from './browser.ts';
import { beside } from './setup/beside.ts';

afterAll(closeBrowser);

const NAME = `Line 4 ${Date.now()}`;

/** A knowledge base of the one of R&D, that others may find. */
const aFindable = (): Promise<string> =>
  beside(async ({ db }) => {
    const owner = await db.person.findFirstOrThrow({ where: { email: PEOPLE.discovery } });
    const id = crypto.randomUUID();
    await db.knowledgeBase.create({
      data: {
        id,
        name: NAME,
        description: 'Batch records of line 4. Not for everybody.',
        ownerKind: 'person',
        ownerId: owner.id,
        embeddingModel: 'none',
        discoverable: true,
      },
    });
    return id;
  });

const cardOf = ({ page }: Visit) => page.getByRole('main').getByRole('listitem').filter({ hasText: NAME });

test('somebody asks for what they may find, its owner gives less, reviews it, and takes it back', async ({ visit }) => {
  await aFindable();
  const colleague = await visit();
  await signIn(colleague, PEOPLE.support);
  await colleague.page.goto('/knowledge');
  await colleague.page.getByRole('heading', { name: 'You can ask for access' }).waitFor();
  await colleague.page.goto('/requests');
  await cardOf(colleague).getByText('Batch records of line 4.').waitFor();
  expect(await cardOf(colleague).textContent()).not.toContain('Not for everybody');
  await cardOf(colleague)
    .getByRole('button', { name: `Ask for access to ${NAME}` })
    .click();
  const asking = colleague.page.getByRole('dialog');
  await asking.getByLabel('Why do you need it?').fill('I take over the audit next week');
  await asking.getByRole('radio', { name: 'Manage' }).click();
  await asking.getByRole('button', { name: 'Send the request' }).click();
  await cardOf(colleague).getByText('Asked for').waitFor();

  const owner = await visit();
  await signIn(owner, PEOPLE.discovery);
  await owner.page.goto('/requests/answer');
  await cardOf(owner).getByText('I take over the audit next week').waitFor();
  await cardOf(owner).getByRole('button', { name: 'Approve the request of Lucia Romano' }).click();
  const approving = owner.page.getByRole('dialog');
  await approving.getByRole('radio', { name: 'Use' }).click();
  await approving.getByRole('button', { name: 'Approve' }).click();
  await cardOf(owner).getByText('Approved', { exact: true }).waitFor();

  await colleague.page.goto('/requests/mine');
  await cardOf(colleague).getByText('Approved by Victor Lindgren').waitFor();
  await colleague.page.goto('/knowledge');
  await colleague.page.getByRole('main').getByRole('link', { name: NAME }).waitFor();

  await owner.page.goto('/requests/review');
  await owner.page.getByRole('checkbox', { name: `Choose ${NAME} for Lucia Romano` }).click();
  await owner.page.getByRole('button', { name: 'Keep', exact: true }).click();
  await owner.page.getByText('Kept', { exact: true }).first().waitFor();
  await owner.page.getByRole('button', { name: `Take ${NAME} back from Lucia Romano` }).click();
  await owner.page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await owner.page.getByRole('row').filter({ hasText: NAME }).waitFor({ state: 'detached' });
  await colleague.page.goto('/requests');
  await cardOf(colleague)
    .getByRole('button', { name: `Ask for access to ${NAME}` })
    .waitFor();
  for (const { complaints, strangers } of [colleague, owner]) expect([complaints, strangers]).toEqual([[], []]);
});
