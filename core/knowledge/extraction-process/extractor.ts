import { AppError } from '../../errors.ts';
import { recogniseFormat } from '../extract/recognise.ts';
import { startExtractionProcess } from './process.ts';
import type { Extraction, ExtractionLimits, ExtractionProcess } from './process.ts';

export type { Extraction } from './process.ts';

/** `processes`: how many files are read at once. `log`: gets facts about processes, never a name or a text of a document. */
export type ExtractorOptions = ExtractionLimits & {
  processes: number;
  log: { warn: (facts: Record<string, unknown>, message: string) => void };
  /** How long an idle process is kept, ms. Each holds some 60 to 150 MB. */
  idleMs?: number;
};

export type ExtractionInput = { knowledgeBaseId: string; name: string; bytes: Uint8Array; signal?: AbortSignal };

export type Extractor = {
  /** @throws AppError file_*: why its owner has to change the file; `internal`: try again later; `stopped`: by `signal` */
  extract: (input: ExtractionInput) => Promise<Extraction>;
  /** Starts processes ahead, so that the first file does not wait for one. */
  prewarm: () => void;
  close: () => Promise<void>;
};

const FILES_PER_PROCESS = 50;
const IDLE_MS = 60_000;

/**
 * Reads files in closed processes, one file at a time in each. A process serves one knowledge base, and ends after 50
 * files, after any failure, and when it has been idle for a while.
 */
export function createExtractor(options: ExtractorOptions): Extractor {
  const { processes, log, idleMs = IDLE_MS, ...limits } = options;
  const idle = new Map<ExtractionProcess, NodeJS.Timeout>();
  const busy = new Set<ExtractionProcess>();
  const waiting: { knowledgeBaseId: string; take: (process: ExtractionProcess | null) => void }[] = [];
  const ending = new Set<Promise<void>>();
  let closed = false;

  const end = (process: ExtractionProcess): void => {
    clearTimeout(idle.get(process));
    idle.delete(process);
    busy.delete(process);
    const gone = process.end().finally(() => ending.delete(gone));
    ending.add(gone);
  };
  const rest = (process: ExtractionProcess): void => {
    busy.delete(process);
    idle.set(process, setTimeout(() => end(process), idleMs).unref());
  };
  const occupy = (process: ExtractionProcess, knowledgeBaseId: string): ExtractionProcess => {
    clearTimeout(idle.get(process));
    idle.delete(process);
    process.knowledgeBaseId = knowledgeBaseId;
    busy.add(process);
    return process;
  };
  const start = (): ExtractionProcess => startExtractionProcess(limits);

  /** A free process for this knowledge base; null where all are busy. */
  const free = (knowledgeBaseId: string): ExtractionProcess | null => {
    for (const process of idle.keys()) if (!process.isAlive()) end(process);
    const rested = [...idle.keys()];
    const own =
      rested.find((process) => process.knowledgeBaseId === knowledgeBaseId) ??
      rested.find((process) => process.knowledgeBaseId === null);
    if (own) return occupy(own, knowledgeBaseId);
    const foreign = rested[0];
    if (idle.size + busy.size >= processes) {
      if (!foreign) return null;
      end(foreign);
    }
    return occupy(start(), knowledgeBaseId);
  };
  const acquire = (knowledgeBaseId: string): Promise<ExtractionProcess | null> => {
    const process = free(knowledgeBaseId);
    return process ? Promise.resolve(process) : new Promise((take) => waiting.push({ knowledgeBaseId, take }));
  };
  const release = (process: ExtractionProcess, healthy: boolean): void => {
    if (closed || !healthy || process.filesServed >= FILES_PER_PROCESS || !process.isAlive()) end(process);
    else rest(process);
    if (closed || waiting.length === 0) return;
    // Files of its own knowledge base go first; its 50 files bound how long others wait for that.
    const own = process.isAlive()
      ? waiting.findIndex((other) => other.knowledgeBaseId === process.knowledgeBaseId)
      : -1;
    const [next] = waiting.splice(Math.max(0, own), 1);
    next?.take(free(next.knowledgeBaseId));
  };

  return {
    async extract({ knowledgeBaseId, name, bytes, signal }) {
      // What its first bytes tell needs no process.
      recogniseFormat(name, bytes);
      const process = closed ? null : await acquire(knowledgeBaseId);
      if (process === null)
        throw new AppError('stopped', 'The program is stopping. The file is read after the next start.');
      if (signal?.aborted) {
        release(process, true);
        throw new AppError('stopped', 'Reading the file was stopped.');
      }
      process.filesServed += 1;
      try {
        const extraction = await process.extract(name, bytes, signal);
        release(process, true);
        return extraction;
      } catch (error) {
        if (error instanceof AppError && error.code !== 'stopped')
          log.warn({ code: error.code, pid: process.pid }, 'extraction failed');
        release(process, false);
        throw error;
      }
    },
    prewarm() {
      while (!closed && idle.size + busy.size < processes) {
        const process = start();
        process.warmUp();
        rest(process);
      }
    },
    async close() {
      closed = true;
      for (const { take } of waiting.splice(0)) take(null);
      for (const process of [...idle.keys(), ...busy]) end(process);
      await Promise.all(ending);
    },
  };
}
