import type { PromptPassage } from './prompt.ts';
import { meaningfulWords, sentencesOf } from './sentences.ts';
import type { ModelPart } from './types.ts';

const QUOTES = 3;
const LONGEST_QUOTE_CHARS = 500;

const INTRODUCTION: Readonly<Record<string, string>> = {
  en: 'No language model is connected. These passages from the documents fit the question best:',
  de: 'Es ist kein Sprachmodell verbunden. Diese Stellen aus den Dokumenten passen am besten zur Frage:',
};

type Quote = { n: number; text: string };
type Sentence = Quote & { place: number; order: number; words: ReadonlySet<string>; isOwn: boolean };

/**
 * An answer without a model server: says so, and quotes the sentences that share most with the question, each with its
 * citation. `language`: code of the asker's language, German or else English. Gives nothing where no passage tells
 * anything about the question.
 */
export async function* extractiveAnswer(
  question: string,
  passages: readonly PromptPassage[],
  language = 'en',
): AsyncGenerator<ModelPart> {
  const telling = passages.filter((passage) => passage.telling !== false);
  const quotes = bestSentences(question, telling);
  if (quotes.length === 0) return;
  yield { type: 'text', text: `${INTRODUCTION[language] ?? INTRODUCTION.en}\n` };
  for (const { text, n } of quotes) yield { type: 'text', text: `\n> ${shortened(text)} [${n}]\n` };
  yield { type: 'usage', promptTokens: 0, completionTokens: 0 };
}

/** The sentences worth quoting, in the order of the documents; the best passage where it says the same in other words. */
function bestSentences(question: string, passages: readonly PromptPassage[]): Quote[] {
  const wanted = new Set(meaningfulWords(question));
  const seen = new Set<string>();
  const sentences: Sentence[] = [];
  passages.forEach((passage, place) => {
    const own = passage.text ?? passage.surroundings;
    for (const [order, text] of sentencesOf(passage.surroundings).entries()) {
      if (seen.has(text)) continue;
      seen.add(text);
      const words = new Set(meaningfulWords(text));
      sentences.push({ n: passage.n, place, order, text, words, isOwn: own.includes(text) });
    }
  });
  const rarity = new Map(
    [...wanted].map((word) => [
      word,
      Math.log(1 + sentences.length / (1 + sentences.filter(({ words }) => words.has(word)).length)),
    ]),
  );
  const most = [...rarity.values()].reduce((sum, weight) => sum + weight, 0) || 1;
  const scored = sentences.flatMap((sentence) => {
    const shared = [...rarity].reduce((sum, [word, weight]) => sum + (sentence.words.has(word) ? weight : 0), 0) / most;
    if (shared === 0) return [];
    // The passages come best first, which knows more than shared words do: meaning, and the document's name.
    const standing = 0.5 / (1 + sentence.place) + (sentence.isOwn ? 0.2 : 0) - (sentence.words.size < 3 ? 0.3 : 0);
    return [{ ...sentence, score: shared + standing }];
  });
  const best = scored.toSorted((a, b) => b.score - a.score);
  const good = best.filter(({ score }) => score >= (best[0]?.score ?? 0) * 0.6).slice(0, QUOTES);
  if (good.length > 0) return good.toSorted((a, b) => a.place - b.place || a.order - b.order);
  const [first] = passages;
  return first ? [{ n: first.n, text: (first.text ?? first.surroundings).replace(/\s+/g, ' ').trim() }] : [];
}

const shortened = (text: string): string =>
  text.length <= LONGEST_QUOTE_CHARS ? text : `${text.slice(0, text.lastIndexOf(' ', LONGEST_QUOTE_CHARS))} …`;
