import path from 'node:path';
import type { CompanyFile } from '../../core/access/company/file.ts';
import type { Config } from '../../core/config.ts';
import type { FirstSignIn } from '../../core/setup/first-sign-in.ts';

export type Introduced = Readonly<{
  versions: { postgres: string; pgvector: string };
  models: { chat: string | null; problems: readonly string[] };
  /** While the first password opens something. */
  signIn: FirstSignIn | null;
  sample: readonly { email: string }[];
  sampleQuestion: CompanyFile['sampleQuestion'];
}>;

/**
 * What a start says when it is ready: the address, the database, the models, where the first password stands, a question to
 * try. `terminal`: a person looks at it, so the password itself may be said.
 */
export function introduction(
  config: Pick<Config, 'PUBLIC_URL' | 'EMBEDDED' | 'DATA_DIR'>,
  { versions, models, signIn, sample, sampleQuestion }: Introduced,
  terminal: boolean = process.stdout.isTTY,
): string {
  const lines = [
    `\nGatehouse is at ${config.PUBLIC_URL}\n`,
    `  Database  ${config.EMBEDDED ? `embedded, in ${shown(config.DATA_DIR)}` : 'DATABASE_URL'} (PostgreSQL ${versions.postgres}, pgvector ${versions.pgvector})`,
    `  Models    ${models.chat ?? 'none connected: answers quote the documents (set OLLAMA_BASE_URL or VLLM_BASE_URL, or add a server in the portal)'}`,
    ...models.problems.map((problem) => `            ${problem}`),
  ];
  if (signIn) {
    lines.push(`  Sign in   ${signIn.email}, password ${terminal ? signIn.password : 'in the file below'}`);
    const others = sample.length > 0 ? ", and for the sample's people too," : '';
    lines.push(`            ${shown(signIn.file)} holds it${others} until it is changed`);
  }
  if (sampleQuestion && sample.some(({ email }) => email === sampleQuestion.as))
    lines.push(`  Try       npm run ask -- --as ${sampleQuestion.as} "${sampleQuestion.question}"\n`);
  return lines.join('\n');
}

/** A path as a person can use it from here: below this folder as it stands there, any other in full. */
function shown(file: string): string {
  const fromHere = path.relative('', file);
  return fromHere.startsWith('..') || path.isAbsolute(fromHere) ? file : fromHere || '.';
}
