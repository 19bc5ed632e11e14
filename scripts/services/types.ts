/** A PostgreSQL with pgvector and a Redis that run, and what is needed to end them later, from another process too. */
export type Services = Readonly<{
  databaseUrl: string;
  redisUrl: string;
  /** Who runs them: nobody of ours, Debian's programs in a folder, or Docker Compose. */
  by: 'given' | 'debian' | 'compose';
  /** The folder of Debian's programs' data. */
  folder?: string;
  postgresBin?: string;
  redisPid?: number;
}>;

/** Whether data survive a loss of power. Tests do without, since a commit then costs no write to the disk. */
export type ServiceOptions = Readonly<{ durable?: boolean }>;
