import { AT, type Grant, type KnowledgeBase, type LevelWord, type Model, type Person, type World } from './world.ts';

/**
 * What the product promises about rights, said once more and as plainly as it can be, from its description and not from its
 * code: nothing here is shared with it, nothing here is fast. Each function answers one question about one person.
 */

const RANK: Record<LevelWord, number> = { use: 1, contribute: 2, manage: 3 };
/** What everybody has from the start. */
const FROM_THE_START = ['chat.use', 'playground'];
const KNOWN = [
  ...['chat.use', 'chat.file_upload', 'chat.delete', 'chat.temporary', 'chat.export', 'chat.controls'],
  ...['workspace.models', 'workspace.assistants', 'workspace.knowledge', 'workspace.prompts', 'workspace.tools'],
  ...['tools.web_search', 'tools.extraction', 'tools.code', 'tools.terminal', 'tools.visualizer', 'tools.mcp'],
  ...['playground', 'api_keys', 'settings.read', 'audit.read', 'bulk_export', 'conversations.read'],
];

/** Somebody who is asked about: a person by id, or whoever is in one group and has nothing else. */
export type Somebody = { person: string } | { inGroup: string };

/** Who shares a place with the asker. */
export type Readers =
  | { kind: 'private' }
  | { kind: 'members'; people: readonly string[]; strangers: boolean }
  | { kind: 'everyone' }
  | { kind: 'nobody' };

const lasts = (end: Date | null): boolean => end === null || end > AT;

const personOf = (world: World, id: string): Person | undefined => world.people.find((person) => person.id === id);

/** Active and approved; anybody else has nothing at all. */
export const counts = (world: World, id: string): boolean => {
  const person = personOf(world, id);
  return person !== undefined && person.status === 'active' && person.role !== 'pending';
};

const isAdmin = (world: World, id: string): boolean => counts(world, id) && personOf(world, id)?.role === 'admin';

const opened = (world: World, id: string, on: string, resource: string) =>
  isAdmin(world, id)
    ? world.openings.filter((one) => one.person === id && one.on === on && one.resource === resource && lasts(one.ends))
    : [];

function isIn(world: World, who: Somebody, group: string): boolean {
  if ('inGroup' in who) return who.inGroup === group;
  if (!counts(world, who.person)) return false;
  const member = world.memberships.some((one) => one.group === group && one.person === who.person);
  return member || opened(world, who.person, 'group', group).length > 0;
}

/** Whether they manage a group: by a membership that says so, never by one that they opened for themselves. */
export const managesGroup = (world: World, id: string, group: string): boolean =>
  counts(world, id) && world.memberships.some((one) => one.group === group && one.person === id && one.manager);

const reaches = (world: World, who: Somebody, grant: Grant): boolean => {
  if (!lasts(grant.expires)) return false;
  if (grant.to === 'everyone') return 'inGroup' in who || counts(world, who.person);
  if (grant.to === 'group') return isIn(world, who, grant.recipient!);
  return 'person' in who && counts(world, who.person) && grant.recipient === who.person;
};

const speaks = (grant: Grant, on: Grant['on'], resource: string): boolean =>
  grant.on === on && (grant.resource === null || grant.resource === resource);

/** 0: nothing, not even that it is there. 1 to 3: use, contribute, manage. */
export function levelOn(world: World, who: Somebody, base: KnowledgeBase): number {
  if (base.deleted) return 0;
  const levels = [0];
  for (const grant of world.grants)
    if (speaks(grant, 'knowledge_base', base.id) && reaches(world, who, grant)) levels.push(RANK[grant.level]);
  if (base.ownerKind === 'group' && isIn(world, who, base.owner)) levels.push(1);
  if ('person' in who) {
    if (base.ownerKind === 'person' && base.owner === who.person && counts(world, who.person)) levels.push(3);
    if (base.ownerKind === 'group' && managesGroup(world, who.person, base.owner)) levels.push(3);
    for (const one of opened(world, who.person, 'knowledge_base', base.id)) levels.push(RANK[one.level]);
  }
  return Math.max(...levels);
}

/** Whether anybody of the company may read it. */
const isEveryones = (world: World, base: KnowledgeBase): boolean =>
  !base.deleted &&
  world.grants.some(
    (grant) => grant.to === 'everyone' && speaks(grant, 'knowledge_base', base.id) && lasts(grant.expires),
  );

/** Whether an answer to this person in this place may draw on it. */
export function readInPlace(world: World, asker: string, place: Readers, base: KnowledgeBase): boolean {
  if (levelOn(world, { person: asker }, base) === 0) return false;
  switch (place.kind) {
    case 'private':
      return true;
    case 'nobody':
      return false;
    case 'everyone':
      return isEveryones(world, base);
    case 'members':
      if (place.strangers && !isEveryones(world, base)) return false;
      return place.people.every((person) => levelOn(world, { person }, base) > 0);
  }
}

/** Granted, and of every class that each of their groups insists on. */
export function usesModel(world: World, who: Somebody, model: Model): boolean {
  const granted =
    world.grants.some((grant) => speaks(grant, 'model', model.id) && reaches(world, who, grant)) ||
    ('person' in who && opened(world, who.person, 'model', model.id).length > 0);
  const kept = world.groups.some(
    (group) => isIn(world, who, group.id) && group.modelClasses.some((wanted) => !model.classes.includes(wanted)),
  );
  return granted && !kept;
}

/** A group's no, else a group's yes, else what is said for everyone, else what everybody has from the start. */
export function hasPermission(world: World, who: Somebody, key: string): boolean {
  if (!KNOWN.includes(key)) return false;
  if ('person' in who && !counts(world, who.person)) return false;
  const speaking = world.rules.filter((rule) => rule.permission === key && !rule.withheld);
  const ofGroups = speaking.filter((rule) => rule.group !== null && isIn(world, who, rule.group));
  if (ofGroups.some((rule) => rule.effect === 'deny')) return false;
  if (ofGroups.length > 0) return true;
  const forEveryone = speaking.find((rule) => rule.group === null);
  return forEveryone === undefined ? FROM_THE_START.includes(key) : forEveryone.effect === 'allow';
}

/** Administrators administer. */
export const administers = (world: World, id: string): boolean => isAdmin(world, id);

export const managesAsGroup = (world: World, id: string, group: string): boolean =>
  isAdmin(world, id) || managesGroup(world, id, group);

export const makesKnowledgeBases = (world: World, id: string): boolean =>
  isAdmin(world, id) ||
  world.groups.some((group) => managesGroup(world, id, group.id)) ||
  hasPermission(world, { person: id }, 'workspace.knowledge');
