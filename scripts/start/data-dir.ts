import { access, constants } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { makeFolder } from '../../core/storage/embedded/places.ts';

/** Makes the data folder where it is missing. @throws AppError 'bad_setting' when it cannot be written. */
export async function checkDataDir(dataDir: string): Promise<void> {
  try {
    makeFolder(dataDir);
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AppError(
      'bad_setting',
      `DATA_DIR ${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code}): choose another folder, or give this user the right to write there`,
    );
  }
}
