import path from 'node:path';
import { expect, test } from 'vitest';
import { introduction, type Introduced } from '../../scripts/start/introduction.ts';

const config = { PUBLIC_URL: 'http://localhost:3000', EMBEDDED: true, DATA_DIR: path.resolve('data') };
const found: Introduced = {
  versions: { postgres: '18.1', pgvector: '0.8.7' },
  models: { chat: null, problems: [] },
  signIn: { email: 'admin@gatehouse.local', password: 'the-first-one', file: path.resolve('data/first-sign-in.txt') },
  sample: [{ email: 'ruth@arvendale.test' }],
  sampleQuestion: { as: 'ruth@arvendale.test', question: 'How many days?', document: 'x' },
};

test('the first password is said to a terminal alone', () => {
  expect(introduction(config, found, false)).not.toContain('the-first-one');
  expect(introduction(config, found, true)).toContain('admin@gatehouse.local, password the-first-one');
});

test('nothing of a first password is said once its file is gone', () => {
  expect(introduction(config, { ...found, signIn: null }, true)).not.toContain('Sign in');
});

test('a question is proposed only while its asker is there, and the sample is named only then', () => {
  const said = introduction(config, { ...found, sample: [] }, false);
  expect(said).not.toMatch(/Try|sample/);
  expect(introduction(config, found, false)).toContain('npm run ask -- --as ruth@arvendale.test "How many days?"');
});

test('a path stands as it is from here, in full where it is not below', () => {
  expect(introduction(config, found, false)).toMatch(/embedded, in data \(/);
  const elsewhere = path.resolve('../elsewhere');
  const signIn = { ...found.signIn!, file: path.join(elsewhere, 'first-sign-in.txt') };
  const said = introduction({ ...config, DATA_DIR: elsewhere }, { ...found, signIn }, false);
  expect(said).toContain(`embedded, in ${elsewhere} (`);
  expect(said).toContain(`  ${elsewhere}/first-sign-in.txt holds it`);
  expect(said).not.toContain('..');
});
