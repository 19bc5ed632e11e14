const segmenter = new Intl.Segmenter('und', { granularity: 'sentence' });

/** Ends of "sentences" that end in one of these are ends of abbreviations. */
const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|cf|etc|vs|approx|no|nos|fig|sec|ch|vol|art|dr|mr|mrs|ms|prof|inc|ltd|co|st|ca|bzw|z\.\s?b|d\.\s?h|u\.\s?a|nr|abs|abb|ggf|inkl|max|min|\p{L})\.\s*$/iu;

/** The positions right after each sentence (white space included), the last one the end of the text. Works without spaces too. */
export function endOfSentences(text: string): number[] {
  const ends: number[] = [];
  for (const { segment, index } of segmenter.segment(text)) {
    const end = index + segment.length;
    if (end === text.length || !ABBREVIATION.test(segment.slice(-12))) ends.push(end);
  }
  return ends;
}
