import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { createApiKey } from '../../../core/identity/api-keys.ts';
import type { Log, LogFields } from '../../../core/log.ts';
import { aGrant, aKnowledgeBase, aPassage, aPerson, toPerson } from '../../factories/company.ts';
import { aContext, type TestContext } from '../../factories/context.ts';
import { test as withApi } from './api.ts';

type Line = LogFields & { level: keyof Log; event: string };

/** What was logged since it was last emptied. */
const lines: Line[] = [];

const test = withApi.extend<{ $file: { ctx: TestContext } }>({
  ctx: [
    async ({ database }, use) => {
      const write = (level: keyof Log) => (fields: LogFields, event: string) =>
        void lines.push({ ...fields, level, event });
      const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
      const ctx = await aContext(database, { log });
      await use(ctx);
      await ctx.close();
    },
    { scope: 'file' },
  ],
});

const PART = '--cut\r\nContent-Disposition: form-data; name="file"; filename="Half.md"\r\n\r\n';
const MULTIPART = 'Content-Type: multipart/form-data; boundary=cut\r\n';

async function aKey(ctx: TestContext, personId: string): Promise<string> {
  const { key } = await createApiKey(ctx, { personId, name: 'x', scopes: ['all'], days: 1, madeBy: 'command_line' });
  return `Authorization: Bearer ${key}\r\n`;
}

/** What a client writes and reads by itself, byte by byte. */
async function aSocket(url: string): Promise<{ socket: Socket; read: () => string; broken: () => unknown }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let [text, broken]: [string, unknown] = ['', null];
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', (error) => (broken = error));
  await once(socket, 'connect');
  return { socket, read: () => text, broken: () => broken };
}

/** Sends as fast as it is taken, until all is sent or the other side has closed. Gives how much went out. */
async function send(socket: Socket, chunk: Buffer, times: number, pauseMs = 0): Promise<number> {
  let sent = 0;
  const closed = once(socket, 'close').catch(() => {});
  for (; sent < times && socket.writable; sent += 1) {
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    if (pauseMs > 0) await pause(pauseMs);
  }
  return sent * chunk.length;
}

describe('who goes away in the middle', () => {
  test('of an upload is no error of ours, and neither is a body that ends too early', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const start = `POST /api/v1/knowledge-bases/${base.id}/documents HTTP/1.1\r\nHost: x\r\n${await aKey(ctx, owner.id)}${MULTIPART}`;
    lines.length = 0;

    const gone = await aSocket(api.url);
    gone.socket.write(`${start}Content-Length: 1000000\r\n\r\n${PART}${'half '.repeat(50_000)}`);
    await pause(100);
    gone.socket.destroy();
    await expect.poll(() => lines.map(({ code }) => code), { timeout: 5_000 }).toContain('stopped');

    const short = await aSocket(api.url);
    const body = `${PART}The form ends before its last boundary`;
    short.socket.write(`${start}Content-Length: ${body.length}\r\n\r\n${body}`);
    await expect.poll(() => short.read(), { timeout: 5_000 }).toMatch(/^HTTP\/1\.1 400 [^]*"bad_input"/);
    short.socket.destroy();

    expect(lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
    expect(await ctx.db.document.count({ where: { knowledgeBaseId: base.id } })).toBe(0);
  });

  test('of a download is no error of ours', async ({ api, ctx }) => {
    const owner = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx, { ownedBy: owner });
    const { documentId } = await aPassage(ctx, base, { text: 'A text.' });
    const [bytes, version] = [50_000_000, { documentId }];
    const { fileKey } = await ctx.db.documentVersion.findFirstOrThrow({ where: version });
    await ctx.files.put(fileKey, Buffer.alloc(bytes), bytes);
    await ctx.db.documentVersion.updateMany({ where: version, data: { bytes } });
    lines.length = 0;
    const client = await aSocket(api.url);
    client.socket.once('data', () => client.socket.destroy());
    client.socket.write(
      `GET /api/v1/documents/${documentId}/file HTTP/1.1\r\nHost: x\r\n${await aKey(ctx, owner.id)}\r\n`,
    );
    await expect.poll(() => lines.map(({ event }) => event), { timeout: 5_000 }).toContain('request');
    await pause(100);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('an upload that is refused before it is read', () => {
  const CHUNK = Buffer.alloc(250_000, 'x');

  test('is waited for with fifty others at most: who comes then is answered and closed, and who comes later is read on again', async ({
    api,
  }) => {
    const head = `POST /api/v1/knowledge-bases/x/documents HTTP/1.1\r\nHost: x\r\n${MULTIPART}Content-Length: 20000000\r\n\r\n`;
    const started = await Promise.all(Array.from({ length: 50 }, () => aSocket(api.url)));
    for (const { socket } of started) socket.write(head);
    for (const { read } of started) await expect.poll(read, { timeout: 20_000 }).toContain('HTTP/1.1 401');
    const oneMore = await aSocket(api.url);
    oneMore.socket.write(head);
    await expect.poll(() => oneMore.socket.destroyed, { timeout: 20_000 }).toBe(true);
    expect(oneMore.read()).toContain('HTTP/1.1 401');
    expect(started.filter(({ socket }) => socket.destroyed)).toEqual([]);

    for (const { socket } of started) socket.destroy();
    const comesLater = async () => {
      const { socket, read } = await aSocket(api.url);
      socket.write(head);
      await expect.poll(read, { timeout: 20_000 }).toContain('HTTP/1.1 401');
      await send(socket, CHUNK, 4, 5);
      socket.destroy();
      return read();
    };
    expect(await comesLater()).toContain('not_signed_in');
  });

  test.for(['keep-alive', 'close'])(
    'is read on until its sender has heard why (%s)',
    async (connection, { api, ctx }) => {
      const reader = await aPerson(ctx);
      const base = await aKnowledgeBase(ctx);
      await aGrant(ctx, base, toPerson(reader));
      const { socket, read, broken } = await aSocket(api.url);
      socket.write(
        `POST /api/v1/knowledge-bases/${base.id}/documents HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n${await aKey(ctx, reader.id)}${MULTIPART}Content-Length: 20000000\r\n\r\n`,
      );
      expect(await send(socket, CHUNK, 80, 5)).toBe(20_000_000);
      await expect.poll(() => read(), { timeout: 5_000 }).toMatch(/^HTTP\/1\.1 403 [^]*"code":"forbidden"[^]*\}$/);
      await expect.poll(() => socket.destroyed, { timeout: 5_000 }).toBe(true);
      expect(broken()).toBeNull();
    },
  );

  test('is not read for ever: who goes on sending is cut off', async ({ api, ctx }) => {
    const reader = await aPerson(ctx);
    const base = await aKnowledgeBase(ctx);
    await aGrant(ctx, base, toPerson(reader));
    const { socket, read } = await aSocket(api.url);
    socket.write(
      `POST /api/v1/knowledge-bases/${base.id}/documents HTTP/1.1\r\nHost: x\r\n${await aKey(ctx, reader.id)}${MULTIPART}Content-Length: 2000000000\r\n\r\n`,
    );
    expect(await send(socket, CHUNK, 8_000)).toBeLessThan(300_000_000);
    expect(read()).toMatch(/^HTTP\/1\.1 403 /);
  }, 20_000);
});
