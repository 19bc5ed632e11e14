import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';

/** Where the first password stands until the administrator has signed in and changed it. */
export const firstSignInFile = (config: Pick<Config, 'DATA_DIR'>): string =>
  path.join(config.DATA_DIR, 'first-sign-in.txt');

/** Removes the file with the first password, once it opens nothing any more. */
export const forgetFirstSignIn = (config: Pick<Config, 'DATA_DIR'>): Promise<void> =>
  rm(firstSignInFile(config), { force: true });
