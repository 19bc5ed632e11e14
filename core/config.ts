import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from './errors.ts';

const webAddress = z.url({ protocol: /^https?$/ });
/** An address with a name or password in it: whoever sees the address would see them too. */
export const holdsPassword = (address: string): boolean => {
  const { username, password } = URL.parse(address) ?? { username: '', password: '' };
  return username !== '' || password !== '';
};
/** `instead`: where the password belongs. */
const openAddress = (instead: string) =>
  webAddress.refine(
    (address) => !holdsPassword(address),
    `must not hold a name or password, since it is stored, shown and logged as it is: ${instead}`,
  );
const VLLM_KEY = 'put the key into VLLM_API_KEY';
const flag = z.enum(['0', '1', 'on', 'off', 'true', 'false']).transform((word) => ['1', 'on', 'true'].includes(word));
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
/** As Express takes them: an address, a network, or one of its three names. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)];
  if (most === undefined) return bits === undefined && ['loopback', 'linklocal', 'uniquelocal'].includes(address);
  return more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}
const integer = (low: number, high: number) => z.coerce.number().int().min(low).max(high);

const settings = z.object({
  /** The address to listen on. Anything but loopback puts sign-in on the network: PUBLIC_URL becomes required. */
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(1, 65_535).default(3000),
  /** The one source of absolute links; never the Host header, which a stranger may choose. */
  PUBLIC_URL: openAddress('leave it out').optional(),
  /** Networks whose X-Forwarded-* headers are believed. A wrong one lets a stranger choose their own address. */
  TRUSTED_PROXIES: list
    .pipe(z.array(z.string().refine(isNetwork, 'must be addresses or networks, such as 10.0.0.0/8')))
    .default([]),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  DATABASE_POOL: integer(2, 100).default(16),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional(),
  /** 32 random bytes in base64; encrypts tokens and server keys at rest. Losing it loses them. */
  SECRET_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)')
    .optional(),
  /** Which parts this process runs. */
  PARTS: list.pipe(z.array(z.enum(['portal', 'bots', 'workers'])).min(1)).default(['portal', 'bots', 'workers']),
  /** Loads the sample company although the database is not the embedded one. Its people can sign in. */
  SAMPLE: flag.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),

  OLLAMA_BASE_URL: openAddress('leave it out, and connect a server that wants a key in the portal').optional(),
  OLLAMA_CHAT_MODEL: z.string().min(1).optional(),
  OLLAMA_EMBED_MODEL: z.string().min(1).optional(),
  /** Whether an Ollama on its usual port is used for chat, in embedded mode only. */
  OLLAMA_DISCOVERY: flag.default(true),
  VLLM_BASE_URL: openAddress(VLLM_KEY).optional(),
  VLLM_CHAT_MODEL: z.string().min(1).optional(),
  VLLM_EMBED_BASE_URL: openAddress(VLLM_KEY).optional(),
  VLLM_EMBED_MODEL: z.string().min(1).optional(),
  VLLM_API_KEY: z.string().min(1).optional(),
  /** The embedding model of new knowledge bases: `builtin`, `ollama` or `vllm`. */
  EMBEDDING_MODEL: z.enum(['builtin', 'ollama', 'vllm']).optional(),

  FIRST_TOKEN_TIMEOUT_MS: integer(500, 600_000).default(60_000),
  IDLE_TIMEOUT_MS: integer(500, 600_000).default(30_000),
  /** Passages handed to the model for one question. */
  PASSAGES_PER_ANSWER: integer(1, 20).default(5),

  SESSION_IDLE_HOURS: z.coerce.number().positive().max(720).default(8),
  SESSION_ABSOLUTE_DAYS: z.coerce.number().positive().max(90).default(7),
  /** The longest life of an API key, days. A longer one is a longer leak. */
  API_KEY_MAX_DAYS: integer(1, 3650).default(365),
  /** How long an administrator may open by break-glass what nobody gave them, minutes; 0 switches it off. Longer is a longer bypass. */
  BREAK_GLASS_MAX_MINUTES: integer(0, 10_080).default(60),
  /**
   * Whether administrators put accounts that they made themselves into groups and make them owners. Then one who makes up
   * a person reads through them. Without it they do as long as there is no identity provider.
   */
  ADMINS_VOUCH: flag.optional(),
  /** A group of more people than this is pointed out where a knowledge base is given to it: few know who is in it. */
  BROAD_GROUP_MEMBERS: integer(2, 1_000_000).default(200),
  /** After how long an owner looks at each grant again, days; a knowledge base may have its own. Longer keeps what nobody needs any more. */
  REVIEW_EVERY_DAYS: integer(1, 3650).default(90),
  /** The first administrator's address; without it one is generated. */
  ADMIN_EMAIL: z.email().optional(),

  EXTRACT_PROCESSES: integer(1, 16).default(2),
  EXTRACT_TIMEOUT_MS: integer(1_000, 3_600_000).default(120_000),
  EXTRACT_MEMORY_MB: integer(256, 16_384).default(1_024),
  INGEST_CONCURRENCY: integer(1, 32).default(4),

  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-', 'is the bot token, it begins with xoxb-').optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-', 'is the app-level token, it begins with xapp-').optional(),
  SLACK_SIGNING_SECRET: z.string().min(8).optional(),
  /** `http` for production behind a public address, `socket` where nothing may come in from outside. */
  SLACK_MODE: z.enum(['http', 'socket']).default('socket'),
  /** Another Slack than slack.com, such as the local one of the demo. The bot token is sent there. */
  SLACK_API_URL: openAddress('leave it out').optional(),

  TEAMS_APP_ID: z.uuid().optional(),
  TEAMS_APP_PASSWORD: z.string().min(1).optional(),
  TEAMS_TENANT_ID: z.uuid().optional(),
  /** Tenants whose people are answered; default the bot's own. Another one's people are strangers. */
  TEAMS_ALLOWED_TENANTS: list.pipe(z.array(z.uuid())).optional(),
  /** `emulator` accepts activities without a token, for the local playground; loopback only. */
  TEAMS_MODE: z.enum(['cloud', 'emulator']).default('cloud'),
});

type Settings = z.infer<typeof settings>;

export type Config = Readonly<
  Omit<Settings, 'PUBLIC_URL' | 'DATA_DIR' | 'SAMPLE'> & {
    /** Without a slash at the end. */
    PUBLIC_URL: string;
    /** Absolute. */
    DATA_DIR: string;
    /** True where the database is our own embedded one. */
    EMBEDDED: boolean;
    SAMPLE: boolean;
  }
>;

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/**
 * The settings of this process, from the environment (`environment` is process.env unless a test says otherwise).
 * @throws AppError 'bad_setting' that names every wrong setting at once, each with what to do; never a value.
 */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settings.safeParse(given);
  const problems = parsed.success
    ? contradictions(parsed.data)
    : [...problemsOf(parsed.error), ...contradictionsBeside(given, parsed.error)];
  if (!parsed.success || problems.length > 0)
    throw new AppError('bad_setting', problems.join('\n'), { details: { problems } });
  const { HOST, PORT, PUBLIC_URL, DATA_DIR, DATABASE_URL, SAMPLE, ...rest } = parsed.data;
  const embedded = DATABASE_URL === undefined;
  return {
    ...rest,
    HOST,
    PORT,
    PUBLIC_URL: (PUBLIC_URL ?? `http://localhost:${PORT}`).replace(/\/+$/, ''),
    DATA_DIR: path.resolve(DATA_DIR),
    ...(DATABASE_URL === undefined ? {} : { DATABASE_URL }),
    EMBEDDED: embedded,
    SAMPLE: SAMPLE ?? embedded,
  };
}

const nameOf = (issue: z.core.$ZodIssue): string => issue.path[0]?.toString() ?? '';
const problemsOf = (error: z.ZodError): string[] => error.issues.map((issue) => `${nameOf(issue)} ${issue.message}`);

/** What contradicts itself in the settings that are right one by one, so that nobody mends one line to hear of the next. */
function contradictionsBeside(given: Record<string, string | undefined>, error: z.ZodError): string[] {
  const wrong = new Set(error.issues.map(nameOf));
  const right = settings.safeParse(Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name))));
  if (!right.success) return [];
  return contradictions(right.data).filter((line) => ![...wrong].some((name) => line.includes(name)));
}

function contradictions(s: Settings): string[] {
  const problems: string[] = [];
  const need = (condition: boolean, sentence: string) => condition || problems.push(sentence);
  need(
    s.PUBLIC_URL !== undefined || LOOPBACK.test(s.HOST),
    'PUBLIC_URL is required when HOST is not loopback: the address people open, such as https://gatehouse.example.com',
  );
  need(
    s.PUBLIC_URL !== undefined || s.DATABASE_URL === undefined,
    'PUBLIC_URL is required when DATABASE_URL is set: the address people open',
  );
  need(
    s.SECRET_KEY !== undefined || s.DATABASE_URL === undefined,
    'SECRET_KEY is required when DATABASE_URL is set: make one with openssl rand -base64 32',
  );
  need(
    s.SLACK_BOT_TOKEN === undefined ||
      (s.SLACK_MODE === 'socket' ? s.SLACK_APP_TOKEN !== undefined : s.SLACK_SIGNING_SECRET !== undefined),
    s.SLACK_MODE === 'socket'
      ? 'SLACK_APP_TOKEN is required with SLACK_BOT_TOKEN in socket mode'
      : 'SLACK_SIGNING_SECRET is required with SLACK_BOT_TOKEN in http mode',
  );
  need(
    s.TEAMS_MODE === 'cloud' || LOOPBACK.test(s.HOST),
    'TEAMS_MODE=emulator accepts activities without a token: HOST must be loopback',
  );
  need(
    s.TEAMS_APP_ID === undefined ||
      s.TEAMS_MODE === 'emulator' ||
      (s.TEAMS_APP_PASSWORD !== undefined && s.TEAMS_TENANT_ID !== undefined),
    'TEAMS_APP_PASSWORD and TEAMS_TENANT_ID are required with TEAMS_APP_ID',
  );
  need(
    s.EMBEDDING_MODEL !== 'ollama' || (s.OLLAMA_BASE_URL !== undefined && s.OLLAMA_EMBED_MODEL !== undefined),
    'EMBEDDING_MODEL=ollama needs OLLAMA_BASE_URL and OLLAMA_EMBED_MODEL',
  );
  need(
    s.EMBEDDING_MODEL !== 'vllm' || (s.VLLM_EMBED_BASE_URL !== undefined && s.VLLM_EMBED_MODEL !== undefined),
    'EMBEDDING_MODEL=vllm needs VLLM_EMBED_BASE_URL and VLLM_EMBED_MODEL',
  );
  return problems;
}
