import { sql } from './sql.ts';
import type { Statement } from './sql.ts';

export const ping = (): Statement => sql`SELECT 1`;

export const versions = (): Statement => sql`
  SELECT split_part(current_setting('server_version'), ' ', 1) AS postgres,
         (SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector') AS pgvector`;
