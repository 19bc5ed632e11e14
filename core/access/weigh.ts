import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';
import { isAdminAction, isKnowledgeAction, KNOWLEDGE_ACTIONS, type Resource } from './actions.ts';
import {
  causesOnKnowledgeBase,
  causesOnModel,
  limitsOnModel,
  permissionRules,
  standingOf,
  type Cause,
  type NamedRule,
} from './causes.sql.ts';
import { judge } from './judge.ts';
import { isPermission, type Permission } from './permissions.ts';
import type { Level } from './levels.ts';

type Needs = Pick<Context, 'pool' | 'clock'>;

/** One link of the chain that decided: a code for programs with what belongs to it, and a sentence for a person. */
export type Reason = Readonly<{
  code: string;
  text: string;
  id?: string;
  /** The group that it comes through. */
  name?: string;
  level?: Level;
  /** When it ends by itself. */
  until?: Date;
}>;

/** A link of the chain, in the order in which it is looked at. `decides`: without it the answer would have another reason. */
export type ChainLink = Reason &
  Readonly<{
    about: 'account' | 'role' | 'group' | 'right';
    decides: boolean;
    /** Where a membership comes from: 'manual', or providers. */
    sources?: readonly string[];
    /** When it was told, of what a provider says about somebody. */
    at?: Date;
  }>;

/** A verdict with what it rests on, and with what else speaks of it but did not decide. */
export type Weighed = Readonly<{ allowed: boolean; decided: readonly Reason[]; overruled: readonly Reason[] }>;

const verdict = (allowed: boolean, ...decided: Reason[]): Weighed => ({ allowed, decided, overruled: [] });

/** Weighs everything that speaks of what a person wants to do. Unknown people, actions and resources are denied. */
export async function weigh(ctx: Needs, person: PersonId, action: string, resource?: Resource): Promise<Weighed> {
  const standing = await standingOf(ctx.pool, person);
  if (!standing) return verdict(false, { code: 'unknown_person', text: 'There is no such person' });
  if (standing.status !== 'active') return verdict(false, { code: 'deactivated', text: 'The account is deactivated' });
  if (standing.role === 'pending') return verdict(false, { code: 'pending', text: 'The account waits for approval' });

  const isAdmin = standing.role === 'admin';
  if (isKnowledgeAction(action)) return onKnowledgeBase(ctx, person, KNOWLEDGE_ACTIONS[action], resource);
  if (action === 'model.use') return onModel(ctx, person, resource);
  if (isAdminAction(action))
    return isAdmin
      ? verdict(true, { code: 'admin', text: 'Administrators administer' })
      : verdict(false, { code: 'not_admin', text: 'Only administrators may do this' });
  if (action === 'group.manage') {
    if (isAdmin) return verdict(true, { code: 'admin', text: 'Administrators administer groups' });
    return resource !== undefined && standing.managedGroupIds.includes(resource.id)
      ? verdict(true, { code: 'manager', text: 'Manages this group', id: resource.id })
      : verdict(false, {
          code: 'not_manager',
          text: 'Only managers of the group and administrators may do this',
        });
  }
  if (action === 'knowledge.create') {
    if (isAdmin) return verdict(true, { code: 'admin', text: 'Administrators may make knowledge bases' });
    if (standing.managedGroupIds.length > 0)
      return verdict(true, { code: 'manager', text: 'Group managers make knowledge bases for their group' });
    return onPermission('workspace.knowledge', await permissionRules(ctx.pool, [person], ctx.clock.now()));
  }
  if (isPermission(action)) return onPermission(action, await permissionRules(ctx.pool, [person], ctx.clock.now()));
  return verdict(false, { code: 'unknown_action', text: 'There is no such action' });
}

/** Those codes of reasons by which a person learns that a knowledge base exists. */
export const isCause = (code: string): boolean => Object.hasOwn(CAUSES, code);

const CAUSES: Record<string, string> = {
  grant_to_person: 'Granted to the person',
  grant_to_group: 'Granted to the group',
  grant_to_everyone: 'Granted to everyone',
  owner: 'Owner',
  manager_of_owner: 'Manages the owning group',
  member_of_owner: 'Member of the owning group',
  break_glass: 'Opened by break-glass',
};
const LEVEL_WORDS: Record<Level, string> = { 1: 'use', 2: 'contribute', 3: 'manage' };

/** A time as a sentence says it; who reads it may be anywhere. */
export const whenInUtc = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A cause as a reason. */
export const reasonOf = ({ cause, causeId, name, level, until }: Cause): Reason => ({
  code: cause,
  text: [
    `${CAUSES[cause] ?? cause}${name === null ? '' : ` ${name}`}: ${LEVEL_WORDS[level]}`,
    ...(until === null ? [] : [`until ${whenInUtc(until)}`]),
  ].join(', '),
  level,
  ...(causeId === null ? {} : { id: causeId }),
  ...(name === null ? {} : { name }),
  ...(until === null ? {} : { until }),
});

async function onKnowledgeBase(ctx: Needs, person: PersonId, needed: Level, resource?: Resource): Promise<Weighed> {
  if (resource?.kind !== 'knowledge_base')
    return verdict(false, { code: 'no_resource', text: 'No knowledge base was named' });
  const causes = await causesOnKnowledgeBase(ctx.pool, person, resource.id, ctx.clock.now());
  const enough = causes.filter((cause) => cause.level >= needed);
  if (enough.length > 0)
    return {
      allowed: true,
      decided: enough.map(reasonOf),
      overruled: causes.filter((cause) => cause.level < needed).map(reasonOf),
    };
  return causes.length > 0
    ? verdict(false, ...causes.map(reasonOf))
    : verdict(false, { code: 'no_grant', text: 'No grant, group or ownership reaches it' });
}

async function onModel(ctx: Needs, person: PersonId, resource?: Resource): Promise<Weighed> {
  if (resource?.kind !== 'model') return verdict(false, { code: 'no_resource', text: 'No model was named' });
  const at = ctx.clock.now();
  const [causes, limits] = await Promise.all([
    causesOnModel(ctx.pool, person, resource.id, at),
    limitsOnModel(ctx.pool, person, resource.id, at),
  ]);
  const granted = causes.map(reasonOf);
  if (granted.length === 0) return verdict(false, { code: 'no_grant', text: 'No grant reaches it' });
  if (limits.length === 0) return verdict(true, ...granted);
  return {
    allowed: false,
    decided: limits.map(({ groupId, name, classes }) => ({
      code: 'limited_by_group',
      text: `The group ${name} has only models that are: ${classes.join(', ')}`,
      id: groupId,
      name,
    })),
    overruled: granted,
  };
}

/** What rules come to for one permission, with those that another one outvotes. */
export function onPermission(key: Permission, rules: readonly NamedRule[]): Weighed {
  const speaking = rules.filter((rule) => rule.permission === key);
  const { allowed, by } = judge(key, speaking);
  const builtIn: Reason = {
    code: 'built_in_default',
    text: allowed ? 'Allowed for everyone by default' : 'Nobody has this by default',
  };
  return {
    allowed,
    decided: by.length === 0 ? [builtIn] : by.map(ruleReason),
    overruled: speaking.filter((rule) => !by.includes(rule)).map(ruleReason),
  };
}

const ruleReason = ({ effect, cause, causeId, name }: NamedRule): Reason => ({
  code: `${effect}_by_${cause}`,
  text: `${effect === 'deny' ? 'Denied' : 'Allowed'} ${cause === 'group' ? `by the group ${name ?? ''}` : 'for everyone'}`,
  ...(causeId === null ? {} : { id: causeId }),
  ...(name === null ? {} : { name }),
});
