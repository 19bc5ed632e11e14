import { describe, expect, onTestFinished } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { TENANT } from '../../fakes/teams/tenant.ts';
import { test, type Company } from './company.ts';

const ASK = 'How many days a week may employees work from home?';
const SECRET_ASK = 'What inhibits the kinase, the compound AVX-117?';

const texts = (company: Company, chat: string) =>
  company.teams.said(chat).map(({ activity }) => activity['text'] as string);
const prompts = (company: Company) =>
  company.model.requests.filter(({ path }) => path === '/api/chat').map(({ body }) => JSON.stringify(body['messages']));

describe('the notice of a knowledge base', () => {
  const NOTICE = 'See **qualified** staff,\n# and [this](https://evil.com/x) or <b>that</b>';

  test('stands under an answer that cites it, in plain text that opens nothing; elsewhere it does not', async ({
    company,
  }) => {
    const { handbook, compounds } = company.knowledge;
    await company.sql("UPDATE knowledge_base SET notice = 'Top secret' WHERE id = $1", compounds);
    await company.sql('UPDATE knowledge_base SET notice = $2 WHERE id = $1', handbook, NOTICE);
    onTestFinished(async () => void (await company.sql("UPDATE knowledge_base SET notice = ''")));
    const ben = await company.colleague();
    const chat = company.room([ben, await company.researcher()]);
    await company.teams.say({ user: ben.user, chat, text: ASK });
    await company.quiet();
    const text = texts(company, chat).at(-1);
    expect(text).toContain('\n\nNotice, Handbook: See \\*\\*qualified\\*\\* staff, \\# and ');
    expect(text).not.toMatch(/evil\.com|\]\(http|<b>|Top secret/);
  });
});

describe('in a personal chat an answer', () => {
  test('grows in one message: what is being done, then the text, and at its end the AI label, the source and the thumbs', async ({
    company,
  }) => {
    const { user, chat } = await company.colleague();
    company.useModel(true);
    company.model.become({
      pieces: ['Three ', 'days ', 'a ', 'week, ', 'says ', 'the ', 'handbook ', '[1].'],
      pieceMs: 600,
    });
    await company.teams.say({ user, text: ASK });
    await company.quiet();
    const [message, ...more] = company.teams.said(chat);
    expect(more).toEqual([]);
    const [first, ...pieces] = message!.streamed;
    expect(first).toBe('informative:Searching your documents');
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.slice(0, -1).every((piece) => piece.startsWith('streaming:Three'))).toBe(true);
    expect(pieces.at(-1)).toBe('final:Three days a week, says the handbook [1].');
    expect(message!.activity).toMatchObject({
      type: 'message',
      textFormat: 'markdown',
      channelData: { feedbackLoop: { type: 'default' } },
      entities: [
        { type: 'streaminfo', streamType: 'final', streamId: message!.id },
        {
          type: 'https://schema.org/Message',
          '@type': 'Message',
          '@context': 'https://schema.org',
          '@id': '',
          additionalType: ['AIGeneratedContent'],
          citation: [
            {
              '@type': 'Claim',
              position: 1,
              appearance: {
                '@type': 'DigitalDocument',
                name: 'Remote-Work.md · version 1',
                url: expect.stringMatching(/^http:\/\/localhost:3000\/passages\/[0-9a-f-]{36}$/),
                abstract: expect.stringContaining('three days a week'),
                keywords: ['Handbook'],
              },
            },
          ],
        },
      ],
    });
    expect(message!.activity['entities'][0]).not.toHaveProperty('streamSequence');
  });

  test('that its model forgot to number names its sources at the end, for Teams shows none otherwise', async ({
    company,
  }) => {
    const { user, chat } = await company.colleague();
    company.useModel(true);
    company.model.become({ pieces: ['Three days a week.'] });
    await company.teams.say({ user, text: ASK });
    await company.quiet();
    expect(texts(company, chat)).toEqual(['Three days a week.\n\nSources: [1]']);
  });

  test('is given once, however often and under whatever id Teams delivers the question', async ({ company }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    const activity = teams.activityOf({ user, text: ASK });
    const again = { ...activity, id: teams.newId() };
    const all = await Promise.all([activity, activity, again, activity, again].map((one) => teams.deliver(one)));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await company.quiet();
    await teams.deliver({ ...activity, id: teams.newId() });
    await teams.deliver(activity);
    await company.quiet();
    expect(texts(company, chat)).toHaveLength(1);
    await teams.say({ user, text: ASK });
    await company.quiet();
    expect(texts(company, chat)).toHaveLength(2);
  });

  test('that a process died over is given by the next one, as a whole', async ({ company }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    await company.stopBot();
    const asked = {
      chat: { kind: 'personal', serviceUrl: teams.serviceUrl, conversationId: chat, tenantId: TENANT, botId: '28:bot' },
      user: { id: user, name: 'x', objectId: teams.users.get(user)!.objectId, isBot: false },
      text: ASK,
      placeName: null,
      tenantsDisagree: false,
    };
    await company.sql(
      "INSERT INTO inbox (event_key, surface, payload, lease_until, attempts) VALUES ($1, 'teams', $2, now() - interval '1 second', 1)",
      `teams:${newId()}`,
      JSON.stringify(asked),
    );
    await company.restart();
    await company.until(() => texts(company, chat).length > 0);
    await company.quiet();
    expect(texts(company, chat)).toEqual([expect.stringContaining('three days a week')]);
    expect(teams.said(chat)[0]?.streamed).toEqual([]);
  });

  test('that its reader stops ends there, and the model is told', async ({ company }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    company.useModel(true);
    company.model.become({ pieces: Array.from({ length: 60 }, (_, i) => `word${i} `), pieceMs: 200 });
    await teams.say({ user, text: ASK });
    await company.until(() => teams.said(chat)[0]?.streamed.some((piece) => piece.startsWith('streaming:')));
    teams.stopStream(chat);
    await company.until(() => company.model.requests.at(-1)?.closedEarly);
    await company.quiet();
    expect(teams.said(chat)).toHaveLength(1);
    expect(teams.said(chat)[0]?.activity['text']).not.toContain('word59');
    const [kept] = await company.sql<{ outcome: string }>(
      `SELECT m.outcome FROM message m JOIN conversation c ON c.id = m.conversation_id
       WHERE c.thread_key = $1 AND m.role = 'assistant'`,
      `${TENANT}:${chat}`,
    );
    expect(kept?.outcome).toBe('stopped');
  });

  test('that outlives its stream goes on as a plain message, and is there as a whole', async ({ company }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    teams.streamLifeMs = 2_500;
    company.useModel(true);
    const pieces = Array.from({ length: 30 }, (_, i) => `word${i} `);
    company.model.become({ pieces: [...pieces, '[1]'], pieceMs: 200 });
    await teams.say({ user, text: ASK });
    await company.until(() => teams.said(chat)[0]?.activity['text']?.includes('word29'));
    await company.quiet();
    const [message, ...more] = teams.said(chat);
    expect(more).toEqual([]);
    expect(message!.rewritten).toBeGreaterThan(0);
    expect(message!.activity['text']).toBe(`${pieces.join('')}[1]`);
    expect(JSON.stringify(message!.activity)).toContain('AIGeneratedContent');
  });

  test.for([
    ['breaks off', 'break'],
    ['is not there', 'drop'],
    ['talks nonsense', 'rubbish'],
  ] as const)(
    'whose model %s ends with a sentence, and nothing is left growing',
    async ([, behaviour], { company }) => {
      const { teams } = company;
      const { user, chat } = await company.colleague();
      company.useModel(true);
      company.model.become({ behaviour, pieces: Array.from({ length: 20 }, (_, i) => `word${i} `), pieceMs: 200 });
      await teams.say({ user, text: ASK });
      await company.quiet();
      const [message, ...more] = teams.said(chat);
      expect(more).toEqual([]);
      expect(message!.streamed.at(-1)).toMatch(/^final:/);
      expect(message!.activity['text']).toMatch(/_[^_]+_$/);
      expect(message!.activity['channelData']?.feedbackLoop).toBeUndefined();
      company.model.become({ behaviour: 'answer', pieces: ['Three days [1].'] });
      await teams.say({ user, text: ASK });
      await company.quiet();
      expect(texts(company, chat).at(-1)).toBe('Three days [1].');
    },
  );

  test('comes as a whole where a message grows already: Teams has room for one', async ({ company }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    company.useModel(true);
    company.model.become({ pieces: Array.from({ length: 20 }, (_, i) => `word${i} `), pieceMs: 150 });
    await teams.say({ user, text: ASK });
    await company.until(() => teams.said(chat).length === 1);
    await teams.say({ user, text: ASK });
    await company.quiet();
    expect(teams.said(chat).map(({ streamed }) => streamed.length > 0)).toEqual([true, false]);
    for (const text of texts(company, chat)) expect(text).toContain('word19');
  });

  test.for([
    ['is busy', { status: 429, retryAfter: 1 }],
    ['has a bad gateway', { status: 502 }],
    ['lost its precondition', { status: 412 }],
  ])('is said after all, and once, when Teams %s', async ([, trouble], { company }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    teams.trouble({ method: /POST/, path: /activities/, ...(trouble as { status: number }) }, 2);
    await teams.say({ user, text: ASK });
    await company.quiet();
    expect(texts(company, chat)).toEqual([expect.stringContaining('three days a week')]);
  });

  test('that is long comes in several messages, nothing of it twice or lost, the thumbs under the last', async ({
    company,
  }) => {
    const { teams } = company;
    const { user, chat } = await company.colleague();
    company.useModel(true);
    const paragraphs = Array.from({ length: 90 }, (_, i) => `Paragraph ${i} ${'says something '.repeat(25)}[1].\n\n`);
    company.model.become({ pieces: paragraphs, pieceMs: 40 });
    await teams.say({ user, text: ASK });
    await company.quiet();
    const said = teams.said(chat);
    expect(said.length).toBeGreaterThan(1);
    const whole = said.map(({ activity }) => activity['text']).join('\n\n');
    for (let i = 0; i < 90; i += 1) expect(whole.split(`Paragraph ${i} says`)).toHaveLength(2);
    expect(said.map(({ activity }) => activity['channelData'] !== undefined)).toEqual([
      ...said.slice(1).map(() => false),
      true,
    ]);
    for (const { activity } of said) expect(JSON.stringify(activity)).toContain('AIGeneratedContent');
  });

  test('remembers what was said before', async ({ company }) => {
    const { teams } = company;
    const { user } = await company.colleague();
    company.useModel(true);
    await teams.say({ user, text: ASK });
    await company.quiet();
    await teams.say({ user, text: 'And in which core hours?' });
    await company.quiet();
    expect(prompts(company).at(-1)).toContain(ASK);
  });
});

describe('a thumb', () => {
  const press = (company: Company, user: string, chat: string, id: string, value: unknown) =>
    company.teams.deliver({
      ...company.teams.activityOf({ user, chat, text: '', mention: false }),
      type: 'invoke',
      name: 'message/submitAction',
      replyToId: id,
      value,
    });
  const rating = async (company: Company, person: string) =>
    (
      await company.sql<{ feedback: string | null }>(
        `SELECT m.feedback FROM message m JOIN conversation c ON c.id = m.conversation_id
         WHERE c.person_id = $1 AND m.role = 'assistant' ORDER BY m.created_at DESC`,
        person,
      )
    )[0]?.feedback;

  test('is kept with the answer of who asked, nobody else, and answered at once', async ({ company }) => {
    const { teams } = company;
    const { user, chat, id } = await company.colleague();
    await teams.say({ user, text: ASK });
    await company.quiet();
    const message = teams.said(chat)[0]!.id;
    const like = { actionName: 'feedback', actionValue: { reaction: 'like', feedback: '{"feedbackText":"fine"}' } };
    const dislike = { actionName: 'feedback', actionValue: { reaction: 'dislike', feedback: 'plain words' } };
    await press(company, (await company.colleague()).user, chat, message, dislike);
    expect(await rating(company, id)).toBeNull();
    const answered = await press(company, user, chat, message, like);
    expect([answered.status, await answered.json()]).toEqual([200, {}]);
    expect(await rating(company, id)).toBe('good');
    await press(company, user, chat, message, dislike);
    expect(await rating(company, id)).toBe('bad');
  });

  test('that names no answer, or is none, changes nothing', async ({ company }) => {
    const { teams } = company;
    const { user, chat, id } = await company.colleague();
    await teams.say({ user, text: ASK });
    await company.quiet();
    const like = { actionName: 'feedback', actionValue: { reaction: 'like' } };
    expect((await press(company, user, chat, 'nothing', like)).status).toBe(200);
    expect((await press(company, user, chat, teams.said(chat)[0]!.id, { actionName: 'other' })).status).toBe(501);
    expect(await rating(company, id)).toBeNull();
  });

  test('in a thread of a channel finds its answer too', async ({ company }) => {
    const { teams } = company;
    const anna = await company.researcher();
    const { user, id } = anna;
    const asked = await teams.say({ user, text: ASK, chat: company.room([anna], { kind: 'channel' }) });
    await company.quiet();
    const thread = asked['conversation'].id as string;
    const like = { actionName: 'feedback', actionValue: { reaction: 'like' } };
    await press(company, user, thread, teams.said(thread)[0]!.id, like);
    expect(await rating(company, id)).toBe('good');
  });
});

describe('among others', () => {
  test('an answer is one message in the thread it was asked in, with its label and sources', async ({ company }) => {
    const { teams } = company;
    const anna = await company.researcher();
    const chat = company.room([anna, await company.researcher()], { kind: 'channel' });
    const asked = await teams.say({ user: anna.user, text: SECRET_ASK, chat });
    await company.quiet();
    const said = teams.said(asked['conversation'].id);
    expect(said).toHaveLength(1);
    expect(said[0]!.streamed).toEqual([]);
    expect(JSON.stringify(said[0]!.activity)).toContain('AVX-117.md');
    expect(JSON.stringify(said[0]!.activity)).toContain('AIGeneratedContent');
  });

  test('a thread remembers what was asked in it, and nothing of another', async ({ company }) => {
    const { teams } = company;
    company.useModel(true);
    const anna = await company.colleague();
    const { user } = anna;
    const chat = company.room([anna], { kind: 'channel' });
    const first = await teams.say({ user, text: ASK, chat });
    await company.quiet();
    await teams.say({ user, text: 'And in which core hours?', chat: first['conversation'].id });
    await company.quiet();
    expect(prompts(company).at(-1)).toContain(ASK);
    await teams.say({ user, text: 'When are the core hours?', chat });
    await company.quiet();
    expect(prompts(company).at(-1)).not.toContain(ASK);
  });

  test('nothing is said when somebody comes in meanwhile who may not read it; the asker gets it alone', async ({
    company,
  }) => {
    const { teams } = company;
    const [anna, ben] = [await company.researcher(), await company.colleague()];
    const chat = company.room([anna, await company.researcher()]);
    company.useModel(true);
    company.model.become({ pieces: ['It ', 'inhibits ', 'at ', '4.2 nanomolar ', '[1].'], pieceMs: 400 });
    await teams.say({ user: anna.user, text: SECRET_ASK, chat });
    await company.until(() => prompts(company).at(-1)?.includes(SECRET_ASK));
    teams.chats.get(chat)!.members.push(ben.user);
    await teams.deliver({
      ...teams.activityOf({ user: anna.user, text: '', chat }),
      type: 'conversationUpdate',
      membersAdded: [{ id: ben.user }],
    });
    await company.quiet();
    expect(teams.textIn(chat)).not.toMatch(/nanomolar|AVX/);
    expect(texts(company, anna.chat).join('\n')).toContain('4.2 nanomolar');
  });

  test('the fuller answer says where it was asked, and can be rated', async ({ company }) => {
    const { teams } = company;
    const anna = await company.researcher();
    const chat = company.room([anna, await company.colleague()], { kind: 'channel', name: 'General' });
    await teams.say({ user: anna.user, text: SECRET_ASK, chat });
    await company.quiet();
    const [heading, answer, ...more] = teams.said(anna.chat);
    expect(more).toEqual([]);
    expect(heading?.activity['text']).toContain('About your question in General');
    expect(answer?.activity).toMatchObject({ channelData: { feedbackLoop: { type: 'default' } } });
  });

  test('help and who am I are answered to the asker alone', async ({ company }) => {
    const { teams } = company;
    const anna = await company.researcher('Anna');
    const chat = company.room([anna, await company.researcher()]);
    await teams.say({ user: anna.user, text: 'who am I', chat });
    await company.quiet();
    expect(texts(company, chat)).toEqual(['I have answered you in our direct chat.']);
    expect(texts(company, anna.chat)).toEqual([
      `You are Anna, linked to the account Anna (${anna.user}@acme.test) in Microsoft Teams.`,
    ]);
  });
});

test('who adds the bot is told what it can do; unlink ends the link and is recorded', async ({ company }) => {
  const { teams } = company;
  const { user, chat, id } = await company.colleague();
  await teams.deliver({
    ...teams.activityOf({ user, text: '' }),
    type: 'installationUpdate',
    action: 'add',
    text: undefined,
  });
  await company.quiet();
  expect(texts(company, chat)).toEqual([expect.stringContaining('I answer from the documents that you may read')]);
  await teams.say({ user, text: 'unlink' });
  // What is written in the same moment may be answered before.
  await company.quiet();
  await teams.say({ user, text: ASK });
  await company.quiet();
  expect(texts(company, chat)[1]).toContain('not linked any more');
  expect(texts(company, chat)[2]).toContain('/link/');
  expect(
    await company.sql("SELECT 1 FROM audit_entry WHERE action = 'chat_account.unlinked' AND subject_id = $1", id),
  ).toHaveLength(1);
});
