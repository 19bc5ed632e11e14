import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { knownClasses } from '../models/known-classes.ts';
import type { Actor } from './actor.ts';
import type { CompanyFile } from './company-file.ts';
import { decide } from './decide.ts';
import type { LevelName } from './levels.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock'>;

export type ChangeKind = 'group' | 'person' | 'membership' | 'knowledge_base' | 'grant' | 'permission' | 'model';
/** One line of what an import does. `skip`: what it leaves alone, and why. */
export type CompanyChange = Readonly<{
  kind: ChangeKind;
  name: string;
  change: 'create' | 'update' | 'skip';
  detail: string;
}>;

type Rule = { groupId: string | null; permission: string; effect: 'allow' | 'deny' };
type FilePerson = CompanyFile['people'][number];
type FileKnowledgeBase = CompanyFile['knowledgeBases'][number];

/** What the database has to be given to be as the file says; ids of new things are chosen already. */
export type CompanyPlan = {
  changes: CompanyChange[];
  unchanged: number;
  newGroups: { id: string; name: string; description: string; modelClasses: string[] }[];
  changedGroups: { id: string; description: string; modelClasses: string[] }[];
  newPeople: (FilePerson & { id: string })[];
  changedPeople: { id: string; name: string; role: FilePerson['role'] }[];
  memberships: { groupId: string; personId: string; manager: boolean }[];
  rules: Rule[];
  newKnowledgeBases: (FileKnowledgeBase & { ownerId: string })[];
  models: { id: string; classes: string[] }[];
  /** For models that a server lists later. */
  modelClasses: Record<string, string[]>;
  /** The knowledge base by its name, because a new one has no id before it is made. */
  grants: {
    resource: { knowledgeBase: string } | { modelId: string | null };
    to: { kind: 'person' | 'group' | 'everyone'; id: string | null };
    level: LevelName;
  }[];
};

const lower = (text: string): string => text.toLowerCase();

/**
 * Compares a company file with what is there. An import adds and updates, it takes nothing away; and it gives its maker
 * nothing that they could not give themself: no membership, no model, no grant; and to others no knowledge base that they
 * don't manage.
 */
export async function planCompany(ctx: Needs, by: Actor, company: CompanyFile): Promise<CompanyPlan> {
  const there = await whatIsThere(ctx);
  const plan: CompanyPlan = {
    changes: [],
    unchanged: 0,
    newGroups: [],
    changedGroups: [],
    newPeople: [],
    changedPeople: [],
    memberships: [],
    rules: [],
    newKnowledgeBases: [],
    models: [],
    modelClasses: {},
    grants: [],
  };
  const say = (kind: ChangeKind, name: string, change: CompanyChange['change'], detail: string) =>
    void plan.changes.push({ kind, name, change, detail });
  const same = () => void (plan.unchanged += 1);

  const groupIds = new Map<string, string>();
  for (const group of company.groups) {
    const known = there.groups.get(lower(group.name));
    const id = known?.id ?? newId();
    groupIds.set(group.name, id);
    const { name, description, modelClasses } = group;
    if (!known) {
      plan.newGroups.push({ id, name, description, modelClasses });
      say(
        'group',
        name,
        'create',
        modelClasses.length > 0 ? `models limited to ${modelClasses.join(', ')}` : description,
      );
    } else if (known.description !== description || known.modelClasses.join() !== modelClasses.join()) {
      plan.changedGroups.push({ id, description, modelClasses });
      say('group', name, 'update', 'description or model classes');
    } else same();
  }

  const personIds = new Map<string, string>();
  for (const person of company.people) {
    const known = there.people.get(lower(person.email));
    const id = known?.id ?? newId();
    personIds.set(person.email, id);
    if (!known) {
      plan.newPeople.push({ ...person, id });
      say('person', person.email, 'create', person.active ? person.role : `${person.role}, deactivated`);
    } else if (id === by.personId && known.role !== person.role)
      say('person', person.email, 'skip', 'nobody changes their own role');
    else if (known.name !== person.name || known.role !== person.role) {
      plan.changedPeople.push({ id, name: person.name, role: person.role });
      say('person', person.email, 'update', `${known.role} becomes ${person.role}`);
    } else same();
    for (const group of person.groups) {
      const groupId = groupIds.get(group) ?? '';
      const manager = person.manages.includes(group);
      const before = there.memberships.get(`${groupId} ${id}`);
      const title = `${person.email} in ${group}`;
      if (before !== undefined && (before || !manager)) same();
      else if (id === by.personId) say('membership', title, 'skip', "nobody gives themself a group's rights");
      else {
        plan.memberships.push({ groupId, personId: id, manager });
        say('membership', title, before === undefined ? 'create' : 'update', manager ? 'manager' : 'member');
      }
    }
  }

  const speakers = [
    { name: 'everyone', groupId: null, permissions: company.permissions },
    ...company.groups.map((group) => ({
      name: group.name,
      groupId: groupIds.get(group.name) ?? null,
      permissions: group.permissions,
    })),
  ];
  for (const { name, groupId, permissions } of speakers)
    for (const [effect, keys] of [
      ['allow', permissions.allow],
      ['deny', permissions.deny],
    ] as const)
      for (const permission of keys) {
        const before = there.rules.get(`${groupId} ${permission}`);
        if (before === effect) {
          same();
          continue;
        }
        plan.rules.push({ groupId, permission, effect });
        say('permission', `${permission} for ${name}`, before === undefined ? 'create' : 'update', effect);
      }

  for (const base of company.knowledgeBases) {
    if (there.knowledgeBases.has(lower(base.name))) {
      same();
      continue;
    }
    const ownerId = 'group' in base.owner ? groupIds.get(base.owner.group) : personIds.get(base.owner.person);
    plan.newKnowledgeBases.push({ ...base, ownerId: ownerId ?? '' });
    say('knowledge_base', base.name, 'create', base.description);
  }

  for (const { name, classes } of company.models) {
    const differ = there.models.filter((model) => model.name === name && model.classes.join() !== classes.join());
    for (const { id } of differ) plan.models.push({ id, classes });
    if (there.classes[name]?.join() === classes.join() && differ.length === 0) same();
    else {
      plan.modelClasses[name] = classes;
      say(
        'model',
        name,
        there.classes[name] === undefined ? 'create' : 'update',
        `${classes.join(', ')}, on every server that has it`,
      );
    }
  }

  for (const grant of company.grants) {
    const to =
      grant.to === 'everyone'
        ? { kind: 'everyone' as const, id: null, name: 'everyone' }
        : 'group' in grant.to
          ? { kind: 'group' as const, id: groupIds.get(grant.to.group) ?? '', name: grant.to.group }
          : { kind: 'person' as const, id: personIds.get(grant.to.person) ?? '', name: grant.to.person };
    const what = 'knowledgeBase' in grant.resource ? grant.resource.knowledgeBase : `model ${grant.resource.model}`;
    const title = `${what} to ${to.name}`;
    const target = { kind: to.kind, id: to.id };
    if ('knowledgeBase' in grant.resource) {
      const name = grant.resource.knowledgeBase;
      const known = there.knowledgeBases.get(lower(name));
      const before = known && there.grants.get(`${known} ${to.kind} ${to.id}`);
      if (before === grant.level) same();
      else if (to.id !== null && to.id === by.personId) say('grant', title, 'skip', 'nobody gives themself a right');
      else if (
        known &&
        by.personId !== null &&
        !(await decide(ctx, by.personId, 'knowledge.manage', { kind: 'knowledge_base', id: known })).allowed
      )
        say('grant', title, 'skip', 'grants on a knowledge base are made by those who manage it');
      else {
        plan.grants.push({ resource: { knowledgeBase: name }, to: target, level: grant.level });
        say('grant', title, before ? 'update' : 'create', grant.level);
      }
      continue;
    }
    const wanted = grant.resource.model;
    const ids = wanted === '*' ? [null] : there.models.filter((each) => each.name === wanted).map((each) => each.id);
    if (ids.length === 0) say('grant', title, 'skip', 'no connected server has this model');
    for (const modelId of ids) {
      if (there.grants.has(`${modelId ?? 'model'} ${to.kind} ${to.id}`)) same();
      else if (to.id !== null && to.id === by.personId) say('grant', title, 'skip', 'nobody gives themself a model');
      else {
        plan.grants.push({ resource: { modelId }, to: target, level: 'use' });
        say('grant', title, 'create', 'use');
      }
    }
  }
  return plan;
}

async function whatIsThere({ db }: Pick<Needs, 'db'>) {
  const [groups, identities, memberships, rules, knowledgeBases, models, grants, classes] = await Promise.all([
    db.group.findMany(),
    db.identity.findMany({ where: { issuer: 'local' }, include: { person: true } }),
    db.membership.findMany(),
    db.permissionRule.findMany(),
    db.knowledgeBase.findMany({ where: { deletedAt: null }, select: { id: true, name: true } }),
    db.model.findMany({ select: { id: true, name: true, classes: true } }),
    db.grant.findMany(),
    knownClasses(db),
  ]);
  const managing = new Map<string, boolean>();
  for (const { groupId, personId, manager } of memberships)
    managing.set(`${groupId} ${personId}`, manager || managing.get(`${groupId} ${personId}`) === true);
  return {
    groups: new Map(groups.map((group) => [lower(group.name), group])),
    people: new Map(identities.map(({ email, person }) => [lower(email ?? ''), person])),
    memberships: managing,
    rules: new Map(rules.map((rule) => [`${rule.groupId} ${rule.permission}`, rule.effect])),
    knowledgeBases: new Map(knowledgeBases.map((base) => [lower(base.name), base.id])),
    models,
    classes,
    // A grant on all models stands under the word `model`, the others under the id of what they are for.
    grants: new Map(
      grants.map((grant) => [`${grant.resourceId ?? grant.resourceKind} ${grant.toKind} ${grant.toId}`, grant.level]),
    ),
  };
}
