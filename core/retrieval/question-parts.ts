/** Ends of sentences, and what stands before a colon. A point inside a number or a code is none. */
const SENTENCE = /[^.!?;:。！？\n]+(?:[.:](?=\S)[^.!?;:。！？\n]*)*[.!?;:。！？]*/gu;
const IS_QUESTION = /[?？]\s*$|か。?\s*$/u;
/** Where the question itself begins, behind what leads to it: `she wants to know what`. */
const ASKING =
  /(?<![\p{L}\p{N}])(?:(?:in|at|on|by|for|from|to|under|with|bei|mit|von|für|auf|ab|bis|seit|unter|nach) )?(?:how|what|which|who|whom|whose|when|where|why|whether|wie|wieviele?|was|welche[rsnm]?|wer|wen|wem|wann|wo|woher|wohin|womit|wofür|warum|wieso|weshalb|ob)(?![\p{L}\p{N}])/iu;
/** Fewer words behind it are no question, but the end of what leads to one: `if you know how`. */
const FEWEST_WORDS = 2;

/** What a message asks, and what stands `around` it: greetings, reasons, who wants to know. */
export function questionParts(text: string): { asked: string; around: string } {
  const sentences = text.match(SENTENCE) ?? [];
  const questions = sentences.filter((sentence) => IS_QUESTION.test(sentence));
  const asking = sentences.filter((sentence) => beginOf(sentence) !== null);
  const chosen = new Set(questions.length > 0 ? questions : asking.length > 0 ? asking : sentences);
  const asked: string[] = [];
  const around: string[] = [];
  for (const sentence of sentences) {
    const begin = chosen.has(sentence) ? (beginOf(sentence) ?? 0) : sentence.length;
    around.push(sentence.slice(0, begin).trim());
    asked.push(sentence.slice(begin).trim());
  }
  return { asked: asked.filter(Boolean).join(' '), around: around.filter(Boolean).join(' ') };
}

function beginOf(sentence: string): number | null {
  const index = ASKING.exec(sentence)?.index;
  if (index === undefined) return null;
  const words = sentence.slice(index).match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length > FEWEST_WORDS ? index : null;
}
