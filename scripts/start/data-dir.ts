import { access, constants, mkdir } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';

/** Makes the data folder where it is missing. @throws AppError 'bad_setting' when it cannot be written. */
export async function checkDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AppError(
      'bad_setting',
      `DATA_DIR ${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code}): choose another folder, or give this user the right to write there`,
    );
  }
}
