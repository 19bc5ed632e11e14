import type { Turn } from '../conversation/store.sql.ts';

// Words that point back at something said before; alone they tell a search nothing.
const POINTING =
  /\b(it|its|that|this|these|those|they|them|their|he|she|him|her|there|same|also|else|instead|er|sie|es|ihn|ihm|ihr|das|dies|diese[rsnm]?|dort|dafür|davon|damit|auch)\b|それ|これ|その|この/iu;
const OPENING =
  /^(and|but|so|or|then|what about|how about|why|und|aber|also|oder|was ist mit|wie sieht|warum|では|じゃあ)\b/iu;
const SHORT_WORDS = 7;

/**
 * What to search for: a follow-up question takes the one before it along, because "and for contractors?" finds nothing by
 * itself. A question that stands alone is left as it is.
 */
export function standingAlone(question: string, turns: readonly Turn[]): { text: string; before?: string } {
  const before = turns.findLast((turn) => turn.role === 'person');
  if (!before) return { text: question };
  const words = question.match(/[\p{L}\p{N}]+/gu) ?? [];
  const pointsBack =
    OPENING.test(question) || (POINTING.test(question) && words.length <= 2 * SHORT_WORDS) || words.length <= 3;
  return pointsBack ? { text: question, before: before.text } : { text: question };
}
