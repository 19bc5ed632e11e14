import { pino } from 'pino';

export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (fields: LogFields, event: string) => void>>;

/**
 * What a log line may hold: ids, counts, codes and durations. Questions, answers, document text, names of documents,
 * tokens and addresses of people have no field here on purpose.
 */
export type LogFields = Readonly<{
  error?: unknown;
  code?: string;
  correlationId?: string;
  personId?: string;
  conversationId?: string;
  documentId?: string;
  versionId?: string;
  knowledgeBaseId?: string;
  serverId?: string;
  providerId?: string;
  model?: string;
  surface?: string;
  method?: string;
  route?: string;
  status?: number;
  job?: string;
  part?: string;
  count?: number;
  bytes?: number;
  durationMs?: number;
  reason?: string;
  version?: string;
  port?: number;
}>;

/** JSON lines on standard error. An error is written by class, code and stack frames; its message may quote content. */
export function createLog(level: string): Log {
  const logger = pino(
    {
      level,
      base: null,
      serializers: {
        error: (error: unknown) =>
          error instanceof Error
            ? {
                name: error.name,
                code: (error as { code?: unknown }).code,
                frames: error.stack
                  ?.split('\n')
                  .filter((line) => line.startsWith('    at '))
                  .slice(0, 8),
                cause:
                  error.cause instanceof Error
                    ? {
                        name: error.cause.name,
                        code: (error.cause as { code?: unknown }).code,
                        frames: error.cause.stack
                          ?.split('\n')
                          .filter((line) => line.startsWith('    at '))
                          .slice(0, 4),
                      }
                    : undefined,
              }
            : { name: typeof error },
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
  const write = (name: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, event: string) =>
    logger[name](fields, event);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Says nothing: for tests and for commands whose output is the answer. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
