import { expect } from 'vitest';
import { ADMIN_ACTIONS } from '../../../core/access/actions.ts';
import { admit, type Admitted } from '../../../core/access/admission.ts';
import { decide } from '../../../core/access/decide.ts';
import { peopleWithAccess } from '../../../core/access/oversight.sql.ts';
import { rightsOf } from '../../../core/access/rights.ts';
import { PRIVATE, type Place } from '../../../core/access/scope.ts';
import type { Context } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { search } from '../../../core/retrieval/search.ts';
import { test } from '../../factories/context.ts';
import { fakeEmbedder } from '../../fakes/embedder.ts';
import { loadCanaries, loadWorld } from './load.sql.ts';
import * as plain from './plain.ts';
import { aWorld, AT, chanceOf, KEYS, type Chance, type World } from './world.ts';

/** The same questions each time, so that a failure can be looked at again; RULES_SEED asks others. */
const SEED = Number(process.env['RULES_SEED'] ?? 20_261_121);
const WORLDS = 500;
const QUESTIONS = 100_000;
const SEARCHES = 2_000;
/** Half a minute each where nothing else runs. */
const TIMEOUT_MS = 600_000;
const DIFFERENCES_SHOWN = 20;

type Asked = {
  count: number;
  differences: string[];
  compare(question: string, product: boolean | number, rules: boolean | number): void;
};

function asking(): Asked {
  const asked: Asked = {
    count: 0,
    differences: [],
    compare(question, product, rules) {
      asked.count += 1;
      if (product !== rules) asked.differences.push(`${question}: the product says ${product}, the rules ${rules}`);
    },
  };
  return asked;
}

function somewhere(chance: Chance, world: World): plain.Readers {
  const kind = chance.pick(['private', 'members', 'members', 'members', 'everyone', 'nobody'] as const);
  if (kind !== 'members') return { kind };
  const unknown = chance.often(0.05) ? [chance.id()] : [];
  // Often only people who count, or most places would be empty.
  const living = world.people.filter(({ id }) => plain.counts(world, id));
  const from = chance.often(0.8) && living.length > 0 ? living : world.people;
  const people = chance.some(from, 4).map(({ id }) => id);
  return { kind, people: [...people, ...unknown], strangers: chance.often(0.25) };
}

const placeOf = (readers: plain.Readers): Place => {
  if (readers.kind === 'private') return PRIVATE;
  return {
    kind: 'shared',
    audience:
      readers.kind === 'members'
        ? { kind: 'members', personIds: readers.people, unlinked: readers.strangers }
        : { kind: readers.kind },
  };
};

/** What a question is admitted with; null where it is refused. */
async function admitted(ctx: Context, person: string, place: Place): Promise<Admitted | null> {
  try {
    return await admit(ctx, person, place);
  } catch (error) {
    if (error instanceof AppError && error.code === 'forbidden') return null;
    throw error;
  }
}

async function askAdmission(ctx: Context, world: World, chance: Chance, asked: Asked): Promise<void> {
  const person = chance.often(0.03) ? chance.id() : chance.pick(world.people).id;
  const readers = somewhere(chance, world);
  const given = await admitted(ctx, person, placeOf(readers));
  const asks = plain.hasPermission(world, { person }, 'chat.use');
  asked.compare(`${person} asks`, given !== null, asks);
  const where = JSON.stringify(readers);
  for (const base of world.knowledgeBases) {
    const own = asks && plain.levelOn(world, { person }, base) > 0;
    asked.compare(`${person} reads ${base.id}`, given?.personal.knowledgeBaseIds.includes(base.id) ?? false, own);
    const there = asks && plain.readInPlace(world, person, readers, base);
    asked.compare(
      `${person} in ${where} is answered from ${base.id}`,
      given?.shared.knowledgeBaseIds.includes(base.id) ?? false,
      there,
    );
  }
  for (const model of world.models)
    asked.compare(
      `${person} is answered by ${model.id}`,
      given?.chatModels.some(({ id }) => id === model.id) ?? false,
      asks && model.kind === 'chat' && plain.usesModel(world, { person }, model),
    );
}

async function askRights(ctx: Context, world: World, chance: Chance, asked: Asked): Promise<void> {
  const kind = chance.often(0.8) ? 'person' : 'group';
  const { id } = chance.pick<{ id: string }>(kind === 'person' ? world.people : world.groups);
  const who: plain.Somebody = kind === 'person' ? { person: id } : { inGroup: id };
  const rights = await rightsOf(ctx, { kind, id });
  for (const [key, product] of Object.entries(rights.permissions)) {
    const rules = (ADMIN_ACTIONS as readonly string[]).includes(key)
      ? kind === 'person' && plain.administers(world, id)
      : key === 'knowledge.create'
        ? kind === 'person'
          ? plain.makesKnowledgeBases(world, id)
          : plain.hasPermission(world, who, 'workspace.knowledge')
        : plain.hasPermission(world, who, key);
    asked.compare(`${kind} ${id} has ${key}`, product, rules);
  }
  for (const base of world.knowledgeBases)
    asked.compare(
      `level of ${kind} ${id} on ${base.id}`,
      rights.knowledgeBases.find((each) => each.id === base.id)?.level ?? 0,
      plain.levelOn(world, who, base),
    );
  for (const model of world.models)
    asked.compare(
      `${kind} ${id} uses ${model.id}`,
      rights.models.some((each) => each.id === model.id),
      model.kind === 'chat' && plain.usesModel(world, who, model),
    );
  for (const group of world.groups)
    asked.compare(
      `${kind} ${id} manages ${group.id}`,
      rights.manages.some((each) => each.id === group.id),
      kind === 'person' && plain.managesGroup(world, id, group.id),
    );
}

async function askWhoHasAccess(ctx: Context, world: World, chance: Chance, asked: Asked): Promise<void> {
  const base = chance.pick(world.knowledgeBases);
  const found = await peopleWithAccess(ctx.pool, base.id, AT, { find: '', after: null, limit: 100 });
  for (const { id } of world.people)
    asked.compare(
      `level of ${id} in the list of ${base.id}`,
      found.find((each) => each.id === id)?.level ?? 0,
      plain.levelOn(world, { person: id }, base),
    );
}

async function askDecisions(ctx: Context, world: World, chance: Chance, asked: Asked): Promise<void> {
  const { id: person } = chance.pick(world.people);
  const base = chance.pick(world.knowledgeBases);
  const model = chance.pick(world.models);
  const group = chance.pick(world.groups);
  const key = chance.pick(KEYS);
  const [needed, action] = chance.pick([
    [1, 'knowledge.read'],
    [2, 'knowledge.contribute'],
    [3, 'knowledge.manage'],
  ] as const);
  const say = async (asking: Promise<{ allowed: boolean }>) => (await asking).allowed;
  asked.compare(
    `${person} does ${action} on ${base.id}`,
    await say(decide(ctx, person, action, { kind: 'knowledge_base', id: base.id })),
    plain.levelOn(world, { person }, base) >= needed,
  );
  asked.compare(
    `${person} does model.use on ${model.id}`,
    await say(decide(ctx, person, 'model.use', { kind: 'model', id: model.id })),
    plain.usesModel(world, { person }, model),
  );
  asked.compare(
    `${person} does group.manage on ${group.id}`,
    await say(decide(ctx, person, 'group.manage', { kind: 'group', id: group.id })),
    plain.managesAsGroup(world, person, group.id),
  );
  asked.compare(
    `${person} does ${key}`,
    await say(decide(ctx, person, key as 'chat.use')),
    plain.hasPermission(world, { person }, key),
  );
}

test(
  'the product decides as its rules say, in any company that chance can make up',
  { timeout: TIMEOUT_MS },
  async ({ ctx: given }) => {
    const ctx = { ...given, clock: { now: () => AT } };
    const asked = asking();
    for (let number = 0; number < WORLDS; number += 1) {
      const chance = chanceOf(SEED + number);
      const world = aWorld(chance);
      await loadWorld(ctx.pool, world);
      const before = asked.differences.length;
      await askRights(ctx, world, chance, asked);
      await askWhoHasAccess(ctx, world, chance, asked);
      await askDecisions(ctx, world, chance, asked);
      while (asked.count < ((number + 1) * QUESTIONS) / WORLDS) await askAdmission(ctx, world, chance, asked);
      for (let index = before; index < asked.differences.length; index += 1)
        asked.differences[index] = `RULES_SEED=${SEED}, world ${number}: ${asked.differences[index]}`;
    }
    expect(asked.differences.slice(0, DIFFERENCES_SHOWN)).toEqual([]);
    expect(asked.count).toBeGreaterThanOrEqual(QUESTIONS);
  },
);

test(
  'a search finds what everyone in the place may read and nothing else, whoever asks',
  { timeout: TIMEOUT_MS },
  async ({ ctx: given }) => {
    const embedder = fakeEmbedder();
    const models = { ...given.models, embedder: async () => embedder };
    const ctx = { ...given, models, clock: { now: () => AT } };
    const text = (base: string) => `The canary of this knowledge base sings ${base.slice(-12)}`;
    const wrong: string[] = [];
    let searches = 0;
    let found = 0;
    for (let number = 0; searches < SEARCHES; number += 1) {
      const chance = chanceOf(SEED + WORLDS + number);
      const world = aWorld(chance);
      await loadWorld(ctx.pool, world);
      const texts = world.knowledgeBases.map(({ id }) => text(id));
      const vectors = await embedder.embed(texts);
      await loadCanaries(
        ctx.pool,
        world.knowledgeBases.map(({ id }, index) => ({
          base: id,
          document: chance.id(),
          version: chance.id(),
          passage: chance.id(),
          text: texts[index]!,
          vector: JSON.stringify([...vectors[index]!]),
        })),
      );
      const asked = Array.from({ length: 40 }, () => ({
        person: chance.pick(world.people).id,
        readers: somewhere(chance, world),
      })).filter(({ person }) => plain.counts(world, person) && plain.hasPermission(world, { person }, 'chat.use'));
      for (const { person, readers } of asked) {
        const { shared } = await admit(ctx, person, placeOf(readers));
        const passages = await search(ctx, shared, { text: 'What does the canary sing?', limit: 20 });
        searches += 1;
        found += passages.length;
        const readable = world.knowledgeBases.filter((base) => plain.readInPlace(world, person, readers, base));
        const expected = readable.map(({ id }) => text(id)).toSorted();
        const got = passages.map((passage) => passage.text).toSorted();
        if (JSON.stringify(got) !== JSON.stringify(expected))
          wrong.push(
            `RULES_SEED=${SEED}, world ${number}: ${person} in ${JSON.stringify(readers)} found ${got.join(', ')} instead of ${expected.join(', ')}`,
          );
      }
    }
    expect(wrong.slice(0, DIFFERENCES_SHOWN)).toEqual([]);
    expect(found).toBeGreaterThan(SEARCHES);
  },
);
