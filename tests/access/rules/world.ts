import { randomFrom } from '../../../scripts/bench/retrieval-data.ts';

/** A company made up by chance: who is there, and everything that was ever said about what they may do. */
export type World = Readonly<{
  people: readonly Person[];
  groups: readonly Group[];
  memberships: readonly { group: string; person: string; source: string; manager: boolean }[];
  knowledgeBases: readonly KnowledgeBase[];
  models: readonly Model[];
  grants: readonly Grant[];
  rules: readonly PermissionRule[];
  openings: readonly Opening[];
}>;

export type Person = { id: string; role: 'pending' | 'user' | 'admin'; status: 'active' | 'deactivated'; kind: string };
export type Group = { id: string; name: string; modelClasses: string[] };
export type KnowledgeBase = { id: string; ownerKind: 'person' | 'group'; owner: string; deleted: boolean };
export type Model = { id: string; classes: string[]; kind: 'chat' | 'embedding' };
export type LevelWord = 'use' | 'contribute' | 'manage';
export type Grant = {
  id: string;
  on: 'knowledge_base' | 'model';
  /** Null: every one of that kind. */
  resource: string | null;
  to: 'person' | 'group' | 'everyone';
  recipient: string | null;
  level: LevelWord;
  expires: Date | null;
};
/** `group` null: what is said for everyone. `withheld`: the group's managers hold it back. */
export type PermissionRule = {
  id: string;
  group: string | null;
  permission: string;
  effect: 'allow' | 'deny';
  withheld: boolean;
};
/** A break-glass. */
export type Opening = {
  id: string;
  person: string;
  on: 'knowledge_base' | 'model' | 'group';
  resource: string;
  level: LevelWord;
  ends: Date;
};

/** The moment at which everything is asked. */
export const AT = new Date('2026-11-21T12:00:00Z');

/** Those of the product's list, and one that it does not know. */
export const KEYS = [
  'chat.use',
  'chat.file_upload',
  'chat.controls',
  'workspace.knowledge',
  'tools.web_search',
  'tools.terminal',
  'playground',
  'api_keys',
  'bulk_export',
  'tools.everything',
];

export type Chance = Readonly<{
  /** A whole number below `end`. */
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
  /** True in this share of cases. */
  often(share: number): boolean;
  some<T>(from: readonly T[], most: number): T[];
  id(): string;
}>;

/** Chance that is the same for the same seed. */
export function chanceOf(seed: number): Chance {
  const random = randomFrom(seed);
  const below = (end: number) => Math.floor(random() * end);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
  return {
    below,
    pick,
    often: (share) => random() < share,
    some: (from, most) => [...new Set(Array.from({ length: below(most + 1) }, () => pick(from)))],
    id: () => `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
}

const CLASSES = ['small', 'large', 'reasoning'];
const LEVELS: readonly LevelWord[] = ['use', 'contribute', 'manage'];
// Ended long ago, ends just now, ends in a moment, ends later.
const ENDS = [-3_600_000, 0, 1, 3_600_000].map((ms) => new Date(AT.getTime() + ms));

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const once = <T>(items: readonly T[], key: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];

/** A company in which most people count, most things have an owner, and nothing is certain. */
export function aWorld(chance: Chance): World {
  const { below, pick, often, some, id } = chance;
  const people: Person[] = many(6 + below(7), () => ({
    id: id(),
    role: often(0.15) ? 'pending' : often(0.3) ? 'admin' : 'user',
    status: often(0.85) ? 'active' : 'deactivated',
    kind: often(0.1) ? 'service' : 'human',
  }));
  const groups: Group[] = many(2 + below(5), () => ({
    id: id(),
    name: id(),
    modelClasses: often(0.6) ? [] : some(CLASSES, 2),
  }));
  const someone = () => pick(people).id;
  const someGroup = () => pick(groups).id;
  const knowledgeBases: KnowledgeBase[] = many(6 + below(12), () => {
    const ownerKind = often(0.5) ? 'person' : 'group';
    // Owners may be gone without a trace.
    const owner = often(0.2) ? id() : ownerKind === 'person' ? someone() : someGroup();
    return { id: id(), ownerKind, owner, deleted: often(0.1) };
  });
  const models: Model[] = many(1 + below(5), () => ({
    id: id(),
    classes: some(CLASSES, 3),
    kind: often(0.85) ? 'chat' : 'embedding',
  }));
  const grants = many(below(26), (): Grant => {
    const on = often(0.7) ? 'knowledge_base' : 'model';
    const to = often(0.25) ? 'everyone' : often(0.5) ? 'person' : 'group';
    return {
      id: id(),
      on,
      resource:
        on === 'model' && often(0.15) ? null : pick<{ id: string }>(on === 'model' ? models : knowledgeBases).id,
      to,
      recipient: to === 'everyone' ? null : often(0.05) ? id() : to === 'person' ? someone() : someGroup(),
      level: to === 'everyone' ? 'use' : pick(LEVELS),
      expires: often(0.6) ? null : pick(ENDS),
    };
  });
  const rules = many(below(16), (): PermissionRule => {
    const group = often(0.2) ? null : someGroup();
    const effect = often(0.6) ? 'allow' : 'deny';
    const withheld = group !== null && effect === 'allow' && often(0.2);
    return { id: id(), group, permission: pick(KEYS), effect, withheld };
  });
  const openings = many(below(5), (): Opening => {
    const on = pick(['knowledge_base', 'model', 'group'] as const);
    const all = { knowledge_base: knowledgeBases, model: models, group: groups };
    const resource = pick<{ id: string }>(all[on]).id;
    const level = on === 'knowledge_base' ? pick(LEVELS) : 'use';
    return { id: id(), person: someone(), on, resource, level, ends: pick(ENDS) };
  });
  const memberships = many(below(3 * people.length), () => ({
    group: someGroup(),
    person: someone(),
    source: pick(['manual', 'provider:a', 'provider:b']),
    manager: often(0.25),
  }));
  return {
    people,
    groups,
    knowledgeBases,
    models,
    openings,
    memberships: once(memberships, ({ group, person, source }) => `${group} ${person} ${source}`),
    grants: once(grants, ({ on, resource, to, recipient }) => `${on} ${resource} ${to} ${recipient}`),
    rules: once(rules, ({ group, permission }) => `${group} ${permission}`),
  };
}
