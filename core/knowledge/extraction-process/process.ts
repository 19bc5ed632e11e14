import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../errors.ts';
import type { ChunkedPassage } from '../chunk.ts';
import { refusals } from '../extract/refusals.ts';
import type { ExtractedDocument } from '../extract/types.ts';
import { answerSchema } from './answer.ts';
import type { Answer } from './answer.ts';
import { fencedCommand } from './fence.ts';
import { frame, frameReader } from './frames.ts';
import type { FileHeader, WarmUp } from './frames.ts';
import { residentMemory } from './resident-memory.ts';

/** What comes back of a file: facts about the document, its passages, and which process (its pid) read it. */
export type Extraction = {
  document: Omit<ExtractedDocument, 'blocks'>;
  passages: ChunkedPassage[];
  processId: number;
};

/** `timeoutMs`: for one file; `memoryBytes`: resident, the process and its WebAssembly together. */
export type ExtractionLimits = { timeoutMs: number; memoryBytes: number };

export type ExtractionProcess = {
  readonly pid: number;
  /** Whose files it has seen; null as long as it has seen none. */
  knowledgeBaseId: string | null;
  filesServed: number;
  readonly isAlive: () => boolean;
  /** Loads the PDF engine ahead of the first file. */
  readonly warmUp: () => void;
  readonly extract: (name: string, bytes: Uint8Array, signal?: AbortSignal) => Promise<Extraction>;
  /** Ends it and waits until it is gone. */
  readonly end: () => Promise<void>;
};

const ENTRY = fileURLToPath(new URL('./entry.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;
/** What an operator or a closing terminal sends, and no file can cause. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);
const WATCH_EVERY_MS = process.platform === 'linux' ? 50 : 500;

/** Starts a closed process that reads files, one after the other. `program`: what it runs, the reader of files by default. */
export function startExtractionProcess(
  limits: ExtractionLimits,
  program: readonly string[] = [ENTRY],
): ExtractionProcess {
  const child = launch(program, limits);
  const gone = new Promise<void>((resolve) => {
    // A process that could not be started never closes.
    for (const event of ['error', 'close'] as const) child.once(event, () => resolve());
  });
  let receive: ((answer: Answer | null) => void) | null = null;
  let alive = true;
  const answered = (answer: Answer | null): void => {
    const waiting = receive;
    receive = null;
    waiting?.(answer);
  };
  const next = (): Promise<Answer | null> =>
    alive ? new Promise((resolve) => (receive = resolve)) : Promise.resolve(null);
  const kill = (): void => void child.kill('SIGKILL');

  child.stdout?.on(
    'data',
    frameReader((body) => {
      const answer = answerSchema.safeParse(parsed(body));
      if (!answer.success) kill();
      else answered(answer.data);
    }, kill),
  );
  child.stdin?.on('error', () => {});
  for (const event of ['error', 'close'] as const) {
    child.once(event, () => {
      alive = false;
      answered(null);
    });
  }
  const ready = started(next(), kill);

  return {
    pid: child.pid ?? 0,
    knowledgeBaseId: null,
    filesServed: 0,
    isAlive: () => alive,
    end: () => {
      kill();
      return gone;
    },
    warmUp: () => void child.stdin?.write(frame({ kind: 'warm-up' } satisfies WarmUp)),
    async extract(name, bytes, signal) {
      if (!(await ready))
        throw new AppError('internal', 'No process could be started to read the file. It is tried again later.');
      const overrun = watch(child, limits, signal);
      const answer = next();
      child.stdin?.write(frame({ kind: 'file', name, size: bytes.length } satisfies FileHeader));
      child.stdin?.write(bytes);
      const reply = await answer.finally(() => overrun.stop());
      if (reply?.kind === 'extracted')
        return { document: reply.document, passages: reply.passages, processId: child.pid ?? 0 };
      kill();
      if (reply?.kind === 'refused') throw new AppError(reply.code, reply.message);
      throw overrun.reason() ?? reasonOfEnd(child);
    },
  };
}

/** The environment stays here: it holds the database's password and the key of all secrets. */
function launch(program: readonly string[], limits: ExtractionLimits): ChildProcess {
  const { file, args, cwd } = fencedCommand(program, limits.memoryBytes);
  // In a group of its own: Ctrl-C in a terminal is for the program, which then ends its readers itself.
  return spawn(file, args, { cwd, env: {}, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
}

async function started(first: Promise<Answer | null>, kill: () => void): Promise<boolean> {
  const timer = setTimeout(kill, START_TIMEOUT_MS);
  const answer = await first;
  clearTimeout(timer);
  return answer?.kind === 'ready';
}

/** Kills the process when it overruns a limit or nobody waits for it any more, and keeps the reason. */
function watch(
  child: ChildProcess,
  limits: ExtractionLimits,
  signal: AbortSignal | undefined,
): { stop: () => void; reason: () => AppError | null } {
  let reason: AppError | null = null;
  const endWith = (error: AppError): void => {
    reason ??= error;
    child.kill('SIGKILL');
  };
  const onAbort = (): void => endWith(new AppError('stopped', 'Reading the file was stopped.'));
  const timer = setTimeout(() => endWith(refusals.timeout(limits.timeoutMs)), limits.timeoutMs);
  const watcher = setInterval(() => {
    void residentMemory(child.pid ?? 0).then((bytes) => bytes > limits.memoryBytes && endWith(refusals.memory()));
  }, WATCH_EVERY_MS);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    stop: () => {
      clearTimeout(timer);
      clearInterval(watcher);
      signal?.removeEventListener('abort', onAbort);
    },
    reason: () => reason,
  };
}

/** V8 aborts where its heap is full, the kernel kills where the machine is; everything else is the file's doing. */
function reasonOfEnd(child: ChildProcess): AppError {
  if (child.signalCode !== null && FROM_OUTSIDE.has(child.signalCode))
    return new AppError('internal', 'Reading the file was broken off from outside. It is tried again.');
  const outOfMemory = child.exitCode === 134 || child.signalCode === 'SIGABRT' || child.signalCode === 'SIGKILL';
  return outOfMemory ? refusals.memory() : refusals.corrupt();
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
