import { expect } from 'vitest';
import { askForAccess, withdrawRequest } from '../../../core/access/requests/ask.ts';
import { closeDead } from '../../../core/access/requests/close-dead.ts';
import { newId } from '../../../core/ids.ts';
import { aKnowledgeBase } from '../../factories/company.ts';
import { test, type Colleague, type Company } from './company.ts';

const REASON = 'I take over the audit of line 4 <!channel> *now*';

const by = ({ id }: { id: string }) => ({ personId: id, surface: 'portal' }) as const;

/** Somebody's knowledge base that may be found, and a colleague's request for it, told to the owner. */
async function asked(
  company: Company,
  until: Date | null = null,
  before: (asker: Colleague) => Promise<unknown> = async () => {},
) {
  const { ctx, slack } = company;
  const [owner, asker] = [await company.colleague(), await company.colleague()];
  const base = await aKnowledgeBase(ctx, { ownedBy: { ...owner, email: '', password: null } });
  await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true } });
  const wanted = { knowledgeBaseId: base.id, reason: REASON, level: 'use', until } as const;
  await before(asker);
  const request = await askForAccess(ctx, by(asker), wanted);
  const message = await company.until(() =>
    slack.said(owner.direct).find(({ blocks }) => blocks.some(({ type }) => type === 'actions')),
  );
  const actions = message.blocks.find(({ type }) => type === 'actions')!.elements as {
    action_id: string;
    value: string;
  }[];
  const press = (who: { user: string }, which: 'approve' | 'decline') => {
    const { action_id, value } = actions.find(({ action_id: id }) => id === `access_request_${which}`)!;
    return slack.press({
      user: who.user,
      channel: owner.direct,
      ts: message.ts,
      action: { type: 'button', action_id, value, block_id: 'b', action_ts: '1' },
    });
  };
  /** Windows for a word that were opened over this request. */
  const windows = () => slack.views.filter(({ private_metadata }) => String(private_metadata).includes(request.id));
  const state = async () => (await ctx.db.accessRequest.findUniqueOrThrow({ where: { id: request.id } })).state;
  const given = () => ctx.db.grant.count({ where: { resourceId: base.id, toId: asker.id } });
  return { owner, asker, base, request, message, press, windows, state, given };
}

const heard = ({ slack }: Company, { direct }: Colleague) => slack.said(direct).map(slack.textOf).join('\n');
const whispered = ({ slack }: Company, channel: string, { user }: { user: string }) =>
  slack
    .whispered(channel, user)
    .map(({ text }) => text)
    .join('\n');

test('a request reaches its owner alone, in their direct chat, with nothing of it called or linked', async ({
  company,
}) => {
  const bystander = await company.colleague();
  const { owner, asker, base, message } = await asked(company);
  expect(company.slack.textOf(message)).toMatch(new RegExp(`${asker.name}.* asks for access to ${base.name}`));
  expect(company.slack.textOf(message)).toContain('‹!channel> *now*');
  expect(message.blocks.filter(({ type }) => type === 'section')).toEqual([
    expect.objectContaining({ text: expect.objectContaining({ type: 'plain_text' }) }),
    expect.objectContaining({ text: expect.objectContaining({ type: 'plain_text' }) }),
  ]);
  expect(message.text).not.toContain('<!channel>');
  await company.quiet();
  for (const who of [bystander, asker]) expect(heard(company, who)).toBe('');
  expect(heard(company, owner).split('asks for access')).toHaveLength(2);
});

test('a click of somebody else, of the asker or of a stranger decides nothing and shows nothing', async ({
  company,
}) => {
  const { owner, asker, base, press, windows, state, given, message } = await asked(company);
  const other = await company.researcher();
  const guest = company.newcomer({ is_restricted: true });
  const unlinked = company.newcomer();
  const { members } = company.slack.channels.get(owner.direct)!;
  members.push(asker.user, other.user, guest.user, unlinked.user);
  for (const who of [asker, other, guest, unlinked])
    for (const which of ['approve', 'decline'] as const) {
      await press(who, which);
      await company.until(() => whispered(company, owner.direct, who));
      expect(whispered(company, owner.direct, who)).not.toContain(base.name);
    }
  expect(windows()).toEqual([]);
  expect([await state(), await given()]).toEqual(['open', 0]);
  expect(company.slack.textOf(message)).toContain('asks for access');
});

test('a click after the right to decide is gone, and one of a deactivated owner, is refused', async ({ company }) => {
  const { ctx } = company;
  const former = await asked(company);
  await ctx.db.knowledgeBase.update({
    where: { id: former.base.id },
    data: { ownerId: (await company.colleague()).id },
  });
  await former.press(former.owner, 'approve');
  await company.until(() => whispered(company, former.owner.direct, former.owner));
  expect([await former.state(), await former.given()]).toEqual(['open', 0]);

  const gone = await asked(company);
  await ctx.db.person.update({ where: { id: gone.owner.id }, data: { status: 'deactivated' } });
  await gone.press(gone.owner, 'approve');
  await company.until(() => whispered(company, gone.owner.direct, gone.owner));
  expect([await gone.state(), await gone.given()]).toEqual(['open', 0]);
});

test('a click on what is closed already gives nothing and says what became of it', async ({ company }) => {
  const { asker, owner, request, press, state, given, message } = await asked(company);
  await withdrawRequest(company.ctx, by(asker), request.id);
  await press(owner, 'approve');
  await company.until(() => company.slack.textOf(message).includes('Withdrawn'));
  expect(message.blocks.some(({ type }) => type === 'actions')).toBe(false);
  expect([await state(), await given()]).toEqual(['withdrawn', 0]);
});

test('what cannot be given as it was asked for any more is left to the portal', async ({ company }) => {
  const { ctx } = company;
  const { owner, asker, base, press, state } = await asked(company, new Date(Date.now() + 3_600_000));
  await ctx.db.grant.create({
    data: {
      id: newId(),
      resourceKind: 'knowledge_base',
      resourceId: base.id,
      toKind: 'person',
      toId: asker.id,
      level: 'contribute',
    },
  });
  await press(owner, 'approve');
  await company.until(() => whispered(company, owner.direct, owner).includes('/requests/answer'));
  expect(await state()).toBe('open');
});

test('level and end are read first, however long the names, with the address beside a name that anybody may choose', async ({
  company,
}) => {
  const { ctx, slack } = company;
  const { message } = await asked(company, null, ({ id }) =>
    ctx.db.person.update({ where: { id }, data: { name: 'N'.repeat(200), email: `${id}@acme.example` } }),
  );
  const [first] = message.blocks;
  expect(JSON.stringify(first)).toMatch(/Request for access, to ask and read, without an end: N{59}… \(/);
  expect(slack.textOf(message)).not.toContain('N'.repeat(61));
  const approve = JSON.stringify(message.blocks.find(({ type }) => type === 'actions'));
  expect(approve).toContain('Give access to ask and read, without an end?');
  expect(slack.textOf(message)).toContain('vouches for them');
});

test('an account that somebody made is approved in the portal, not by one press', async ({ company }) => {
  const maker = await company.colleague();
  const { message } = await asked(company, null, async ({ id }) => {
    await company.ctx.db.identity.deleteMany({ where: { personId: id } });
    await company.ctx.db.person.update({ where: { id }, data: { inHandsOf: [maker.id] } });
  });
  expect(company.slack.textOf(message)).toContain(`${maker.name} made this account`);
  expect(JSON.stringify(message.blocks)).not.toContain('access_request_approve');
  expect(JSON.stringify(message.blocks)).toContain('access_request_decline');
});

test('where Slack opens no window for a word, the owner reads where to answer', async ({ company }) => {
  const { owner, press, state } = await asked(company);
  company.slack.trouble('views.open', { error: 'expired_trigger_id' });
  await press(owner, 'decline');
  await company.until(() => whispered(company, owner.direct, owner).includes('/requests/answer'));
  expect(await state()).toBe('open');
});

test('whoever asked hears that their request lapsed', async ({ company }) => {
  const { asker, request, base } = await asked(company, new Date(Date.now() + 3_600_000));
  await closeDead({ ...company.ctx, clock: { now: () => new Date(Date.now() + 7_200_000) } });
  company.ctx.live.publish('chat-notices', request.id);
  await company.until(() => heard(company, asker).includes(`Your request for ${base.name} has lapsed`));
  expect(heard(company, asker).split('has lapsed')).toHaveLength(2);
});

test('Approve gives what was asked for, once, and the asker hears of it', async ({ company }) => {
  const { owner, asker, base, press, windows, state, given, message } = await asked(company);
  await press(owner, 'approve');
  await company.until(() => company.slack.textOf(message).includes('Approved by'));
  await press(owner, 'approve');
  await press(owner, 'decline');
  await company.until(() => heard(company, asker).includes(`You have access to ${base.name}`));
  await company.quiet();
  expect([await state(), await given()]).toEqual(['approved', 1]);
  expect(windows()).toEqual([]);
  expect(heard(company, asker).split('You have access')).toHaveLength(2);
});

test('Decline asks for a word first, and whoever sends it is looked at again', async ({ company }) => {
  const { owner, asker, base, press, windows, state, given } = await asked(company);
  const { slack } = company;
  await press(owner, 'decline');
  const view = await company.until(() => windows()[0]);
  expect(await state()).toBe('open');
  const other = await company.colleague();
  slack.channels.get(owner.direct)!.members.push(other.user);
  const values = { word: { word: { type: 'plain_text_input', value: 'Ask again in May' } } };
  await slack.submit({ user: other.user, view, values });
  await company.until(() => whispered(company, owner.direct, other));
  expect(await state()).toBe('open');
  await slack.submit({ user: owner.user, view, values });
  await company.until(() => heard(company, asker).includes('Ask again in May'));
  expect(heard(company, asker)).toContain(`declined your request for ${base.name}`);
  expect([await state(), await given()]).toEqual(['declined', 0]);
});

test('what is told is what is true then: nothing of a request that was withdrawn, or is not theirs any more', async ({
  company,
}) => {
  const { ctx, slack } = company;
  await company.stopBot();
  const [owner, next, asker] = [await company.colleague(), await company.colleague(), await company.colleague()];
  const [kept, moved] = [
    await aKnowledgeBase(ctx, { ownedBy: { ...owner, email: '', password: null } }),
    await aKnowledgeBase(ctx, { ownedBy: { ...owner, email: '', password: null } }),
  ];
  const ids = { in: [kept.id, moved.id] };
  await ctx.db.knowledgeBase.updateMany({ where: { id: ids }, data: { discoverable: true } });
  const wanted = { reason: REASON, level: 'use', until: null } as const;
  const withdrawn = await askForAccess(ctx, by(asker), { knowledgeBaseId: kept.id, ...wanted });
  await withdrawRequest(ctx, by(asker), withdrawn.id);
  await askForAccess(ctx, by(asker), { knowledgeBaseId: moved.id, ...wanted });
  await ctx.db.knowledgeBase.update({ where: { id: moved.id }, data: { ownerId: next.id } });
  await company.restart();
  await company.until(
    async () => (await ctx.db.chatNotice.count({ where: { settledAt: null, personId: owner.id } })) === 0,
  );
  expect(slack.said(owner.direct)).toEqual([]);
});

test('`access` lists what can be asked for to the asker alone, and asks for it', async ({ company }) => {
  const { ctx, slack } = company;
  const [owner, asker] = [await company.colleague(), await company.colleague()];
  const base = await aKnowledgeBase(ctx, {
    name: `Line 4 ${newId().slice(-6)}`,
    ownedBy: { ...owner, email: '', password: null },
  });
  const hidden = await aKnowledgeBase(ctx, { ownedBy: { ...owner, email: '', password: null } });
  await ctx.db.knowledgeBase.update({ where: { id: base.id }, data: { discoverable: true } });
  const channel = company.room([owner, asker]);
  await slack.say({ user: asker.user, channel, text: `<@${slack.bot}> access` });
  await company.until(() => whispered(company, channel, asker).includes(base.name));
  expect(whispered(company, channel, asker)).not.toContain(hidden.name);
  expect(slack.said(channel)).toEqual([]);
  await slack.say({ user: asker.user, text: `access ${hidden.name}: because I am curious` });
  await company.until(() => heard(company, asker).includes('nothing'));
  expect(heard(company, asker)).not.toContain(hidden.name);
  await slack.say({ user: asker.user, text: `access ${base.name}: please` });
  await company.until(() => heard(company, asker).includes('in 10 to 500 characters'));
  await slack.say({ user: asker.user, text: `access ${base.name}: the audit begins on Monday` });
  await company.until(() => heard(company, asker).includes('I have asked the owner'));
  await company.until(() => heard(company, owner).includes('the audit begins on Monday'));
  expect(await ctx.db.accessRequest.findMany({ where: { personId: asker.id } })).toMatchObject([
    { knowledgeBaseId: base.id, level: 'use', until: null, surface: 'slack', reason: 'the audit begins on Monday' },
  ]);
});
