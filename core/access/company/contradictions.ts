import type { CompanyFile } from './file.ts';

export type Problem = { path: readonly PropertyKey[]; message: string };

/** What a company file says of things that it does not have, or says twice: each with the place where it stands. */
export function contradictions(file: CompanyFile): Problem[] {
  const problems: Problem[] = [];
  const groups = new Set(file.groups.map((group) => group.name));
  const people = new Set(file.people.map((person) => person.email));
  const accounts = new Set(file.serviceAccounts.map((account) => account.name));
  const knowledgeBases = new Set(file.knowledgeBases.map((base) => base.name));
  const files = file.knowledgeBases.flatMap((base) => base.documents).flatMap(versionsOf);
  const need = (condition: boolean, path: PropertyKey[], message: string) =>
    condition || problems.push({ path, message });
  const known = (set: Set<string>, key: string, path: PropertyKey[], kind: string, list: string) =>
    need(set.has(key), path, `no ${kind} is named "${key}"; add it under ${list} or correct the name`);
  const reference = (to: { group: string } | { person: string } | { serviceAccount: string }, path: PropertyKey[]) =>
    'group' in to
      ? known(groups, to.group, [...path, 'group'], 'group', 'groups')
      : 'person' in to
        ? known(people, to.person, [...path, 'person'], 'person', 'people')
        : known(accounts, to.serviceAccount, [...path, 'serviceAccount'], 'service account', 'serviceAccounts');
  // But for models, a name in other letters is the same name.
  const once = (keys: string[], list: string, field: string, same = (key: string) => key.toLowerCase()) => {
    const folded = keys.map(same);
    keys.forEach((key, at) =>
      need(folded.indexOf(folded[at] ?? '') === at, [list, at, field], `"${key}" is there twice; remove one of them`),
    );
  };

  once(
    file.groups.map((group) => group.name),
    'groups',
    'name',
  );
  once(
    file.people.map((person) => person.email),
    'people',
    'email',
  );
  once(
    file.knowledgeBases.map((base) => base.name),
    'knowledgeBases',
    'name',
  );
  once(
    file.models.map((model) => model.name),
    'models',
    'name',
    (key) => key,
  );
  once(
    file.serviceAccounts.map((account) => account.name),
    'serviceAccounts',
    'name',
  );
  file.groups.forEach(({ permissions }, at) =>
    permissions.withheld.forEach((key, n) =>
      need(
        permissions.allow.includes(key),
        ['groups', at, 'permissions', 'withheld', n],
        `only what the group is allowed can be held back: add "${key}" to allow too`,
      ),
    ),
  );
  file.serviceAccounts.forEach((account, at) => {
    reference(account.owner, ['serviceAccounts', at, 'owner']);
    account.groups.forEach((key, n) => known(groups, key, ['serviceAccounts', at, 'groups', n], 'group', 'groups'));
  });
  file.mappings.forEach(({ to }, at) => {
    if ('group' in to) known(groups, to.group, ['mappings', at, 'to', 'group'], 'group', 'groups');
  });
  file.people.forEach((person, at) => {
    person.groups.forEach((key, n) => known(groups, key, ['people', at, 'groups', n], 'group', 'groups'));
    person.manages.forEach((key, n) =>
      need(
        person.groups.includes(key),
        ['people', at, 'manages', n],
        `only members manage: add "${key}" to their groups too`,
      ),
    );
  });
  file.knowledgeBases.forEach((base, at) => {
    reference(base.owner, ['knowledgeBases', at, 'owner']);
    base.documents.forEach((entry, n) =>
      versionsOf(entry).forEach((path) =>
        need(
          files.indexOf(path) === files.lastIndexOf(path),
          ['knowledgeBases', at, 'documents', n],
          `"${path}" is there twice; remove one of them`,
        ),
      ),
    );
  });
  file.grants.forEach((grant, at) => {
    const path = ['grants', at];
    if ('knowledgeBase' in grant.resource)
      known(
        knowledgeBases,
        grant.resource.knowledgeBase,
        [...path, 'resource', 'knowledgeBase'],
        'knowledge base',
        'knowledgeBases',
      );
    if (grant.to === 'everyone') need(grant.level === 'use', [...path, 'level'], 'everyone can only be given use');
    else reference(grant.to, [...path, 'to']);
    need(
      'knowledgeBase' in grant.resource || grant.level === 'use',
      [...path, 'level'],
      'a model can only be given at the level use',
    );
  });
  if (file.sampleQuestion) {
    known(people, file.sampleQuestion.as, ['sampleQuestion', 'as'], 'person', 'people');
    known(new Set(files), file.sampleQuestion.document, ['sampleQuestion', 'document'], 'document', 'knowledgeBases');
  }
  return problems;
}

/** The files of a document of the company file, oldest first; mostly one. */
export const versionsOf = (entry: CompanyFile['knowledgeBases'][number]['documents'][number]): string[] =>
  typeof entry === 'string' ? [entry] : entry.versions;
