/** Words so common that a sentence of a language hardly goes without one of them, and that others do not share. */
const COMMON: Readonly<Record<string, readonly string[]>> = {
  en: 'the is are what how which who where when does do of and for with from this that can must should to in a an my our it i'.split(
    ' ',
  ),
  de: 'der die das und ist sind was wie wer wo wann welche welcher welches wieviel nicht ein eine einen für mit von auf im wird werden kann muss müssen ich wir den dem des zu zum zur bei gibt nach'.split(
    ' ',
  ),
  fr: 'le la les des est sont que quoi quel quelle quels comment où quand et pour avec dans une du au pas je nous il faut combien qui sur'.split(
    ' ',
  ),
  es: 'el la los las es son qué cuál cuáles cómo dónde cuándo y para con una del al no se por cuánto quién en debe hay'.split(
    ' ',
  ),
  it: 'il lo gli è sono che cosa quale quali come dove quando per con una della dei nel non si quanto chi di deve sono'.split(
    ' ',
  ),
  pt: 'o os as é são que qual quais como onde quando e para com uma do da dos das não se por quanto quem em deve'.split(
    ' ',
  ),
  nl: 'de het een is zijn wat hoe welke wie waar wanneer en voor met van niet op moet wordt kan ik wij hoeveel'.split(
    ' ',
  ),
};

/** Languages that are told by their letters alone. Kana first: Japanese uses Chinese characters too. */
const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\u3040-\u30ff]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Thai}/u, 'th'],
  [/[іїєґ]/iu, 'uk'],
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Devanagari}/u, 'hi'],
];

/**
 * The language a question is asked in, as its two-letter code; English where nothing tells. A few words are enough
 * for the letters, a sentence for the rest; it decides only the language of the answer, never what is found.
 */
export function guessLanguage(text: string): string {
  for (const [letters, language] of SCRIPTS) if (letters.test(text)) return language;
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  let best = 'en';
  let most = 0;
  for (const [language, common] of Object.entries(COMMON)) {
    let count = words.filter((word) => common.includes(word)).length;
    if (language === 'de' && /[äöüß]/i.test(text)) count += 0.5;
    if (language === 'es' && /[¿¡ñ]/i.test(text)) count += 1;
    if (language === 'pt' && /[ãõ]/i.test(text)) count += 1;
    if (count > most) [best, most] = [language, count];
  }
  return best;
}

const names = new Intl.DisplayNames(['en'], { type: 'language' });

/** The English name of a language's code, for a prompt: `German`. An unknown code stays as it is. */
export const languageName = (code: string): string => names.of(code) ?? code;
