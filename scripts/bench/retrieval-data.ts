/** Random numbers that are the same in each run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Corpus = Readonly<{
  /** Passages of each knowledge base, the largest first. */
  sizes: readonly number[];
  dimensions: number;
  passage(knowledgeBase: number, random: () => number): { vector: Float32Array; words: string[] };
  /** A vector near this one, as a question's is. */
  near(vector: Float32Array, random: () => number): Float32Array;
}>;

const TOPICS = 200;
const TOPICS_OF_A_KNOWLEDGE_BASE = 40;
const WORDS = 30_000;
const TOPIC_WORDS = 40;
const WORDS_OF_A_PASSAGE = 60;
/** How far a passage lies from the middle of its topic, as a share of that vector's length. */
const SPREAD = 0.9;
const SPREAD_OF_A_QUESTION = 0.5;

/**
 * A made-up company: as many topics as knowledge bases, each a cluster of vectors with words of its own. A knowledge base is
 * about forty of them, its products, sites and procedures, which others write about too: so most of the passages nearest to
 * a question lie where the asker may not read.
 */
export function makeCorpus(options: { knowledgeBases: number; passages: number; dimensions: number }): Corpus {
  const { knowledgeBases, passages, dimensions } = options;
  const random = randomFrom(20_261_121);
  const centres = Array.from({ length: TOPICS }, () => direction(dimensions, random));
  const vocabularies = Array.from({ length: TOPICS }, () =>
    Array.from({ length: TOPIC_WORDS }, () => word(Math.floor(random() * WORDS))),
  );
  const weights = Array.from({ length: knowledgeBases }, (_, index) => 1 / (index + 1) ** 0.7);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sizes = weights.map((weight) => Math.max(1, Math.round((passages * weight) / total)));
  sizes[0] = (sizes[0] ?? 0) + passages - sizes.reduce((sum, size) => sum + size, 0);
  const topics = sizes.map(() =>
    Array.from({ length: TOPICS_OF_A_KNOWLEDGE_BASE }, () => Math.floor(random() * TOPICS)),
  );
  const common = () => word(Math.floor(WORDS * random() ** 3));
  return {
    sizes,
    dimensions,
    passage(knowledgeBase, draw) {
      const own = topics[knowledgeBase] ?? [];
      const topic = own[Math.floor(draw() * own.length)] ?? 0;
      const vocabulary = vocabularies[topic] ?? [];
      const words = Array.from({ length: WORDS_OF_A_PASSAGE }, () =>
        draw() < 0.35 ? (vocabulary[Math.floor(draw() * vocabulary.length)] ?? '') : common(),
      );
      return { vector: moved(centres[topic] ?? new Float32Array(dimensions), SPREAD, draw), words };
    },
    near: (vector, draw) => moved(vector, SPREAD_OF_A_QUESTION, draw),
  };
}

const word = (index: number): string => `w${index.toString(36)}`;

function direction(dimensions: number, random: () => number): Float32Array {
  return unit(Float32Array.from({ length: dimensions }, () => gaussian(random)));
}

function moved(from: Float32Array, share: number, random: () => number): Float32Array {
  const away = direction(from.length, random);
  return unit(from.map((value, index) => value + share * (away[index] ?? 0)));
}

const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
