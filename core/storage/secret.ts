import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';

/** Seals and opens what must be stored but not read in a dump: tokens and keys of other servers. */
export type Secrets = Readonly<{
  /** AES-256-GCM: key id (4), nonce (12), tag (16), text. `row` is bound in: a sealed value moved to another row does not open. */
  seal(text: string, row: string): Buffer;
  /** @throws AppError 'bad_setting' when SECRET_KEY is not the one it was sealed with. */
  open(sealed: Uint8Array, row: string): string;
}>;

/** With SECRET_KEY, else with a key made once in DATA_DIR/secret, readable by its owner alone. */
export async function openSecrets(config: Pick<Config, 'SECRET_KEY' | 'DATA_DIR'>): Promise<Secrets> {
  return secretsWith(Buffer.from(config.SECRET_KEY ?? (await ownKey(config.DATA_DIR)), 'base64'));
}

/** With these 32 bytes. */
export function secretsWith(key: Buffer): Secrets {
  const keyId = createHash('sha256').update(key).digest().subarray(0, 4);
  return {
    seal(text, row) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(row));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([keyId, nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, row) {
      const bytes = Buffer.from(sealed);
      const wrong = () =>
        new AppError(
          'bad_setting',
          'A stored key was sealed with another SECRET_KEY: set that one, or enter the key again',
        );
      if (bytes.length < 32 || !bytes.subarray(0, 4).equals(keyId)) throw wrong();
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(4, 16)).setAAD(Buffer.from(row));
        decipher.setAuthTag(bytes.subarray(16, 32));
        return Buffer.concat([decipher.update(bytes.subarray(32)), decipher.final()]).toString('utf8');
      } catch {
        throw wrong();
      }
    },
  };
}

async function ownKey(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'secret');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
