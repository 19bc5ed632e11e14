import { expect } from 'vitest';
import { approveRequest } from '../../../core/access/requests/answer.ts';
import { askForAccess } from '../../../core/access/requests/ask.ts';
import type { KnowledgeBaseId } from '../../../core/ids.ts';
import { aKnowledgeBase } from '../../factories/company.ts';
import { test, type Colleague, type Company } from './company.ts';

const REASON = 'I take over the audit [of line 4](https://elsewhere.example)';
const by = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;

async function aFindable({ ctx }: Company, owner: Colleague): Promise<{ id: KnowledgeBaseId; name: string }> {
  const base = await aKnowledgeBase(ctx, { ownedBy: { ...owner, email: '', password: null } });
  await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true } });
  return base;
}
const ask = ({ ctx }: Company, who: Colleague, base: { id: KnowledgeBaseId }) =>
  askForAccess(ctx, by(who), { knowledgeBaseId: base.id, reason: REASON, level: 'use', until: null });
const told =
  ({ ctx }: Company, { id }: Colleague) =>
  async () =>
    (await ctx.db.chatNotice.count({ where: { settledAt: null, personId: id } })) === 0;
/** Whoever has written to the bot can be told something later. */
async function writes(company: Company, who: Colleague) {
  const before = company.teams.said(who.chat).length;
  await company.teams.say({ user: who.user, text: 'who am I' });
  await company.until(() => company.teams.said(who.chat).length > before);
  await company.quiet();
}
const heard = ({ teams }: Company, { chat }: Colleague) => teams.textIn(chat);

test('nobody is told who has never written to the bot, who is deactivated or who does not decide any more', async ({
  company,
}) => {
  const { ctx } = company;
  const [silent, gone, former, next, asker] = [
    await company.colleague(),
    await company.colleague(),
    await company.colleague(),
    await company.colleague(),
    await company.colleague(),
  ];
  for (const who of [gone, former]) await writes(company, who);
  const before = [gone, former].map((who) => heard(company, who));
  const bases = [await aFindable(company, silent), await aFindable(company, gone), await aFindable(company, former)];
  await company.stopBot();
  for (const base of bases) await ask(company, asker, base);
  await ctx.db.person.update({ where: { id: gone.id }, data: { status: 'deactivated' } });
  await ctx.db.knowledgeBase.update({ where: { id: bases[2]!.id }, data: { ownerId: next.id } });
  await company.restart();
  for (const who of [silent, gone, former]) await company.until(told(company, who));
  expect(heard(company, silent)).toBe('');
  expect([gone, former].map((who) => heard(company, who))).toEqual(before);
});

test('an owner is told with a link to the portal, in no marks of the asker, and the asker of the answer', async ({
  company,
}) => {
  const [owner, asker] = [await company.colleague(), await company.colleague()];
  for (const who of [owner, asker]) await writes(company, who);
  const base = await aFindable(company, owner);
  const { id } = await ask(company, asker, base);
  await company.until(() => heard(company, owner).includes('/requests/answer'));
  expect(heard(company, owner)).toContain('asks for access to');
  expect(heard(company, owner)).not.toContain('[of line 4](https://elsewhere.example)');
  expect(heard(company, asker)).not.toContain('asks for access');
  await approveRequest(company.ctx, by(owner), id, 'as_asked');
  await company.until(() => heard(company, asker).includes('You have access to'));
});
