import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { judge } from './judge.ts';
import { isPermission, PERMISSION_KEYS, type Permission } from './permissions.ts';
import { LEVELS } from './rules.sql.ts';
import { causesOnKnowledgeBase, permissionRules, standingOf } from './scopes.sql.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/** One link of the chain that decided, in a sentence for a person. */
export type Reason = Readonly<{ code: string; text: string; id?: string }>;

export type Decision = { allowed: true; because: readonly Reason[] } | { allowed: false; because: readonly Reason[] };

const KNOWLEDGE_ACTIONS = {
  'knowledge.read': LEVELS.use,
  'knowledge.contribute': LEVELS.contribute,
  'knowledge.manage': LEVELS.manage,
} as const;

/** What an administrator does for the installation; none of it reads a document, a question or an answer. */
const ADMIN_ACTIONS = [
  'people.manage',
  'groups.manage',
  'models.manage',
  'company.import',
  'settings.manage',
  'dashboard.read',
] as const;

export type KnowledgeAction = keyof typeof KNOWLEDGE_ACTIONS;
export type AdminAction = (typeof ADMIN_ACTIONS)[number];
export type Action = KnowledgeAction | AdminAction | 'knowledge.create' | 'group.manage' | Permission;
export type Resource = Readonly<{ kind: 'knowledge_base' | 'group'; id: string }>;

const allow = (...because: Reason[]): Decision => ({ allowed: true, because });
const deny = (...because: Reason[]): Decision => ({ allowed: false, because });

/** May this person do this, and why. The one place that says so; unknown people, actions and resources are denied. */
export async function decide(ctx: Needs, person: PersonId, action: Action, resource?: Resource): Promise<Decision> {
  const standing = await standingOf(ctx.pool, person);
  if (!standing) return deny({ code: 'unknown_person', text: 'There is no such person' });
  if (standing.status !== 'active') return deny({ code: 'deactivated', text: 'The account is deactivated' });
  if (standing.role === 'pending') return deny({ code: 'pending', text: 'The account waits for approval' });

  if (Object.hasOwn(KNOWLEDGE_ACTIONS, action))
    return onKnowledgeBase(ctx, person, KNOWLEDGE_ACTIONS[action as KnowledgeAction], resource);
  if ((ADMIN_ACTIONS as readonly string[]).includes(action))
    return standing.role === 'admin'
      ? allow({ code: 'admin', text: 'Administrators administer' })
      : deny({ code: 'not_admin', text: 'Only administrators may do this' });
  if (action === 'group.manage') {
    if (standing.role === 'admin') return allow({ code: 'admin', text: 'Administrators administer groups' });
    return resource !== undefined && standing.managedGroupIds.includes(resource.id)
      ? allow({ code: 'manager', text: 'Manages this group', id: resource.id })
      : deny({ code: 'not_manager', text: 'Only managers of the group and administrators may do this' });
  }
  if (action === 'knowledge.create') {
    if (standing.role === 'admin') return allow({ code: 'admin', text: 'Administrators may make knowledge bases' });
    if (standing.managedGroupIds.length > 0)
      return allow({ code: 'manager', text: 'Group managers make knowledge bases for their group' });
    return permission(ctx, person, 'workspace.knowledge');
  }
  if (isPermission(action)) return permission(ctx, person, action);
  return deny({ code: 'unknown_action', text: 'There is no such action' });
}

async function onKnowledgeBase(ctx: Needs, person: PersonId, needed: number, resource?: Resource): Promise<Decision> {
  if (resource?.kind !== 'knowledge_base') return deny({ code: 'no_resource', text: 'No knowledge base was named' });
  const causes = await causesOnKnowledgeBase(ctx.pool, person, resource.id, ctx.clock.now());
  const enough = causes.filter((cause) => cause.level >= needed);
  const reasons = (enough.length > 0 ? enough : causes).map((cause) => ({
    code: cause.cause,
    text: `${CAUSES[cause.cause] ?? cause.cause}${cause.name === null ? '' : ` ${cause.name}`}: ${LEVEL_WORDS[cause.level]}`,
    ...(cause.causeId === null ? {} : { id: cause.causeId }),
  }));
  if (enough.length > 0) return allow(...reasons);
  return reasons.length > 0
    ? deny(...reasons)
    : deny({ code: 'no_grant', text: 'No grant, group or ownership reaches it' });
}

const CAUSES: Record<string, string> = {
  grant_to_person: 'Granted to the person',
  grant_to_group: 'Granted to the group',
  grant_to_everyone: 'Granted to everyone',
  owner: 'Owner',
  manager_of_owner: 'Manages the owning group',
  member_of_owner: 'Member of the owning group',
};
const LEVEL_WORDS: Record<number, string> = { 1: 'use', 2: 'contribute', 3: 'manage' };

async function permission(ctx: Needs, person: PersonId, key: Permission): Promise<Decision> {
  return verdict(key, await permissionRules(ctx.pool, person));
}

type NamedRule = Awaited<ReturnType<typeof permissionRules>>[number];

function verdict(key: Permission, rules: readonly NamedRule[]): Decision {
  const { allowed, by } = judge(
    key,
    rules.filter((rule) => rule.permission === key),
  );
  const decided = allowed ? allow : deny;
  if (by.length === 0)
    return decided({
      code: 'built_in_default',
      text: allowed ? 'Allowed for everyone by default' : 'Nobody has this by default',
    });
  return decided(
    ...by.map((rule) => ({
      code: `${rule.effect}_by_${rule.cause}`,
      text: `${rule.effect === 'deny' ? 'Denied' : 'Allowed'} ${rule.cause === 'group' ? `by the group ${rule.name ?? ''}` : 'for everyone'}`,
      ...(rule.causeId === null ? {} : { id: rule.causeId }),
    })),
  );
}

/** All permissions of a person, one statement: what menus are drawn from. All false for who does not count. */
export async function permissionsOf(ctx: Needs, person: PersonId): Promise<Record<Permission, boolean>> {
  const [standing, rules] = await Promise.all([standingOf(ctx.pool, person), permissionRules(ctx.pool, person)]);
  const counts = standing !== null && standing.status === 'active' && standing.role !== 'pending';
  return Object.fromEntries(PERMISSION_KEYS.map((key) => [key, counts && verdict(key, rules).allowed])) as Record<
    Permission,
    boolean
  >;
}

/**
 * Goes on only if the person may. What they may not even see answers as what does not exist.
 * @throws AppError 'not_found' where it may not be seen, 'forbidden' where it may, but not this.
 */
export async function demand(ctx: Needs, person: PersonId, action: Action, resource?: Resource): Promise<void> {
  const decision = await decide(ctx, person, action, resource);
  if (decision.allowed) return;
  if (resource?.kind === 'knowledge_base' && !decision.because.some((reason) => Object.hasOwn(CAUSES, reason.code)))
    throw notFound('knowledge base');
  if (resource?.kind === 'group') throw notFound('group');
  throw new AppError('forbidden', `You may not do this: ${decision.because.map((reason) => reason.text).join('; ')}`);
}
