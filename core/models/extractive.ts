import type { PromptPassage } from './prompt.ts';
import { meaningfulWords, sentencesOf } from './sentences.ts';
import type { ModelPart } from './types.ts';

const QUOTES = 3;
const LONGEST_QUOTE_CHARS = 500;

const INTRODUCTION: Readonly<Record<string, string>> = {
  en: 'No language model is connected. These passages from the documents fit the question best:',
  de: 'Es ist kein Sprachmodell verbunden. Diese Stellen aus den Dokumenten passen am besten zur Frage:',
};

type Candidate = { n: number; place: number; order: number; text: string; score: number };

/**
 * An answer without a model server: says so, and quotes the sentences that share most with the question, each with its
 * citation. `language`: code of the asker's language, German or else English. Gives nothing when there are no passages.
 */
export async function* extractiveAnswer(
  question: string,
  passages: readonly PromptPassage[],
  language = 'en',
): AsyncGenerator<ModelPart> {
  const quotes = bestSentences(question, passages);
  if (quotes.length === 0) return;
  yield { type: 'text', text: `${INTRODUCTION[language] ?? INTRODUCTION.en}\n` };
  for (const { text, n } of quotes) yield { type: 'text', text: `\n> ${shortened(text)} [${n}]\n` };
  yield { type: 'usage', promptTokens: 0, completionTokens: 0 };
}

function bestSentences(question: string, passages: readonly PromptPassage[]): Candidate[] {
  const wanted = new Set(meaningfulWords(question));
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  passages.forEach((passage, place) => {
    const own = passage.text ?? passage.surroundings;
    for (const [order, text] of sentencesOf(passage.surroundings).entries()) {
      if (seen.has(text)) continue;
      seen.add(text);
      candidates.push({ n: passage.n, place, order, text, score: own.includes(text) ? 0.2 : 0 });
    }
  });
  const wordsOf = candidates.map(({ text }) => new Set(meaningfulWords(text)));
  const rarity = new Map(
    [...wanted].map((word) => [
      word,
      Math.log(1 + candidates.length / (1 + wordsOf.filter((words) => words.has(word)).length)),
    ]),
  );
  const most = [...rarity.values()].reduce((sum, weight) => sum + weight, 0) || 1;
  candidates.forEach((candidate, i) => {
    const words = wordsOf[i] ?? new Set();
    let shared = 0;
    for (const [word, weight] of rarity) if (words.has(word)) shared += weight;
    // The passages come best first, which knows more than shared words do: meaning, and the document's name.
    candidate.score += shared / most + 0.5 / (1 + candidate.place) - (words.size < 3 ? 0.3 : 0);
  });
  const best = candidates.toSorted((a, b) => b.score - a.score);
  const good = best.filter(({ score }) => score >= (best[0]?.score ?? 0) * 0.6).slice(0, QUOTES);
  return good.toSorted((a, b) => a.place - b.place || a.order - b.order);
}

const shortened = (text: string): string =>
  text.length <= LONGEST_QUOTE_CHARS ? text : `${text.slice(0, text.lastIndexOf(' ', LONGEST_QUOTE_CHARS))} …`;
