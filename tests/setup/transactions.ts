import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { PrismaClient } from '../../prisma/generated/client.ts';

/**
 * Fails whatever takes another connection to a database while its own transaction there is open: the embedded one has a
 * single session, so it would wait for itself until the gate ends it, and a pool elsewhere can run dry the same way.
 * Importing it is enough.
 */
const transaction = new AsyncLocalStorage<{ on: unknown; open: boolean }>();

/** What of `on` may not be taken a second time: the pool, and on the embedded database every pool. */
const placeOf = ({ options }: pg.Pool): unknown => (options.host?.startsWith('/') ? options.host : options);
const places = new WeakMap<object, unknown>();
const watched = new WeakSet<pg.Pool>();
const ANYWHERE = Symbol('anywhere');

type Method = (this: never, ...given: unknown[]) => unknown;

function replace(prototype: object, name: string, by: (original: Method) => Method): void {
  const methods = prototype as Record<string, Method>;
  methods[name] = by(methods[name]!);
}

replace(
  pg.Client.prototype,
  'query',
  (original) =>
    function (this: object, ...given) {
      const [first] = given;
      const text = typeof first === 'string' ? first : (first as { text?: string } | null)?.text;
      if (text === 'BEGIN') transaction.enterWith({ on: places.get(this), open: true });
      const current = transaction.getStore();
      if (current && (text === 'COMMIT' || text === 'ROLLBACK')) current.open = false;
      return original.apply(this as never, given);
    },
);

replace(
  pg.Pool.prototype,
  'connect',
  (original) =>
    function (this: pg.Pool, ...given) {
      const current = transaction.getStore();
      const here = placeOf(this);
      if (current?.open && (current.on === ANYWHERE || current.on === here))
        throw new Error('Another connection is taken inside a transaction: use that of the transaction');
      // Once a pool: many wait for a connection at the same time.
      if (!watched.has(this)) this.on('acquire', (client) => places.set(client, here));
      watched.add(this);
      return original.apply(this as never, given);
    },
);

replace(
  PrismaClient.prototype as object,
  '$transaction',
  (original) =>
    function (...given) {
      const [work, ...options] = given;
      if (typeof work !== 'function') return original.apply(this, given);
      const marked = (tx: unknown) => {
        const current = { on: ANYWHERE, open: true };
        return transaction.run(current, async () => {
          try {
            return (await work(tx)) as unknown;
          } finally {
            current.open = false;
          }
        });
      };
      return original.call(this, marked, ...options);
    },
);
