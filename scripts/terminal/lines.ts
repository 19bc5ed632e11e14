import { asAppError } from '../../core/errors.ts';

/** Writes a line for a person. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Writes a line about what went wrong. */
export const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs a command; what goes wrong is said in one sentence, several settings in a line each, and the exit code is not 0. */
export async function command(run: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await run()) ?? 0;
  } catch (thrown) {
    const error = asAppError(thrown);
    for (const line of error.message.split('\n')) complain(error.code === 'bad_setting' ? `Setting ${line}` : line);
    if (error.code === 'internal') complain(String((thrown as Error).stack ?? thrown));
    process.exitCode = 1;
  }
}
