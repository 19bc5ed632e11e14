const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['ja', /[\u3040-\u30ff]/g],
  ['ko', /[\uac00-\ud7af]/g],
  ['zh', /[\u4e00-\u9fff]/g],
  ['th', /[\u0e00-\u0e7f]/g],
  ['ru', /[\u0400-\u04ff]/g],
  ['el', /[\u0370-\u03ff]/g],
  ['ar', /[\u0600-\u06ff]/g],
  ['he', /[\u0590-\u05ff]/g],
  ['hi', /[\u0900-\u097f]/g],
];

const FREQUENT_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set(
    'the of and to in is that for with as be are on by this or from it not shall must at an was which'.split(' '),
  ),
  de: new Set(
    'der die das und ist nicht zu den von mit ein eine auf für dem des im werden sich auch bei wird oder als nach'.split(
      ' ',
    ),
  ),
  fr: new Set(
    'le la les des et est une dans pour que qui sur pas du au avec sont par ou ce aux plus cette être'.split(' '),
  ),
  es: new Set('el los las de y es una en para que por con del se no al su como más este debe son o lo'.split(' ')),
  it: new Set(
    'il di e che la per un una del della con sono non gli le nel alla dei da è si più come essere'.split(' '),
  ),
  pt: new Set('o os as de e é uma em para que por com do da dos das não no na se ao como mais ser'.split(' ')),
  nl: new Set(
    'de het een en van is niet dat op te voor met zijn aan door wordt bij ook naar als worden deze moet of'.split(' '),
  ),
};

/** The language most of the text is in as a BCP 47 tag, by script and by frequent words; null where too little speaks for one. */
export function guessLanguage(text: string): string | null {
  const sample = text.slice(0, 20_000);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 8) return null;
  for (const [language, pattern] of SCRIPTS) {
    const share = (sample.match(pattern)?.length ?? 0) / letters;
    // A tenth of kana is enough: Japanese is written mostly with Chinese characters.
    if (share > (language === 'ja' ? 0.1 : 0.4)) return language;
  }
  return byFrequentWords(sample.toLowerCase().match(/\p{L}+/gu) ?? []);
}

function byFrequentWords(words: readonly string[]): string | null {
  let best: string | null = null;
  let bestCount = Math.max(1, words.length / 20);
  for (const [language, frequent] of Object.entries(FREQUENT_WORDS)) {
    const count = words.reduce((sum, word) => sum + (frequent.has(word) ? 1 : 0), 0);
    if (count > bestCount) [best, bestCount] = [language, count];
  }
  return best;
}
