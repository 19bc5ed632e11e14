import { LogLevel, type Logger } from '@slack/bolt';
import type { Log } from '../../core/log.ts';

/** The SDK's lines hold messages and tokens: only that there was one, and how bad, reaches our log. */
export function boltLogger(log: Log): Logger {
  return {
    debug: () => {},
    info: () => {},
    warn: () => log.debug({ part: 'slack', reason: 'sdk_warning' }, 'slack sdk'),
    error: () => log.warn({ part: 'slack', reason: 'sdk_error' }, 'slack sdk'),
    setLevel: () => {},
    getLevel: () => LogLevel.ERROR,
    setName: () => {},
  };
}
