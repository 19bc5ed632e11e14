import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { newKeyPair } from '../../../core/identity/saml/certificate.ts';
import { NO_SLAPD, type Slapd } from '../../setup/slapd.ts';
import { aDirectory, aLog, anAccount, signIn, test } from './house.ts';

type Between = { port: number; received: () => Buffer; connections: () => number } & AsyncDisposable;

/** A machine on the way: `handle` gets every connection. */
async function between(handle: (socket: Socket) => void): Promise<Between> {
  const sockets: Socket[] = [];
  const chunks: Buffer[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => chunks.push(chunk));
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks),
    connections: () => sockets.length,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes everything on to the directory, what comes back through `changed`. */
const passingOn =
  (slapd: Slapd, changed: (chunk: Buffer, answers: number) => Buffer = (chunk) => chunk) =>
  (socket: Socket): void => {
    const there = net.connect(slapd.plainPort, '127.0.0.1');
    let answers = 0;
    there.on('error', () => socket.destroy());
    there.on('close', () => socket.destroy());
    socket.on('close', () => there.destroy());
    socket.on('data', (chunk) => there.write(chunk));
    there.on('data', (chunk) => socket.write(changed(chunk, (answers += 1))));
  };

describe.skipIf(NO_SLAPD !== null)('a password goes to no directory', () => {
  test('over a connection without encryption, unless that is a setting of its own, which is warned about', async ({
    ctx,
    slapd,
  }) => {
    await using way = await between(passingOn(slapd));
    const account = await anAccount(slapd);
    const urls = [`ldap://localhost:${way.port}`];
    const plain = { urls, startTls: false };
    expect(await signIn(ctx, await aDirectory(ctx, slapd, plain), account)).toBe('misconfigured');
    expect(way.received()).toHaveLength(0);
    const { log, lines } = aLog();
    const allowed = await aDirectory(ctx, slapd, { ...plain, allowUnencrypted: true });
    expect(await signIn({ ...ctx, log }, allowed, account)).toBe('in');
    expect(await signIn({ ...ctx, log }, allowed, account)).toBe('in');
    expect(lines.filter((line) => line.includes('unencrypted'))).toHaveLength(1);
    expect(way.received().toString()).toContain(account.password);
  });

  test('whose certificate nobody vouches for, or that is another machine’s', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    const { certificate } = await newKeyPair('localhost', new Date());
    const foreign = [
      { caCertificate: certificate },
      { caCertificate: null },
      { urls: [slapd.secureUrl.replace('localhost', '127.0.0.1')] },
      { caCertificate: certificate, urls: [slapd.url] },
      { urls: [slapd.url.replace('localhost', '127.0.0.1')] },
    ];
    for (const settings of foreign)
      expect([settings, await signIn(ctx, await aDirectory(ctx, slapd, settings), account)]).toEqual([
        settings,
        'not_trusted',
      ]);
    expect(await signIn(ctx, await aDirectory(ctx, slapd, { urls: [slapd.url] }), account)).toBe('in');
  });

  test('that will not encrypt: what is said before is the request to do so and nothing else', async ({
    ctx,
    slapd,
  }) => {
    const unavailable = Buffer.from('300c02010178070a013404000400', 'hex');
    await using way = await between((socket) => socket.on('data', () => socket.write(unavailable)));
    const account = await anAccount(slapd);
    const provider = await aDirectory(ctx, slapd, { urls: [`ldap://localhost:${way.port}`] });
    expect(await signIn(ctx, provider, account)).toBe('misconfigured');
    expect(way.received().toString('latin1')).toMatch(/^0.{8}1\.3\.6\.1\.4\.1\.1466\.20037$/s);
  });

  test('where somebody in between says one byte more before the encryption, or another answer', async ({
    ctx,
    slapd,
  }) => {
    const account = await anAccount(slapd);
    // The beginning of "this password is right": what comes encrypted afterwards would end it.
    const begun = Buffer.from('300c02010261070a010004000401', 'hex');
    const answers: ((chunk: Buffer) => Buffer)[] = [
      (chunk) => Buffer.concat([chunk, begun]),
      (chunk) => Buffer.concat([begun, chunk]),
      () => Buffer.from('300c02010161070a010004000400', 'hex'),
      () => Buffer.from('300c02010278070a010004000400', 'hex'),
      () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ];
    for (const answer of answers) {
      await using way = await between(passingOn(slapd, (chunk, count) => (count === 1 ? answer(chunk) : chunk)));
      const provider = await aDirectory(ctx, slapd, { urls: [`ldap://localhost:${way.port}`] });
      expect(await signIn(ctx, provider, account)).toBe('not_trusted');
      expect(way.received().toString('latin1')).not.toContain(account.login);
    }
    // What comes later than the answer is in the way of the encryption itself.
    await using late = await between(
      passingOn(slapd, (chunk, count) => (count === 2 ? Buffer.concat([begun, chunk]) : chunk)),
    );
    const provider = await aDirectory(ctx, slapd, { urls: [`ldap://localhost:${late.port}`] });
    expect(['not_trusted', 'unreachable']).toContain(await signIn(ctx, provider, account));
  });

  test('a second time, without encryption, when the connection is lost', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    let outcome = '';
    // Closed after ever more of what it says, right behind an answer: in the handshake, before the password, after it.
    for (let answers = 1; outcome !== 'in'; answers += 1) {
      await using way = await between((socket) => {
        const there = net.connect(slapd.plainPort, '127.0.0.1');
        let count = 0;
        there.on('error', () => socket.destroy());
        socket.on('close', () => there.destroy());
        socket.on('data', (chunk) => there.write(chunk));
        there.on('data', (chunk) => ((count += 1) === answers ? socket.end(chunk) : socket.write(chunk)));
      });
      const provider = await aDirectory(ctx, slapd, { urls: [`ldap://localhost:${way.port}`] });
      outcome = await signIn(ctx, provider, account);
      expect(outcome).toBe(outcome === 'in' && answers > 4 ? 'in' : 'unreachable');
      expect(way.connections()).toBe(1);
      expect(way.received().toString('latin1')).not.toContain(account.login);
    }
  });

  test('at an address that no directory has', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    for (const urls of [['ldaps://169.254.169.254'], ['ldap://[fe80::1]']])
      expect(await signIn(ctx, await aDirectory(ctx, slapd, { urls }), account)).toBe('misconfigured');
  });

  test('for an account that looks people up whose own password is wrong or missing', async ({ ctx, slapd }) => {
    const account = await anAccount(slapd);
    expect(await signIn(ctx, await aDirectory(ctx, slapd, {}, { bindPassword: 'wrong' }), account)).toBe(
      'misconfigured',
    );
    expect(await signIn(ctx, await aDirectory(ctx, slapd, {}, {}), account)).toBe('misconfigured');
    // To nobody in particular this directory shows not even that there is something.
    expect(await signIn(ctx, await aDirectory(ctx, slapd, { bindDn: null }), account)).toBe('misconfigured');
  });
});

describe.skipIf(NO_SLAPD !== null)('a directory of several servers', () => {
  test('is asked at the first that answers, and one that is silent holds nobody up for long', async ({
    ctx,
    slapd,
  }) => {
    await using silent = await between(() => {});
    await using closed = await between((socket) => socket.destroy());
    const account = await anAccount(slapd);
    const dead = `ldaps://localhost:1`;
    const provider = await aDirectory(ctx, slapd, {
      urls: [dead, `ldaps://localhost:${silent.port}`, `ldaps://localhost:${closed.port}`, slapd.secureUrl],
    });
    const { log, lines } = aLog();
    expect(await signIn({ ...ctx, log }, provider, account)).toBe('in');
    expect(lines.filter((line) => line.includes('directory_server_failed'))).toHaveLength(3);
    expect(await signIn({ ...ctx, log }, provider, account)).toBe('in');
    expect([silent.connections(), closed.connections()]).toEqual([1, 1]);
    const alone = await aDirectory(ctx, slapd, { urls: [`ldaps://localhost:${silent.port}`] });
    expect(await signIn(ctx, alone, account)).toBe('slow');
    expect(await signIn(ctx, await aDirectory(ctx, slapd, { urls: [dead] }), account)).toBe('unreachable');
  });

  test('tries a wrong password at one of them only', async ({ ctx, slapd }) => {
    await using second = await between(passingOn(slapd));
    const account = await anAccount(slapd);
    const provider = await aDirectory(ctx, slapd, { urls: [slapd.secureUrl, `ldap://localhost:${second.port}`] });
    expect(await signIn(ctx, provider, { ...account, password: 'wrong' })).toBe('sign_in_failed');
    expect(second.connections()).toBe(0);
  });
});
