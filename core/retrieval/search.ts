import type { AccessScope } from '../access/scope.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import type { DocumentId, KnowledgeBaseId, VersionId } from '../ids.ts';
import type { Embedder } from '../models/types.ts';
import { candidates, type SearchedIn } from './candidates.sql.ts';
import { dictionariesFor } from './dictionaries.ts';
import { demandOf, saysEnough, type Demand } from './evidence.ts';
import { fuse, interleave, type Ranked } from './fusion.ts';
import { knowsLanguageOf } from './languages.ts';
import { passagesAround } from './passages.sql.ts';
import { askedIn, wordsToKnow } from './question-words.ts';
import { REACH, surroundings } from './surroundings.ts';
import { prepare, type SearchedKnowledgeBase } from './terms.sql.ts';
import { chooseTerms, type Terms } from './terms.ts';
import { wordsOf } from './words.ts';

export type Query = Readonly<{
  text: string;
  /** The question before it, where this one says little without. */
  before?: string;
  /** Passages at most. */
  limit: number;
  /** Only these, which all have to be within the scope. */
  knowledgeBaseIds?: readonly KnowledgeBaseId[];
  signal?: AbortSignal;
}>;

/** `surroundings`: the passage with the text around it, for the model. `score`: cosine 0 to 1. `rank`: from 1, the order. */
export type FoundPassage = Readonly<{
  id: string;
  knowledgeBaseId: KnowledgeBaseId;
  knowledgeBaseName: string;
  documentId: DocumentId;
  documentName: string;
  version: number;
  versionId: VersionId;
  ordinal: number;
  page: number | null;
  heading: string | null;
  text: string;
  surroundings: string;
  /** Whether it says something about the question itself; at least one of those found does. */
  telling: boolean;
  score: number;
  rank: number;
}>;

/** What stands behind it is not searched for, characters. */
const LONGEST_QUESTION = 4_000;
const MOST_WORDS = 40;
/** Words for the same and parts of words, which are looked for beside the question's own. */
const MOST_FURTHER_WORDS = 80;
/** Taken from vectors and from terms before they are fused. */
const CANDIDATES = 40;
/** Whether anything was found is decided on so many of the best, however many are wanted. */
const LOOKED_AT = 3;

/**
 * The passages within the scope that say most about the question, best first; none where nothing says anything about it.
 * Three statements, the question embedded once for each model that the scope's knowledge bases were built with.
 * @throws AppError 'not_found' when a knowledge base is asked for that the scope does not hold, model_* of the embedder
 */
export async function search(
  ctx: Pick<Context, 'pool' | 'models'>,
  scope: AccessScope,
  query: Query,
): Promise<FoundPassage[]> {
  const within = narrowed(scope, query.knowledgeBaseIds);
  const question = query.text.trim().slice(0, LONGEST_QUESTION);
  if (within.length === 0 || question === '') return [];
  const before = query.before?.trim().slice(0, LONGEST_QUESTION);
  const text = before ? `${before}\n${question}` : question;

  const asked = askedIn(question, before);
  const words = wordsToKnow(text, asked, { own: MOST_WORDS, further: MOST_FURTHER_WORDS });
  const prepared = await prepare(ctx.pool, within, words, dictionariesFor(text));
  const { knowledgeBases } = prepared;
  const passages = knowledgeBases.reduce((sum, each) => sum + each.passages, 0);
  const own = new Set(wordsOf(text));
  const others = new Set(asked.flatMap((each) => each.others)).difference(own);
  const terms = chooseTerms(prepared, passages, [...own], [...others]);

  const byModel = Map.groupBy(knowledgeBases, (each) => each.embeddingModel);
  const lists = await Promise.all(
    [...byModel].map(([model, group]) => searchOf(ctx, model, group, { text, terms, signal: query.signal })),
  );
  const chosen = interleave(lists).slice(0, Math.max(query.limit, LOOKED_AT));
  if (chosen.length === 0) return [];
  const found = await described(ctx, chosen, knowledgeBases, demandOf(asked, prepared, passages));
  const isFound = found.slice(0, LOOKED_AT).some(({ telling }) => telling);
  return isFound ? found.slice(0, query.limit) : [];
}

function narrowed(scope: AccessScope, wanted: readonly KnowledgeBaseId[] | undefined): readonly KnowledgeBaseId[] {
  if (wanted === undefined) return scope.knowledgeBaseIds;
  const readable = new Set(scope.knowledgeBaseIds);
  if (wanted.some((id) => !readable.has(id))) throw notFound('knowledge base');
  return [...new Set(wanted)];
}

/** The candidates of the knowledge bases that were built with one model, fused; empty where nothing says anything. */
async function searchOf(
  ctx: Pick<Context, 'pool' | 'models'>,
  model: string,
  knowledgeBases: readonly SearchedKnowledgeBase[],
  question: { text: string; terms: Terms; signal: AbortSignal | undefined },
): Promise<Ranked[]> {
  const embedder: Embedder = await ctx.models.embedder(model);
  const [vector] = await embedder.embed([question.text], question.signal);
  if (!vector) throw new AppError('model_bad_answer', 'The embedding model gave no vector');
  const found = await candidates(ctx.pool, searchedIn(knowledgeBases), { vector, terms: question.terms }, CANDIDATES);
  return fuse(found, {
    silentBelow: knowsLanguageOf(model, question.text) ? embedder.notFoundBelow : null,
    total: question.terms.total,
  });
}

/** How near passages are found in these knowledge bases. */
export function searchedIn(knowledgeBases: readonly Pick<SearchedKnowledgeBase, 'id' | 'indexed'>[]): SearchedIn {
  const idsOf = (indexed: boolean) => knowledgeBases.filter((each) => each.indexed === indexed).map((each) => each.id);
  return { indexed: idsOf(true), exact: idsOf(false) };
}

async function described(
  ctx: Pick<Context, 'pool'>,
  chosen: readonly Ranked[],
  knowledgeBases: readonly SearchedKnowledgeBase[],
  demand: Demand,
): Promise<FoundPassage[]> {
  const around = await passagesAround(ctx.pool, chosen, REACH, demand.lexemes);
  const names = new Map(knowledgeBases.map((each) => [each.id, each.name]));
  return chosen
    .flatMap((candidate) => {
      const passage = around.find((each) => each.id === candidate.id);
      if (!passage) return []; // Deleted or replaced between the two statements.
      const { id, documentId, documentName, version, versionId, ordinal, page, heading, text } = passage;
      return [
        {
          id,
          documentId,
          documentName,
          version,
          versionId,
          ordinal,
          page,
          heading,
          text,
          knowledgeBaseId: candidate.knowledgeBaseId,
          knowledgeBaseName: names.get(candidate.knowledgeBaseId) ?? '',
          surroundings: surroundings(passage, around),
          telling: saysEnough(demand, { held: passage.held, meaning: candidate.meaning }),
          score: Math.min(1, Math.max(0, candidate.cosine)),
        },
      ];
    })
    .map((passage, index) => ({ ...passage, rank: index + 1 }));
}
