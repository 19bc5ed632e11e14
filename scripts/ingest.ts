import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig, type Config } from '../core/config.ts';
import { createContext, type Context } from '../core/context.ts';
import { AppError, asAppError } from '../core/errors.ts';
import { knowledgeBaseNamed } from '../core/knowledge/knowledge-bases.sql.ts';
import { acceptUpload } from '../core/knowledge/uploads.ts';
import { versionsById, type VersionState } from '../core/knowledge/documents.sql.ts';
import { silentLog } from '../core/log.ts';
import { openDatabase } from '../core/storage/database.ts';
import { startWorkers } from '../workers/main.ts';
import { command } from './command.ts';
import { complain, say } from './terminal/lines.ts';

const USAGE = 'npm run ingest -- --knowledge-base NAME FILES…';
const LOOK_EVERY_MS = 250;

/**
 * Brings files, and the files of folders, into a knowledge base and waits until they are searchable. The operator does it: no
 * person is asked for, the record says `command_line`. A line a file; exit code 1 when any was refused or failed.
 */
await command(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'knowledge-base': { type: 'string' } },
  });
  const name = values['knowledge-base'];
  if (name === undefined || positionals.length === 0) throw new AppError('bad_input', `Usage: ${USAGE}`);
  const files = (await Promise.all(positionals.map(filesOf))).flat();
  const config = readConfig();
  const { connection, works, close } = await open(config);
  try {
    const ctx = await createContext(config, connection, { log: silentLog });
    const workers = works ? await startWorkers(ctx) : null;
    try {
      return await ingestAll(ctx, name, files);
    } finally {
      workers?.stop();
      await ctx.close();
    }
  } finally {
    await close();
  }
});

/** Beside a running start on the embedded database its workers do the work; else this process does, alone or with others. */
async function open(config: Config) {
  const options = { log: silentLog };
  if (!config.EMBEDDED) return { ...(await openDatabase(config, options)), works: true };
  try {
    return { ...(await openDatabase(config, { ...options, startOnly: true })), works: true };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'data_in_use') throw error;
    return { ...(await openDatabase(config, options)), works: false };
  }
}

/** In the order of their names, numbers by their value, so that Rev2 comes before Rev10. */
async function filesOf(given: string): Promise<string[]> {
  const found = await stat(given).catch(() => null);
  if (!found) throw new AppError('bad_input', `There is no file ${given}`);
  if (!found.isDirectory()) return [given];
  const entries = await readdir(given, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted(new Intl.Collator('en', { numeric: true }).compare);
}

async function ingestAll(ctx: Context, name: string, files: readonly string[]): Promise<number> {
  const knowledgeBase = await knowledgeBaseNamed(ctx.pool, name);
  if (!knowledgeBase) throw new AppError('not_found', `There is no knowledge base named ${name}`);
  const fileOf = new Map<string, string>();
  let refused = 0;
  for (const file of files)
    try {
      const accepted = await acceptUpload(ctx, {
        knowledgeBaseId: knowledgeBase.id,
        personId: null,
        surface: 'command_line',
        name: path.basename(file),
        content: createReadStream(file),
      });
      if (accepted.known)
        say(`known     ${file}: the same content is there as ${accepted.name}, version ${accepted.version}`);
      else fileOf.set(accepted.versionId, file);
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code === 'internal') throw error;
      refused += 1;
      complain(`refused   ${file}: ${failure.message}`);
    }
  return refused + (await watch(ctx, fileOf)) > 0 ? 1 : 0;
}

/** Says of each version how it went, until all have gone one way or the other. Gives how many failed. */
async function watch(ctx: Context, fileOf: Map<string, string>): Promise<number> {
  const total = fileOf.size;
  const toldWaiting = new Set<string>();
  let failed = 0;
  while (fileOf.size > 0) {
    const states = await versionsById(ctx.pool, [...fileOf.keys()]);
    const known = new Map(states.map((state) => [state.id, state]));
    for (const [id, file] of fileOf) {
      const line = lineOf(known.get(id), file, toldWaiting);
      if (line?.ends) fileOf.delete(id);
      if (line?.bad) failed += 1;
      if (line) (line.bad ? complain : say)(`${line.text}${line.ends ? ` (${total - fileOf.size} of ${total})` : ''}`);
    }
    if (fileOf.size > 0) await sleep(LOOK_EVERY_MS);
  }
  return failed;
}

function lineOf(state: VersionState | undefined, file: string, toldWaiting: Set<string>) {
  if (!state) return { text: `deleted   ${file}`, ends: true, bad: true };
  if (state.stage === 'ready')
    return { text: `ready     ${file}: ${state.passages ?? 0} passages`, ends: true, bad: false };
  if (state.stage === 'superseded')
    return { text: `overtaken ${file}: a later version is there`, ends: true, bad: false };
  if (state.stage === 'failed') return { text: `failed    ${file}: ${state.error ?? ''}`, ends: true, bad: true };
  if (state.error === null || toldWaiting.has(state.id)) return null;
  toldWaiting.add(state.id);
  return { text: `waiting   ${file}: ${state.error}. It is tried again`, ends: false, bad: false };
}
