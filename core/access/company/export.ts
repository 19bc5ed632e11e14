import { stringify } from 'yaml';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import type { Actor } from '../actor.ts';
import { PERMISSION_KEYS } from '../permissions.ts';
import { companyFile } from './file.ts';
import { whatIsThere, type There } from './there.ts';

/** Names for what a file calls by name. Null: it has none there, and what hangs on it is left out. */
type Names = Readonly<{
  group(id: string | null): string | null;
  email(id: string): string | null;
  account(id: string): string | null;
}>;

type Reference = { group: string } | { person: string } | { serviceAccount: string } | 'everyone';

/**
 * Groups, people, service accounts, permissions, grants and mappings as a company file, so that importing it again changes
 * nothing. Documents, passwords, keys and what providers brought are not in it. `leftOut`: what has no name that a file
 * could use, such as people without an address of their own.
 */
export async function exportCompany(
  ctx: Pick<Context, 'db' | 'pool'>,
  by: Actor,
): Promise<{ yaml: string; leftOut: readonly string[] }> {
  const there = await whatIsThere(ctx);
  const leftOut: string[] = [];
  const names = namesOf(there);
  const file = {
    ...(there.company ? { company: there.company } : {}),
    permissions: rulesOf(there, null),
    groups: [...there.groups.values()].map(({ id, name, description, modelClasses }) => ({
      name,
      description,
      permissions: { ...rulesOf(there, id), withheld: withheldOf(there, id) },
      modelClasses,
    })),
    people: peopleOf(there, names),
    serviceAccounts: accountsOf(there, names, leftOut),
    knowledgeBases: basesOf(there, names, leftOut),
    models: classesOf(there),
    grants: inOrder(grantsOf(there, names, leftOut)),
    mappings: inOrder(mappingsOf(there, names)),
  };
  const nameless = await ctx.db.person.findMany({
    where: { kind: 'human', mergedInto: null },
    select: { id: true, name: true },
  });
  leftOut.unshift(
    ...nameless
      .filter(({ id }) => names.email(id) === null)
      .map(({ name }) => `${name}: no address that only they have`),
  );
  await record(ctx.pool, {
    actorId: by.personId,
    surface: by.surface,
    action: 'company.exported',
    detail: { people: file.people.length, groups: file.groups.length, grants: file.grants.length },
  });
  const comment = leftOut.map((line) => `# Left out: ${line.replaceAll(/\s+/g, ' ')}\n`).join('');
  return { yaml: comment + stringify(companyFile.parse(file), { lineWidth: 0 }), leftOut };
}

/** The same at each export, whenever which of them was made. */
const inOrder = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => [JSON.stringify(item), item] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, item]) => item);

function namesOf(there: There): Names {
  const groups = new Map([...there.groups.values()].map(({ id, name }) => [id, name]));
  const emails = new Map([...there.people].map(([email, { id }]) => [id, email]));
  const accounts = new Map([...there.serviceAccounts.values()].map(({ personId, name }) => [personId, name]));
  return {
    group: (id) => groups.get(id ?? '') ?? null,
    email: (id) => emails.get(id) ?? null,
    account: (id) => accounts.get(id) ?? null,
  };
}

const spoken = (there: There, groupId: string | null) =>
  PERMISSION_KEYS.flatMap((key) => there.rules.get(`${groupId} ${key}`) ?? []);

function rulesOf(there: There, groupId: string | null): { allow: string[]; deny: string[] } {
  const keys = (effect: string) =>
    spoken(there, groupId)
      .filter((rule) => rule.effect === effect)
      .map(({ permission }) => permission);
  return { allow: keys('allow'), deny: keys('deny') };
}

const withheldOf = (there: There, groupId: string): string[] =>
  spoken(there, groupId)
    .filter(({ withheld }) => withheld)
    .map(({ permission }) => permission);

/** The groups that somebody was put into by hand, or manages; what a provider brought, it brings again. */
function groupsOf(there: There, names: Names, personId: string): { groups: string[]; manages: string[] } {
  const theirs = there.membershipsOf.get(personId) ?? [];
  const named = (wanted: typeof theirs) =>
    [...new Set(wanted.flatMap(({ groupId }) => names.group(groupId) ?? []))].toSorted();
  return {
    groups: named(theirs.filter(({ source, manager }) => source === 'manual' || manager)),
    manages: named(theirs.filter(({ manager }) => manager)),
  };
}

const peopleOf = (there: There, names: Names) =>
  [...there.people].map(([email, { id, name, role, status }]) => ({
    email,
    name,
    role,
    ...groupsOf(there, names, id),
    active: status === 'active',
  }));

function ownerOf(names: Names, kind: string, id: string): { group: string } | { person: string } | null {
  const group = kind === 'group' ? names.group(id) : null;
  const person = kind === 'person' ? names.email(id) : null;
  if (group !== null) return { group };
  return person === null ? null : { person };
}

const accountsOf = (there: There, names: Names, leftOut: string[]) =>
  [...there.serviceAccounts.values()].flatMap(({ personId, name, description, status, ownerKind, ownerId }) => {
    const owner = ownerOf(names, ownerKind, ownerId);
    if (owner === null) leftOut.push(`service account ${name}: no owner that a file could name`);
    const { groups } = groupsOf(there, names, personId);
    return owner === null ? [] : [{ name, description, owner, groups, active: status === 'active' }];
  });

const basesOf = (there: There, names: Names, leftOut: string[]) =>
  [...there.knowledgeBases.values()].flatMap((base) => {
    const { name, description, answerPolicy, notice, discoverable } = base;
    const owner = ownerOf(names, base.ownerKind, base.ownerId);
    if (owner === null) leftOut.push(`knowledge base ${name}: no owner that a file could name`);
    return owner === null ? [] : [{ name, description, owner, answerPolicy, notice, discoverable }];
  });

/** The classes of models by name, where all servers that have it agree; with those that are known for later ones. */
function classesOf(there: There): { name: string; classes: string[] }[] {
  const found = new Map(Object.entries(there.classes));
  for (const { name } of there.models) {
    const all = there.models.filter((model) => model.name === name).map((model) => model.classes);
    if (all.every((each) => each.join() === all[0]?.join())) found.set(name, all[0] ?? []);
    else found.delete(name);
  }
  return [...found].filter(([, classes]) => classes.length > 0).map(([name, classes]) => ({ name, classes }));
}

function grantsOf(there: There, names: Names, leftOut: string[]) {
  const owned = new Set(basesOf(there, names, []).map(({ name }) => name));
  const bases = new Map(
    [...there.knowledgeBases.values()].filter(({ name }) => owned.has(name)).map(({ id, name }) => [id, name]),
  );
  const accounts = new Set(accountsOf(there, names, []).map(({ name }) => name));
  return [...there.grants.values()].flatMap((grant) => {
    const resource = resourceOf(there, bases, grant);
    const to = recipientOf(names, accounts, grant);
    if (resource === null || to === null) {
      leftOut.push(
        `a grant: ${resource === null ? 'what it is on' : 'whom it is for'} has no name that a file could use`,
      );
      return [];
    }
    return [{ resource, to, level: grant.level, ...(grant.expiresAt ? { until: grant.expiresAt.toISOString() } : {}) }];
  });
}

type GrantThere = There['grants'] extends Map<string, infer Grant> ? Grant : never;

function resourceOf(there: There, bases: Map<string, string>, { resourceKind, resourceId }: GrantThere) {
  if (resourceKind === 'knowledge_base') {
    const knowledgeBase = bases.get(resourceId ?? '');
    return knowledgeBase === undefined ? null : { knowledgeBase };
  }
  if (resourceId === null) return { model: '*' };
  const model = there.models.find(({ id }) => id === resourceId);
  return model ? { model: model.name, server: model.server.name } : null;
}

function recipientOf(names: Names, accounts: Set<string>, { toKind, toId }: GrantThere): Reference | null {
  if (toKind === 'everyone' || toId === null) return 'everyone';
  const group = toKind === 'group' ? names.group(toId) : null;
  if (group !== null) return { group };
  const serviceAccount = names.account(toId);
  if (serviceAccount !== null) return accounts.has(serviceAccount) ? { serviceAccount } : null;
  const person = names.email(toId);
  return person === null ? null : { person };
}

function mappingsOf(there: There, names: Names) {
  const keys = new Map([...there.providers].map(([key, id]) => [id, key]));
  return there.mappings.flatMap(({ providerId, toldAs, externalId, label, groupId, role }) => {
    const group = names.group(groupId);
    const to = group === null ? (role === null ? null : { role }) : { group };
    const provider = keys.get(providerId);
    return to === null || provider === undefined ? [] : [{ provider, toldAs, externalId, label, to }];
  });
}
