import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudAdapter, ConfigurationBotFrameworkAuthentication } from 'botbuilder';
import { afterEach, describe, expect, test } from 'vitest';
import { createTeamsApi, type Outgoing } from '../../bots/teams/api.ts';
import { createPace } from '../../bots/teams/pace.ts';
import { oneTryClient } from '../../bots/teams/wire.ts';
import { silentLog } from '../../core/log.ts';

type Seen = { method: string; path: string; body: Record<string, unknown> };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function connector(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      seen.push({
        method: request.method ?? '',
        path: request.url ?? '',
        body: JSON.parse(text || '{}') as Record<string, unknown>,
      });
      handle(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.close(), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
}

/** Through the whole SDK, as the bot sends. */
function send(serviceUrl: string, activity: Outgoing, timeoutMs = 5_000): Promise<string | null> {
  const options = { httpClient: oneTryClient(timeoutMs) };
  const authentication = new ConfigurationBotFrameworkAuthentication({}, undefined, undefined, undefined, options);
  const adapter = new CloudAdapter(authentication);
  const connection = { appId: '', adapter, authentication, issuer: '', mayWriteTo: () => true, tokens: false };
  const chat = { kind: 'personal', serviceUrl, conversationId: 'c', tenantId: 't', botId: '28:b' } as const;
  return createTeamsApi(connection, createPace(), silentLog).sendIfRoom(chat, activity);
}

describe('what goes out', () => {
  test('keeps the properties of entities that the SDK does not know', async () => {
    const { url, seen } = await connector((_, response) =>
      response.writeHead(201, { 'Content-Type': 'application/json' }).end('{"id":"7"}'),
    );
    const entities = [
      { type: 'streaminfo', streamType: 'streaming', streamSequence: 3, streamId: 'abc' },
      {
        type: 'https://schema.org/Message',
        '@type': 'Message',
        '@context': 'https://schema.org',
        '@id': '',
        additionalType: ['AIGeneratedContent'],
        citation: [
          { '@type': 'Claim', position: 1, appearance: { '@type': 'DigitalDocument', name: 'n', abstract: 'a' } },
        ],
      },
    ];
    const channelData = { feedbackLoop: { type: 'default' } };
    expect(await send(url, { type: 'message', text: 'hello', entities, channelData })).toBe('7');
    expect(seen).toHaveLength(1);
    expect(seen[0]?.path).toBe('/v3/conversations/c/activities');
    expect(seen[0]?.body['entities']).toEqual(entities);
    expect(seen[0]?.body['channelData']).toEqual(channelData);
  });

  test.for([500, 502, 503, 429, 408])('is sent once, although the SDK would repeat a %d', async (status) => {
    const { url, seen } = await connector((_, response) =>
      response.writeHead(status, { 'Retry-After': '0' }).end('{"error":{"code":"Busy","message":"later"}}'),
    );
    await expect(send(url, { type: 'message', text: 'hello' })).rejects.toMatchObject({
      name: 'TeamsCallError',
      status,
      code: 'Busy',
      reason: 'later',
      retryAfterMs: 0,
    });
    expect(seen).toHaveLength(1);
  });

  test('is sent once to a connector that breaks off or never answers, and is given up in time', async () => {
    const broken = await connector((request) => request.socket.destroy());
    await expect(send(broken.url, { type: 'message', text: 'hello' })).rejects.toMatchObject({ code: 'no_answer' });
    expect(broken.seen).toHaveLength(1);
    const silent = await connector(() => {});
    await expect(send(silent.url, { type: 'message', text: 'hello' }, 300)).rejects.toMatchObject({
      code: 'no_answer',
    });
    expect(silent.seen).toHaveLength(1);
  });

  test('that never left is told apart from what may have arrived', async () => {
    const { url } = await connector(() => {});
    for (const close of closing.splice(0)) close();
    await expect(send(url, { type: 'message', text: 'hello' })).rejects.toMatchObject({ code: 'not_sent' });
  });

  test('does not follow a redirect: the token would go along', async () => {
    const elsewhere = await connector((_, response) => response.writeHead(200).end('{}'));
    const { url } = await connector((_, response) => response.writeHead(307, { Location: elsewhere.url }).end());
    await expect(send(url, { type: 'message', text: 'hello' })).rejects.toMatchObject({ status: 307 });
    expect(elsewhere.seen).toEqual([]);
  });
});
