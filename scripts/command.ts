import { AppError } from '../core/errors.ts';

/**
 * Runs a command of ours: what a person has to mend is said in its own lines on standard error, with exit code 1 and no stack;
 * anything else is a fault of the program and shows where it came from.
 */
export async function command(main: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'internal') throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
