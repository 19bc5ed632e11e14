import { readXml } from './xml.ts';

/** What a paragraph style of Word means for us. `level`: of a heading, 0 for the document's title. */
export type WordStyle = { level: number | null; numberingId: string | null; numberingLevel: number };

type Found = WordStyle & { basedOn: string | null };

const PLAIN: WordStyle = { level: null, numberingId: null, numberingLevel: 0 };

/** Reads styles.xml; the result gives each style with what it takes over from those it is based on. */
export function readWordStyles(xml: string | null): (styleId: string) => WordStyle {
  const styles = new Map<string, Found>();
  let style: Found | null = null;
  if (xml !== null)
    readXml(xml, {
      open(name, attribute) {
        if (name === 'style') styles.set(attribute('styleId') ?? '', (style = { ...PLAIN, basedOn: null }));
        if (style === null) return;
        const value = attribute('val') ?? '';
        if (name === 'name') style.level = levelOfName(value) ?? style.level;
        else if (name === 'basedOn') style.basedOn = value;
        else if (name === 'outlineLvl' && Number(value) < 9) style.level ??= Number(value) + 1;
        else if (name === 'numId') style.numberingId = value;
        else if (name === 'ilvl') style.numberingLevel = Number(value) || 0;
      },
      close: (name) => void (style = name === 'style' ? null : style),
    });
  const resolve = (id: string, depth: number): WordStyle => {
    const own = styles.get(id);
    if (!own || depth > 20) return PLAIN;
    const base = own.basedOn === null ? PLAIN : resolve(own.basedOn, depth + 1);
    return {
      level: own.level ?? base.level,
      numberingId: own.numberingId ?? base.numberingId,
      numberingLevel: own.numberingLevel || base.numberingLevel,
    };
  };
  return (id) => resolve(id, 0);
}

/** Word keeps the English names of its own styles in every language; `Überschrift` comes from other programs. */
function levelOfName(name: string): number | null {
  if (/^title$/i.test(name)) return 0;
  const level = Number(/^(?:heading|überschrift|titre|título)\s*([1-9])$/i.exec(name)?.[1] ?? 0);
  return level > 0 ? Math.min(level, 6) : null;
}
