import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect } from 'vitest';
import { startTeams } from '../../../bots/teams/main.ts';
import { startPlayground } from '../../../scripts/demo/playground.ts';
import { freePort } from '../../../scripts/services/process.ts';
import { TENANT } from '../../fakes/teams/tenant.ts';
import { test, type Company, type Newcomer } from './company.ts';

type Json = Record<string, any>;

const PERSONAL = 'a:personal-chat';
const GROUP = '19:group-chat@thread.v2';
const BOT = '28:gatehouse-demo';
const ASK = 'How many days may employees work from home?';
const SECRET_ASK = 'What inhibits the kinase, the compound AVX-117?';

/** The bot in emulator mode, and the playground on it, in which Anna writes and five others read along. */
async function aPlayground({ ctx, teams }: Company, anna: Newcomer, others: readonly Newcomer[]) {
  const app = express();
  const bot = await startTeams({ ...ctx, config: { ...ctx.config, TEAMS_MODE: 'emulator' } }, app);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const botUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`;
  const userOf = ({ user, name }: Newcomer) => {
    const { objectId = '', signInName = '' } = teams.users.get(user)!;
    return { id: user, name, email: signInName, objectId };
  };
  const playground = await startPlayground({
    botUrl,
    port: await freePort(),
    tenantId: TENANT,
    current: userOf(anna),
    others: others.map(userOf),
  });
  /** What the page is told to show. */
  const shown: { place: string; message: Json }[] = [];
  const socket = new WebSocket(`${playground.url.replace('http', 'ws')}/_ws_conversation/v1/conversations/stream`);
  socket.addEventListener('message', ({ data }) => {
    const { actionConversationId: place, message } = JSON.parse(String(data)) as Json;
    if (message) shown.push({ place, message });
  });
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const post = async (path: string, body: Json): Promise<number> => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${playground.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.status;
  };
  return {
    botUrl,
    in: (place: string) => shown.filter((one) => one.place === place).map(({ message }) => message),
    async say(place: string, text: string) {
      const mention = place === PERSONAL ? '' : '<at>Gatehouse</at> ';
      const status = await post(`/_conversation/v1/conversations/${encodeURIComponent(place)}/messages`, {
        from: { id: anna.user },
        text: mention + text,
        textFormat: 'plain',
        mentions: mention === '' ? [] : [{ mentioned: { id: BOT }, text: mention.trim() }],
      });
      expect(status).toBe(200);
      await bot.idle();
    },
    press: (value: Json) =>
      post('/_conversation/v1/invoke', {
        conversation: { id: PERSONAL },
        from: { id: anna.user },
        name: 'message/submitAction',
        value,
      }),
    async close() {
      socket.close();
      await playground.stop();
      await bot.stop();
      await new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections()));
    },
  };
}

test('in the agents playground an answer grows, carries label and sources, can be rated, and a shared place hears only what all may read', async ({
  company,
}) => {
  const anna = await company.researcher('Anna');
  const strangers = ['Cleo', 'Dora', 'Emil'].map((name) => company.newcomer({ name }));
  const others = [await company.researcher('Arne'), await company.colleague('Ben'), ...strangers];
  const place = await aPlayground(company, anna, others);
  try {
    await place.say(PERSONAL, ASK);
    await company.until(() => place.in(PERSONAL).some(({ aiEntity }) => aiEntity));
    const [first, last] = [place.in(PERSONAL)[0]!, place.in(PERSONAL).at(-1)!];
    expect(first['streamEntity']).toMatchObject({ streamType: 'informative' });
    expect(last['messageId']).toBe(first['messageId']);
    expect(last).toMatchObject({ feedbackLoopEnabled: true, streamEntity: { streamType: 'final' } });
    expect(last['text']).toContain('three days a week');
    expect(last['aiEntity'].citation[0].appearance.name).toBe('Remote-Work.md · version 1');

    expect(await place.press({ actionName: 'feedback', actionValue: { reaction: 'like', feedback: '{}' } })).toBe(200);
    const ratings = async () => {
      const answers = await company.sql<{ feedback: string }>(
        `SELECT m.feedback FROM message m JOIN conversation c ON c.id = m.conversation_id
         WHERE c.person_id = $1 AND m.role = 'assistant'`,
        anna.id,
      );
      return answers.map(({ feedback }) => feedback);
    };
    await expect.poll(ratings, { timeout: 30_000 }).toEqual(['good']);

    await place.say(GROUP, ASK);
    await company.until(() => place.in(GROUP).length === 1);
    expect(place.in(GROUP)[0]?.['text']).toContain('three days a week');
    const before = place.in(PERSONAL).length;
    await place.say(GROUP, SECRET_ASK);
    await company.until(() =>
      place
        .in(PERSONAL)
        .slice(before)
        .some(({ text }) => text.includes('4.2 nanomolar')),
    );
    expect(JSON.stringify(place.in(GROUP))).not.toMatch(/nanomolar|AVX-117\.md/);
  } finally {
    await place.close();
  }
});

test('without tokens the bot takes nothing from a web page, nor from a name that is not this machine', async ({
  company,
}) => {
  const { ctx, teams } = company;
  const app = express();
  const bot = await startTeams({ ...ctx, config: { ...ctx.config, TEAMS_MODE: 'emulator' } }, app);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const kept = (await company.sql('SELECT 1 FROM inbox')).length;
  const body = JSON.stringify(teams.activityOf({ user: (await company.researcher()).user, text: ASK }));
  const send = (headers: Record<string, string>, sent = body) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/api/messages', method: 'POST' };
      const sending = request(
        { ...options, headers: { 'Content-Type': 'application/json', ...headers } },
        ({ statusCode }) => resolve(statusCode),
      );
      sending.on('error', reject);
      sending.end(sent);
    });
  expect(await send({ Origin: 'https://evil.example' })).toBe(403);
  expect(await send({ Host: 'evil.example' })).toBe(403);
  expect(await send({ 'Content-Type': 'text/plain' })).toBe(415);
  const elsewhere = { ...JSON.parse(body), serviceUrl: 'https://smba.trafficmanager.net/emea/' };
  expect(await send({}, JSON.stringify(elsewhere))).toBe(403);
  expect(await company.sql('SELECT 1 FROM inbox')).toHaveLength(kept);
  await bot.stop();
  server.close();
});
