import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { readConfig } from '../../../core/config.ts';
import { createContext, type Context } from '../../../core/context.ts';
import { personOfApiKey } from '../../../core/identity/api-keys.ts';
import { silentLog } from '../../../core/log.ts';
import { openDatabase } from '../../../core/storage/database.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPassage,
  aPerson,
  toPerson,
  type TestPerson,
} from '../../factories/company.ts';
import { runScript, start, type Ended, type Running } from '../../setup/program.ts';

const QUESTION = 'How long is a cleaned tank held?';
const RULE = 'A cleaned tank is held for 48 hours.';

type House = {
  /** Runs a command on this installation. */
  run(script: 'ask.ts' | 'key.ts', ...given: string[]): Promise<Ended>;
  /** Looks at the installation from another process, as a command does. */
  look<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
  /** May read the rule; a real person, not one of the sample. */
  reader: TestPerson;
  /** May ask, and read nothing. */
  stranger: TestPerson;
  running: Running | null;
};

/** An installation on an embedded database of its own, with a start running on it or without one. */
async function aHouse(isRunning: boolean): Promise<House & { close(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-commands-'));
  const settings = { DATA_DIR: folder, SAMPLE: '0', EXTRACT_PROCESSES: '1' };
  const config = readConfig({ ...settings, OLLAMA_DISCOVERY: 'off' });
  const running = isRunning ? await start({ ...settings, PARTS: 'portal' }) : null;
  await running?.ready();
  const look: House['look'] = async (work) => {
    const database = await openDatabase(config, { log: silentLog });
    const ctx = await createContext(config, database.connection, { log: silentLog });
    try {
      return await work(ctx);
    } finally {
      await ctx.close();
      await database.close();
    }
  };
  const people = await look(async (ctx) => {
    const [reader, stranger] = [await aPerson(ctx), await aPerson(ctx)];
    await aGroup(ctx, { members: [reader, stranger], permissions: { 'chat.use': 'allow', api_keys: 'allow' } });
    const rules = await aKnowledgeBase(ctx, { name: 'Cleaning' });
    await aGrant(ctx, rules, toPerson(reader));
    await aPassage(ctx, rules, { text: RULE, documentName: 'Cleaning.md' });
    return { reader, stranger };
  });
  return {
    ...people,
    running,
    look,
    run: (script, ...given) => runScript(script, given, settings),
    async close() {
      await running?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A test with `houseOf`, which makes each of the two once. */
const test = base.extend<{ $file: { houseOf(isRunning: boolean): Promise<House> } }>({
  houseOf: [
    // oxlint-disable-next-line no-empty-pattern -- the first argument must be destructured, even where nothing is taken
    async ({}, use) => {
      const made = new Map<boolean, ReturnType<typeof aHouse>>();
      await use(async (isRunning) => {
        const house = made.get(isRunning) ?? aHouse(isRunning);
        made.set(isRunning, house);
        return house;
      });
      for (const house of made.values()) await (await house).close();
    },
    { scope: 'file' },
  ],
});

describe.each([
  ['without a start', false],
  ['beside a running start', true],
])('%s', (_, isRunning) => {
  test('nobody asks or gets a key as somebody who is not there, nor as a real person without a reason', async ({
    houseOf,
  }) => {
    const house = await houseOf(isRunning);
    for (const script of ['ask.ts', 'key.ts'] as const) {
      const question = script === 'ask.ts' ? [QUESTION] : [];
      const refused = async (email: string) => {
        const { code, out, errors } = await house.run(script, '--as', email, ...question);
        expect(out).toBe('');
        expect(code).toBe(1);
        return errors;
      };
      expect(await refused('nobody@example.com')).toBe('Nobody here has the address nobody@example.com\n');
      expect(await refused(house.reader.email)).toMatch(/^[^\n]+ is a real person: say why with --reason [^\n]+\n$/);
    }
    const keys = await house.look((ctx) => ctx.db.apiKey.count({ where: { personId: house.reader.id } }));
    expect(keys).toBe(0);
  });

  test('who may not read a document is answered nothing of it', async ({ houseOf }) => {
    const house = await houseOf(isRunning);
    const { code, out } = await house.run(
      'ask.ts',
      '--as',
      house.stranger.email,
      '--reason',
      'a test',
      '--json',
      QUESTION,
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'not_found', citations: [] });
    expect(out).not.toContain('48 hours');
  });

  test('who may is answered with the source, in words and as the API does, and sees that somebody asked in their name', async ({
    houseOf,
  }) => {
    const house = await houseOf(isRunning);
    const as = ['--as', house.reader.email, '--reason', 'Ticket 7'];
    const inWords = await house.run('ask.ts', ...as, ...QUESTION.split(' '));
    expect(inWords).toMatchObject({ code: 0, errors: '' });
    expect(inWords.out).toMatch(/48 hours[\s\S]*\[1\] Cleaning\.md, version 1\n {6}http:\/\/localhost:\d+\/passages\//);
    const asJson = await house.run('ask.ts', ...as, '--json', QUESTION);
    expect(asJson).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(asJson.out)).toMatchObject({
      outcome: 'answered',
      answer: expect.stringContaining('48 hours'),
      citations: [{ n: 1, document: { name: 'Cleaning.md', version: 1 } }],
    });
    const recorded = await house.look((ctx) =>
      ctx.db.auditEntry.findMany({ where: { subjectId: house.reader.id, action: 'person.acted_as' } }),
    );
    expect(recorded.map(({ surface, detail }) => ({ surface, detail }))).toEqual(
      [1, 2].map(() => ({ surface: 'command_line', detail: { what: 'ask', reason: 'Ticket 7' } })),
    );
  });

  test('a key stands alone on standard output, for asking and searching and a day unless said otherwise, and works', async ({
    houseOf,
  }) => {
    const house = await houseOf(isRunning);
    const { stranger, running } = house;
    const { code, out, errors } = await house.run('key.ts', '--as', stranger.email, '--reason', 'a script');
    expect(code).toBe(0);
    expect(out).toMatch(/^gh_[\w-]+\n$/);
    expect(errors).toMatch(new RegExp(`^Key for ${stranger.email}, scopes ask, search, until \\d{4}-[^\\n]+\\n$`));
    const key = out.trim();
    expect(await house.look((ctx) => personOfApiKey(ctx, key))).toMatchObject({
      person: { id: stranger.id },
      scopes: ['ask', 'search'],
    });
    const until = new Date(/until (\S+)/.exec(errors)![1]!);
    expect(Math.round((until.getTime() - Date.now()) / 3_600_000)).toBe(24);
    if (running === null) return;
    const call = (name: string, body: unknown) =>
      fetch(`${running.url}/api/v1/${name}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const found = await call('search', { query: QUESTION });
    expect([found.status, await found.json()]).toEqual([200, { passages: [] }]);
    expect((await call('people', { email: 'x@example.com', name: 'X', role: 'user' })).status).toBe(403);
  });

  test('a scope that there is not is refused with those that there are', async ({ houseOf }) => {
    const house = await houseOf(isRunning);
    const given = ['--as', house.reader.email, '--reason', 'a script', '--scopes', 'ask,everything'];
    const { code, out, errors } = await house.run('key.ts', ...given);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(errors).toBe('No such scope: everything. There are ask, search, knowledge, people, models, all\n');
  });
});
