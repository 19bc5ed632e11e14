import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { agesOf, factsOfPerson } from '../identity/aging.sql.ts';
import type { PersonId } from '../ids.ts';
import { RESOURCE_WORDS, resourceKindOf, type Resource, type ResourceKind } from './actions.ts';
import { ageLinks, endingLinks } from './ages.ts';
import { seatsOf, type Seat } from './causes.sql.ts';
import { decide } from './decide.ts';
import { weigh, type ChainLink, type Weighed } from './weigh.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

export type Explanation = Readonly<{
  person: { id: PersonId; name: string };
  action: string;
  resource: { kind: ResourceKind; id: string; name: string } | null;
  allowed: boolean;
  /** The answer with what decided it, in one sentence. */
  sentence: string;
  chain: readonly ChainLink[];
}>;

/** Who asks: a person, or null for whoever has the machine in their hands. */
type Asker = Readonly<{ personId: PersonId | null; surface: AuditEntry['surface'] }>;

/**
 * Why a person can or cannot do something: the chain that decides it, from the same rules that decide it. Everybody may
 * ask about themself, administrators about everyone, and who manages the resource about everyone's rights on it; asking
 * about another one is recorded. What the asker may not know about is not named.
 * @throws AppError 'forbidden' who may not ask about another one, 'bad_input' where the resource is missing,
 * 'not_found' for a person or resource that is not there for the asker.
 */
export async function explain(
  ctx: Needs,
  asker: Asker,
  question: { person: PersonId; action: string; resource?: string | undefined },
): Promise<Explanation> {
  const { person: personId, action } = question;
  const kind = resourceKindOf(action);
  if (kind !== null && question.resource === undefined)
    throw new AppError('bad_input', `Say which ${RESOURCE_WORDS[kind]} you mean`);
  const resource: Resource | undefined =
    kind === null || question.resource === undefined ? undefined : { kind, id: question.resource };

  const sees = await sightOf(ctx, asker.personId, personId, resource);
  const at = ctx.clock.now();
  const [person, named, weighed, seats, ages, facts] = await Promise.all([
    ctx.db.person.findUnique({ where: { id: personId }, select: { id: true, name: true, role: true } }),
    resource ? nameOf(ctx, resource) : null,
    weigh(ctx, personId, action, resource),
    seatsOf(ctx.pool, personId, at),
    agesOf(ctx.pool, personId),
    factsOfPerson(ctx.pool, personId, at),
  ]);
  if (!person) throw notFound('person');
  const known =
    sees === 'all' || sees === 'resource' || named?.discoverable === true || reaches(weighed, seats, resource);
  if (resource && (!named || !known)) throw notFound(RESOURCE_WORDS[resource.kind]);

  if (asker.personId !== personId)
    await record(ctx.pool, {
      actorId: asker.personId,
      surface: asker.surface,
      action: 'access.explained',
      subjectKind: 'person',
      subjectId: personId,
      detail: { action, resource: resource ?? null, allowed: weighed.allowed },
    });
  const thing = named && resource ? { ...resource, name: named.name } : null;
  return {
    person: { id: person.id, name: person.name },
    action,
    resource: thing,
    allowed: weighed.allowed,
    sentence: `${person.name} may ${weighed.allowed ? '' : 'not '}do ${action}${thing ? ` on ${thing.name}` : ''}: ${weighed.decided.map(({ text }) => text).join('; ')}`,
    chain: chainOf(
      weighed,
      person.role,
      sees === 'resource'
        ? null
        : { seats, told: [...ages.flatMap((each) => ageLinks(each, at)), ...endingLinks(facts)] },
    ),
  };
}

/** How much the asker may learn: all, what concerns the resource that they manage, or what is their own. */
async function sightOf(
  ctx: Needs,
  asker: PersonId | null,
  person: PersonId,
  resource: Resource | undefined,
): Promise<'all' | 'resource' | 'own'> {
  if (asker === null || (await decide(ctx, asker, 'people.manage')).allowed) return 'all';
  if (asker === person) return 'own';
  const managing = resource?.kind === 'group' ? 'group.manage' : 'knowledge.manage';
  if (resource && (await decide(ctx, asker, managing, resource)).allowed) return 'resource';
  throw new AppError(
    'forbidden',
    'Only administrators, and who manages what is asked about, may ask this about others',
  );
}

/** Whether the person has something of it, so that they know that it is there. */
const reaches = ({ decided, overruled }: Weighed, seats: readonly Seat[], resource: Resource | undefined): boolean =>
  resource?.kind === 'group'
    ? seats.some((seat) => seat.groupId === resource.id)
    : [...decided, ...overruled].some(({ level }) => level !== undefined);

async function nameOf(
  ctx: Pick<Needs, 'db'>,
  { kind, id }: Resource,
): Promise<{ name: string; discoverable: boolean } | null> {
  if (kind === 'knowledge_base')
    return ctx.db.knowledgeBase.findFirst({
      where: { id, deletedAt: null },
      select: { name: true, discoverable: true },
    });
  const found =
    kind === 'model'
      ? await ctx.db.model.findUnique({ where: { id }, select: { name: true } })
      : await ctx.db.group.findUnique({ where: { id }, select: { name: true } });
  return found && { name: found.name, discoverable: false };
}

const OF_ACCOUNT = ['unknown_person', 'deactivated', 'pending'];
const OF_ROLE = ['admin', 'not_admin'];

/** `own` null: what else is known of the person does not concern the asker. */
function chainOf(
  { decided, overruled }: Weighed,
  role: string,
  own: { seats: readonly Seat[]; told: readonly ChainLink[] } | null,
): ChainLink[] {
  const account = decided.find(({ code }) => OF_ACCOUNT.includes(code));
  if (account) return [{ ...account, about: 'account', decides: true }];
  const byRole = decided.find(({ code }) => OF_ROLE.includes(code));
  const standing: ChainLink[] =
    role === 'admin'
      ? [
          {
            code: 'role_admin',
            text: 'Administrator: administers, and reads nothing without a grant',
            about: 'role',
            decides: false,
          },
        ]
      : [{ code: 'role_user', text: 'Member', about: 'role', decides: false }];
  return [
    { code: 'active', text: 'The account is active and approved', about: 'account', decides: false },
    ...(own?.told ?? []),
    ...(byRole ? [{ ...byRole, about: 'role' as const, decides: true }] : own === null ? [] : standing),
    ...(own?.seats ?? []).map(seatLink),
    ...decided
      .filter((reason) => reason !== byRole)
      .map((reason) => ({ ...reason, about: 'right' as const, decides: true })),
    ...overruled.map((reason) => ({ ...reason, about: 'right' as const, decides: false })),
  ];
}

const seatLink = ({ groupId, name, manager, sources }: Seat): ChainLink => ({
  code: manager ? 'manager_of_group' : 'member_of_group',
  text: `${manager ? 'Manager' : 'Member'} of ${name}, ${sources.map(sourceWords).join(' and ')}`,
  about: 'group',
  decides: false,
  id: groupId,
  name,
  sources,
});

const SOURCES: Record<string, string> = { manual: 'added by hand', break_glass: 'joined by break-glass' };
const sourceWords = (source: string): string => SOURCES[source] ?? `brought by ${source}`;
