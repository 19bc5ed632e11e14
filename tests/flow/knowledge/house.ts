import { test as onDatabase } from '../../setup/database.ts';
import { anInstallation, type Installation } from './installation.ts';

/** A test with `house`, an installation whose workers run: one for all tests of a file. */
export const test = onDatabase.extend<{ $file: { house: Installation } }>({
  house: [
    async ({ database }, use) => {
      const house = await anInstallation(database);
      await house.work();
      await use(house);
      await house.close();
    },
    { scope: 'file' },
  ],
});
