import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { record } from '../audit/record.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { setPassword } from '../identity/identity.sql.ts';
import { firstSignInFile } from '../identity/first-sign-in-file.ts';
import { closeOnReset } from '../identity/password-reset.ts';
import { hashPassword } from '../identity/passwords.ts';
import { newId, type PersonId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import type { Queryable } from '../storage/sql.ts';
import { addLocalPerson } from '../access/people.ts';
import { localAdmins, samplePeople } from './setup.sql.ts';

type Needs = Pick<Context, 'pool' | 'db' | 'config' | 'clock'>;

export type FirstSignIn = Readonly<{ email: string; password: string; file: string }>;

/** The first administrator, where there is none; null where there is one. The sample's people get the same password. */
export async function firstAdmin(ctx: Needs): Promise<FirstSignIn | null> {
  if ((await localAdmins(ctx.pool)).some((admin) => !admin.fromSample)) return null;
  const email = ctx.config.ADMIN_EMAIL ?? 'admin@gatehouse.local';
  await ctx.db.$transaction((tx) =>
    addLocalPerson(tx, { id: newId(), name: 'Administrator', email, role: 'admin', fromSample: false }),
  );
  return newFirstPassword(ctx);
}

/**
 * A new random password for the first administrator, to be changed at the next sign-in, and for the people of the sample;
 * their sessions end and their keys are revoked. Written to a file that only the owner of the process can read.
 * @throws AppError 'not_found' when no administrator has a password here.
 */
export async function newFirstPassword(ctx: Needs): Promise<FirstSignIn> {
  const [admin] = await localAdmins(ctx.pool);
  if (!admin) throw new AppError('not_found', 'There is no administrator with a local account; run npm start first');
  const password = randomBytes(15).toString('base64url');
  const hash = await hashPassword(password);
  const file = firstSignInFile(ctx.config);
  const lines = [
    `Address:  ${ctx.config.PUBLIC_URL}`,
    `Email:    ${admin.email}`,
    `Password: ${password}`,
    'It has to be changed at the first sign-in; then this file is removed.',
  ];
  // Written before it counts: on a full or read-only disk the old password stays what it is.
  const draft = `${file}.new`;
  await mkdir(ctx.config.DATA_DIR, { recursive: true, mode: 0o700 });
  await rm(draft, { force: true });
  await writeFile(draft, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  await withTransaction(ctx.pool, async (tx) => {
    await replacePassword(tx, admin, hash, { mustChange: true, at: ctx.clock.now() });
    await record(tx, { ...COMMAND_LINE, action: 'password.reset', subjectKind: 'person', subjectId: admin.id });
  });
  if ((await setSamplePasswords(ctx, password)) > 0)
    await appendFile(
      draft,
      "The sample's people sign in with the same password; their addresses stand in prisma/sample/company.yaml.\n",
    );
  await rename(draft, file);
  return { email: admin.email, password, file };
}

/** What the file of the first sign-in says; null where there is none any more, or none that this process may read. */
export async function readFirstSignIn(config: Pick<Config, 'DATA_DIR'>): Promise<FirstSignIn | null> {
  const file = firstSignInFile(config);
  const text = await readFile(file, 'utf8').catch(() => '');
  const [email, password] = [/^Email: +(\S+)$/m, /^Password: +(\S+)$/m].map((line) => line.exec(text)?.[1]);
  return email && password ? { email, password, file } : null;
}

/** Lets the sample's people sign in with this password. Gives how many there are. */
export async function setSamplePasswords(ctx: Pick<Needs, 'pool' | 'clock'>, password: string): Promise<number> {
  const people = await samplePeople(ctx.pool);
  const hash = people.length > 0 ? await hashPassword(password) : '';
  for (const person of people)
    await withTransaction(ctx.pool, (tx) =>
      replacePassword(tx, person, hash, { mustChange: false, at: ctx.clock.now() }),
    );
  return people.length;
}

const COMMAND_LINE = { actorId: null, surface: 'command_line' } as const;

/** What was opened with the old password is closed with it. */
async function replacePassword(
  tx: Queryable,
  person: { id: PersonId; email: string },
  hash: string,
  how: { mustChange: boolean; at: Date },
): Promise<void> {
  await setPassword(tx, person.id, person.email, hash, how.mustChange);
  await closeOnReset(tx, person.id, COMMAND_LINE, how.at);
}
