import type { Context } from '../../context.ts';
import { newId } from '../../ids.ts';
import type { Actor } from '../actor.ts';
import type { LevelName } from '../levels.ts';
import { liftsOwnLimit } from '../own-models.ts';
import { isInGroup, limitsLess, saysMore } from '../own-gain.ts';
import type { Effect } from '../permission-rules.ts';
import type { CompanyFile } from './file.ts';
import { planGrants } from './plan-grants.ts';
import { planKnowledgeBases } from './plan-knowledge.ts';
import { planMembers } from './plan-members.ts';
import { planMappings } from './plan-mappings.ts';
import { whatIsThere, type There } from './there.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;

export const CHANGE_KINDS = [
  'company',
  'group',
  'person',
  'service_account',
  'membership',
  'knowledge_base',
  'grant',
  'permission',
  'model',
  'mapping',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
/** One line of what an import does. `skip`: what it leaves alone, and why. */
export type CompanyChange = Readonly<{
  kind: ChangeKind;
  name: string;
  change: 'create' | 'update' | 'skip';
  detail: string;
}>;

type FilePerson = CompanyFile['people'][number];
type FileAccount = CompanyFile['serviceAccounts'][number];
type FileKnowledgeBase = CompanyFile['knowledgeBases'][number];
type FileMapping = CompanyFile['mappings'][number];

/** What the database has to be given to be as the file says; ids of new things are chosen already. */
export type CompanyPlan = {
  changes: CompanyChange[];
  unchanged: number;
  company: NonNullable<CompanyFile['company']> | null;
  newGroups: { id: string; name: string; description: string; modelClasses: string[] }[];
  changedGroups: { id: string; description: string; modelClasses: string[] }[];
  newPeople: (FilePerson & { id: string })[];
  changedPeople: { id: string; name: string; role: FilePerson['role'] }[];
  newAccounts: (FileAccount & { id: string; ownerKind: 'person' | 'group'; ownerId: string })[];
  changedAccounts: { id: string; description: string }[];
  memberships: { groupId: string; personId: string; manager: boolean }[];
  rules: { groupId: string | null; permission: string; effect: 'allow' | 'deny'; withheld: boolean }[];
  newKnowledgeBases: (FileKnowledgeBase & { ownerKind: 'person' | 'group'; ownerId: string })[];
  changedKnowledgeBases: {
    id: string;
    settings: Pick<FileKnowledgeBase, 'description' | 'answerPolicy' | 'notice' | 'discoverable'> | null;
    owner: { kind: 'person' | 'group'; id: string } | null;
  }[];
  models: { id: string; classes: string[] }[];
  /** For models that a server lists later. */
  modelClasses: Record<string, string[]>;
  /** The knowledge base by its name, because a new one has no id before it is made. */
  grants: {
    resource: { knowledgeBase: string } | { modelId: string | null };
    to: { kind: 'person' | 'group' | 'everyone'; id: string | null };
    level: LevelName;
    until: Date | null;
  }[];
  mappings: { providerId: string; mapping: FileMapping; groupId: string | null; title: string }[];
};

/** What each part of the plan works with: what is there, what the file says, and the ids of what it names. */
export type Drafting = Readonly<{
  ctx: Needs;
  by: Actor;
  company: CompanyFile;
  there: There;
  plan: CompanyPlan;
  groupIds: Map<string, string>;
  personIds: Map<string, string>;
  accountIds: Map<string, string>;
  say(kind: ChangeKind, name: string, change: CompanyChange['change'], detail: string): void;
  same(): void;
}>;

/**
 * Compares a company file with what is there. An import adds and updates, it takes nothing away; and it gives its maker
 * nothing that they could not give themself: no membership, no model, no grant; and to others no knowledge base that they
 * don't manage.
 */
export async function planCompany(ctx: Needs, by: Actor, company: CompanyFile): Promise<CompanyPlan> {
  const plan: CompanyPlan = {
    changes: [],
    unchanged: 0,
    company: null,
    newGroups: [],
    changedGroups: [],
    newPeople: [],
    changedPeople: [],
    newAccounts: [],
    changedAccounts: [],
    memberships: [],
    rules: [],
    newKnowledgeBases: [],
    changedKnowledgeBases: [],
    models: [],
    modelClasses: {},
    grants: [],
    mappings: [],
  };
  const draft: Drafting = {
    ctx,
    by,
    company,
    there: await whatIsThere(ctx),
    plan,
    groupIds: new Map(),
    personIds: new Map(),
    accountIds: new Map(),
    say: (kind, name, change, detail) => void plan.changes.push({ kind, name, change, detail }),
    same: () => void (plan.unchanged += 1),
  };
  planName(draft);
  await planGroups(draft);
  await planMembers(draft);
  await planPermissions(draft);
  await planKnowledgeBases(draft);
  await planModels(draft);
  await planGrants(draft);
  planMappings(draft);
  return plan;
}

function planName({ company: { company }, there, plan, say, same }: Drafting): void {
  if (company === undefined) return;
  if (there.company?.name === company.name && there.company.domain === company.domain) return same();
  plan.company = company;
  say('company', company.name, there.company === null ? 'create' : 'update', company.domain);
}

async function planGroups({ ctx, by, company, there, plan, groupIds, say, same }: Drafting): Promise<void> {
  for (const { name, description, modelClasses } of company.groups) {
    const known = there.groups.get(name.toLowerCase());
    const id = known?.id ?? newId();
    groupIds.set(name, id);
    if (!known) {
      plan.newGroups.push({ id, name, description, modelClasses });
      const limit = modelClasses.length > 0 ? `models limited to ${modelClasses.join(', ')}` : description;
      say('group', name, 'create', limit);
    } else if (limitsLess(known.modelClasses, modelClasses) && (await isInGroup(ctx, by.personId, id)))
      say('group', name, 'skip', 'nobody takes a limit off themself');
    else if (known.description !== description || known.modelClasses.join() !== modelClasses.join()) {
      plan.changedGroups.push({ id, description, modelClasses });
      say('group', name, 'update', 'description or model classes');
    } else same();
  }
}

async function planPermissions({ ctx, by, company, there, plan, groupIds, say, same }: Drafting): Promise<void> {
  const speakers = [
    { name: 'everyone', groupId: null, permissions: { ...company.permissions, withheld: [] as string[] } },
    ...company.groups.map(({ name, permissions }) => ({ name, groupId: groupIds.get(name) ?? null, permissions })),
  ];
  for (const { name, groupId, permissions } of speakers)
    for (const effect of ['allow', 'deny'] as const)
      for (const permission of permissions[effect]) {
        const before = there.rules.get(`${groupId} ${permission}`);
        const withheld = effect === 'allow' && (permissions.withheld as string[]).includes(permission);
        if (before?.effect === effect && before.withheld === withheld) {
          same();
          continue;
        }
        const said = (rule: { effect: string; withheld: boolean } | undefined) =>
          rule === undefined || rule.withheld ? 'inherit' : (rule.effect as Effect);
        const more = saysMore(said(before), said({ effect, withheld }));
        if (more && groupId !== null && (await isInGroup(ctx, by.personId, groupId))) {
          say('permission', `${permission} for ${name}`, 'skip', 'nobody gives themself a right');
          continue;
        }
        plan.rules.push({ groupId, permission, effect, withheld });
        const how = withheld ? `${effect}, held back by its managers` : effect;
        say('permission', `${permission} for ${name}`, before === undefined ? 'create' : 'update', how);
      }
}

async function planModels({ ctx, by, company, there, plan, say, same }: Drafting): Promise<void> {
  for (const { name, classes } of company.models) {
    const named = there.models.filter((model) => model.name === name);
    const differ = named.filter((model) => model.classes.join() !== classes.join());
    let lifts = false;
    for (const model of differ) lifts ||= await liftsOwnLimit(ctx, by.personId, model.classes, classes);
    if (lifts) {
      say('model', name, 'skip', 'nobody takes a limit off themself');
      continue;
    }
    for (const { id } of differ) plan.models.push({ id, classes });
    const known = there.classes[name];
    // What the models themselves say counts; what is only known for later ones, where no server has it yet.
    if (differ.length === 0 && (named.length > 0 || known?.join() === classes.join())) {
      same();
      continue;
    }
    plan.modelClasses[name] = classes;
    const change = known === undefined && named.length === 0 ? 'create' : 'update';
    say('model', name, change, `${classes.join(', ')}, on every server that has it`);
  }
}
