import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';

const SECRET_KEY = Buffer.alloc(32, 7).toString('base64');

/** What is wrong with these settings, a line each; none where they are right. */
function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'bad_setting') throw error;
    return error.message.split('\n');
  }
}

describe('settings that are wrong', () => {
  test('are named all at once, each in a line, and none with its value', () => {
    const problems = problemsOf({
      PORT: 'many',
      REDIS_URL: 'my-secret-host',
      SECRET_KEY: 'my-secret',
      PARTS: 'kitchen',
    });
    expect(problems.map((line) => line.split(' ')[0] ?? '').toSorted()).toEqual([
      'PARTS',
      'PORT',
      'REDIS_URL',
      'SECRET_KEY',
    ]);
    expect(problems.join()).not.toContain('my-secret');
  });

  test('are named together with what is missing beside them', () => {
    const problems = problemsOf({
      PORT: 'many',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://db/x',
      SECRET_KEY: 'short',
    });
    expect(
      problems.map((line) => line.split(' ').slice(0, 2).join(' ')).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['PORT Invalid', 'PUBLIC_URL is', 'PUBLIC_URL is', 'SECRET_KEY must']);
  });

  test.each([
    ['OLLAMA_BASE_URL', 'http://me:my-secret@ollama.internal:11434', 'in the portal'],
    ['VLLM_BASE_URL', 'https://my-secret@vllm.internal/v1', 'VLLM_API_KEY'],
    ['VLLM_EMBED_BASE_URL', 'https://:my-secret@vllm.internal/v1', 'VLLM_API_KEY'],
    ['PUBLIC_URL', 'https://me:my-secret@gatehouse.example.com', 'leave it out'],
    ['SLACK_API_URL', 'http://me:my-secret@127.0.0.1:4000/api/', 'leave it out'],
  ])('%s is refused with a password in it, and told where that belongs', (name, address, instead) => {
    const [problem, ...others] = problemsOf({ [name]: address });
    expect(problem).toMatch(new RegExp(`^${name} .*password`));
    expect(problem).toContain(instead);
    expect(problem).not.toContain('my-secret');
    expect(others).toEqual([]);
    expect(problemsOf({ [name]: address.replace(/\/\/.*@/, '//') })).toEqual([]);
  });

  test.each(['everyone', '10.0.0.0/33', '10.0.0.0/8/8', 'fd00::/129'])('%s is no proxy to be believed', (network) => {
    expect(problemsOf({ TRUSTED_PROXIES: `10.0.0.1, ${network}` })).toEqual([
      expect.stringMatching(/^TRUSTED_PROXIES /),
    ]);
    expect(problemsOf({ TRUSTED_PROXIES: '10.0.0.1, 10.0.0.0/8, fd00::/8, loopback' })).toEqual([]);
  });

  test.each([
    ['an address on the network without the one that people open', { HOST: '0.0.0.0' }, 'PUBLIC_URL'],
    [
      'a database without the key of what is sealed in it',
      { DATABASE_URL: 'postgres://db/x', PUBLIC_URL: 'https://g.example.com' },
      'SECRET_KEY',
    ],
    [
      'a Slack that delivers without a secret to check it by',
      { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_MODE: 'http' },
      'SLACK_SIGNING_SECRET',
    ],
    [
      'a Teams without a password, which the SDK would take for one without tokens',
      { TEAMS_APP_ID: '00000000-0000-4000-8000-000000000001' },
      'TEAMS_APP_PASSWORD',
    ],
    [
      'activities without a token from the network',
      { TEAMS_MODE: 'emulator', HOST: '0.0.0.0', PUBLIC_URL: 'https://g.example.com' },
      'TEAMS_MODE=emulator',
    ],
    ['embeddings of a server that is not named', { EMBEDDING_MODEL: 'vllm' }, 'EMBEDDING_MODEL=vllm'],
  ])('among them %s', (_, environment, named) => {
    const [problem, ...others] = problemsOf(environment);
    expect(problem).toMatch(new RegExp(`^${named} `));
    expect(others).toEqual([]);
  });
});

test('without any setting it is the embedded database with the sample, on this machine alone', () => {
  const config = readConfig({});
  expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, EMBEDDED: true, SAMPLE: true });
  expect(config.PUBLIC_URL).toBe('http://localhost:3000');
  expect(config.DATA_DIR).toBe(path.resolve('data'));
});

test('on a database of its own there is no sample unless it is asked for, and an empty setting is none', () => {
  const environment = {
    DATABASE_URL: 'postgres://db/x',
    PUBLIC_URL: 'https://g.example.com/',
    SECRET_KEY,
    REDIS_URL: '',
  };
  expect(readConfig(environment)).toMatchObject({
    EMBEDDED: false,
    SAMPLE: false,
    PUBLIC_URL: 'https://g.example.com',
  });
  expect(readConfig({ ...environment, SAMPLE: '1' }).SAMPLE).toBe(true);
});
