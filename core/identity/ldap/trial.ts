import type { Client, Entry } from 'ldapts';
import type { Context } from '../../context.ts';
import { subjectAttributeOf } from '../providers/settings/ldap.ts';
import type { Provider } from '../providers/store.ts';
import { passed, trialOf, warned, type TrialClaim, type TrialResult, type TrialStep } from '../providers/trial.ts';
import { connect } from './connection.ts';
import { bindService, type Directory } from './directory.ts';
import { bytesOf, isActive, lastingId, textOf } from './entries.ts';
import { ldapCode } from './failure.ts';
import { entriesByLogin, factsOf } from './people.ts';
import { throttleTry, passwordFits } from './sign-in.ts';
import { stepped, type Stepped } from './steps.ts';
import { walkTo } from './walk.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'log' | 'config'>;
export type LookedUp = Readonly<{ login?: string | undefined; password?: string | undefined }>;

const SIZE_LIMIT_EXCEEDED = 4;
const NO_SUCH_OBJECT = 32;

/**
 * Walks what a sign-in by a directory needs: each server's name, connection and certificate, the account that looks people up,
 * the place where they are looked for; then for one login the person, what names them, their groups and what these would give
 * here, and with a password whether it is theirs. Signs nobody in and changes nothing; a password counts as a try of its login.
 * @throws AppError 'too_many_requests' where that login was tried too often.
 */
export async function tryDirectory(
  ctx: Needs,
  provider: Provider<'ldap'>,
  asked: LookedUp,
): Promise<{ steps: readonly TrialStep[]; result: TrialResult | null }> {
  const steps: TrialStep[] = [];
  let first: string | null = null;
  for (const url of provider.settings.urls) {
    const walked = await walkTo(provider, url, ctx.clock.now());
    steps.push(...walked);
    if (walked.every(({ outcome }) => outcome !== 'failed')) first ??= url;
  }
  if (first === null) return { steps, result: null };
  // One server of several that is away keeps nobody out.
  const way = steps.map((step) => (step.outcome === 'failed' ? { ...step, outcome: 'warned' as const } : step));
  const further = stepped();
  const result = await within(ctx, provider, first, asked, further);
  return { steps: [...way, ...further.taken], result };
}

async function within(
  ctx: Needs,
  provider: Provider<'ldap'>,
  url: string,
  asked: LookedUp,
  { step }: Stepped,
): Promise<TrialResult | null> {
  const { settings } = provider;
  let opened: Awaited<ReturnType<typeof connect>> | null = null;
  try {
    const bound = await step(
      'bind',
      async () => {
        opened = await connect(ctx, provider, url);
        await bindService(opened.client, provider);
        return settings.bindDn === null ? warned('bind', 'anonymous') : passed('bind', settings.bindDn);
      },
      () => 'bind_refused',
    );
    const client = (opened as { client: Client } | null)?.client;
    if (!bound || client === undefined) return null;
    const found = await step(
      'base',
      async () => {
        await client.search(settings.baseDn, { scope: 'base', attributes: ['1.1'] });
        return passed('base', settings.baseDn);
      },
      (error) => (ldapCode(error) === NO_SUCH_OBJECT ? 'base_missing' : 'base_not_read'),
    );
    if (!found || asked.login === undefined) return null;
    const directory = { client, provider, asService: () => bindService(client, provider) };
    return await onePerson(ctx, directory, { ...asked, login: asked.login.trim() }, step);
  } finally {
    (opened as { close: () => void } | null)?.close();
  }
}

async function onePerson(
  ctx: Needs,
  directory: Directory,
  { login, password }: { login: string; password?: string | undefined },
  step: Stepped['step'],
): Promise<TrialResult | null> {
  const { provider } = directory;
  const { settings } = provider;
  let entry: Entry | null = null;
  const one = await step(
    'person',
    async () => {
      const [found, another] = await entriesByLogin(directory, login);
      if (another) return { ...warned('person', 'several_people'), outcome: 'failed' };
      if (!found) return { ...warned('person', 'no_person'), outcome: 'failed' };
      entry = found;
      return passed('person', found.dn);
    },
    (error) => (ldapCode(error) === SIZE_LIMIT_EXCEEDED ? 'several_people' : 'search_failed'),
  );
  const person = entry as Entry | null;
  if (!one || person === null) return null;
  const attribute = subjectAttributeOf(settings);
  let subject = '';
  const named = await step(
    'unique_id',
    async () => {
      subject = lastingId(person, attribute);
      return passed('unique_id', `${attribute} ${subject}`);
    },
    () => 'no_unique_id',
  );
  await step(
    'standing',
    async () => (isActive(person, ctx.clock.now()) ? passed('standing') : warned('standing', 'disabled_there')),
    () => 'other',
  );
  await step(
    'mail',
    async () => {
      const mail = textOf(person, settings.emailAttribute);
      return mail === null ? warned('mail', 'no_mail', settings.emailAttribute) : passed('mail', mail);
    },
    () => 'no_mail',
  );
  if (!named) return null;
  const known = { dn: person.dn, subject, entry: person };
  let result: TrialResult | null = null;
  await step(
    'groups',
    async () => {
      const facts = await factsOf(ctx, directory, known);
      result = await trialOf(ctx, provider, facts, attributesIn(person, provider));
      if (!Array.isArray(facts.groups)) return warned('groups', 'groups_not_asked');
      const nested = settings.groups === 'search' && settings.directory === 'active_directory' && settings.nestedGroups;
      const said = `${facts.groups.length} (${settings.groups}${nested ? ', nested' : ''})`;
      return facts.groups.length === 0 ? warned('groups', 'no_groups', said) : passed('groups', said);
    },
    () => 'groups_failed',
  );
  if (password !== undefined && password !== '') {
    await throttleTry(ctx, provider, login, subject);
    await step(
      'password',
      async () =>
        (await passwordFits(ctx, directory, person.dn, password))
          ? passed('password')
          : { ...warned('password', 'password_refused'), outcome: 'failed' },
      () => 'password_refused',
    );
  }
  return result;
}

/** What of an entry is read, by name. */
const attributesIn = (entry: Entry, { settings }: Provider<'ldap'>): TrialClaim[] =>
  [subjectAttributeOf(settings), settings.nameAttribute, settings.emailAttribute, 'preferredLanguage', 'memberOf']
    .map((name) => ({ name, count: bytesOf(entry, name).length }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => ({ name, from: 'directory', kind: 'list', count }));
