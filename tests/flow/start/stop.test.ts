import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../core/config.ts';
import { createContext, type Context } from '../../../core/context.ts';
import { createApiKey } from '../../../core/identity/api-keys.ts';
import { silentLog } from '../../../core/log.ts';
import { openDatabase } from '../../../core/storage/database.ts';
import { aGrant, aKnowledgeBase, aPassage, aPerson, toPerson } from '../../factories/company.ts';
import { startModelServer } from '../../fakes/model-server.ts';
import { start } from '../../setup/program.ts';

/** Looks at an installation while no program runs on it, or beside one. */
async function look<T>(settings: Record<string, string>, work: (ctx: Context) => Promise<T>): Promise<T> {
  const config = readConfig(settings);
  const database = await openDatabase(config, { log: silentLog });
  const ctx = await createContext(config, database.connection, { log: silentLog });
  try {
    return await work(ctx);
  } finally {
    await ctx.close();
    await database.close();
  }
}

test(
  'a stop in the middle of an answer tells the asker so, lets nobody else in, and keeps what was written',
  { timeout: 240_000 },
  async () => {
    const model = await startModelServer({
      pieces: Array.from({ length: 2_000 }, (_, index) => `word${index} `),
      pieceMs: 30,
    });
    const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-stop-'));
    onTestFinished(async () => {
      await model.close();
      await rm(folder, { recursive: true, force: true });
    });
    const settings = {
      DATA_DIR: folder,
      SAMPLE: '0',
      EXTRACT_PROCESSES: '1',
      OLLAMA_BASE_URL: model.url,
      OLLAMA_CHAT_MODEL: 'stub-chat',
    };
    const running = await start({ ...settings, PARTS: 'portal' });
    onTestFinished(() => void running.child.kill('SIGKILL'));
    await running.ready();
    const key = await look(settings, async (ctx) => {
      const [reader, rules] = [await aPerson(ctx), await aKnowledgeBase(ctx)];
      await aGrant(ctx, rules, toPerson(reader));
      await aPassage(ctx, rules, { text: 'A cleaned tank is held for 48 hours.' });
      const made = {
        personId: reader.id,
        name: 'x',
        scopes: ['ask' as const],
        days: 1,
        madeBy: 'command_line' as const,
      };
      return (await createApiKey(ctx, made)).key;
    });

    const response = await fetch(`${running.url}/api/v1/ask`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ question: 'How long is a cleaned tank held?', stream: true }),
    });
    let text = '';
    const decoder = new TextDecoder();
    let ended: Promise<number | null> | null = null;
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (ended !== null || !/word5\D/.test(text)) continue;
      ended = running.stop();
      await expect
        .poll(
          () =>
            // No second question: it might be let in a moment before the stop is heard.
            fetch(`${running.url}/health`).then(
              () => 'let in',
              () => 'refused',
            ),
          { timeout: 60_000 },
        )
        .toBe('refused');
    }
    expect(text).toMatch(
      /"type":"failed","code":"stopping","message":"Gatehouse is being stopped or restarted[^"]*Ask again/,
    );
    expect(await ended).toBe(0);
    expect(running.said()).not.toMatch(/error|not_kept/i);

    const kept = await look(settings, (ctx) => ctx.db.message.findMany({ orderBy: { createdAt: 'asc' } }));
    expect(kept.map(({ role, errorCode }) => [role, errorCode])).toEqual([
      ['person', null],
      ['assistant', 'stopping'],
    ]);
    expect(kept[1]?.text).toMatch(/word5\D/);
  },
);
