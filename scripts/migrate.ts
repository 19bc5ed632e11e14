import { readConfig } from '../core/config.ts';
import { silentLog } from '../core/log.ts';
import { openDatabase } from '../core/storage/database.ts';
import { command } from './command.ts';

/** `npm run migrate`: brings the database of the settings to the newest migration, and says what it did. */
await command(async () => {
  const database = await openDatabase(readConfig(), { log: silentLog });
  await database.close();
  const { postgres, pgvector } = database.versions;
  process.stdout.write(`PostgreSQL ${postgres}, pgvector ${pgvector}\n`);
  process.stdout.write(database.migrated.map((name) => `applied ${name}\n`).join('') || 'nothing to apply\n');
});
