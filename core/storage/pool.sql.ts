import { sql } from './sql.ts';
import type { Statement } from './sql.ts';

export const versions = (): Statement => sql`
  SELECT current_setting('server_version') AS postgres,
         (SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector') AS pgvector`;
