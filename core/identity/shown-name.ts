const NAME_LENGTH = 200;

/**
 * A name as it came from elsewhere in one line that shows all it holds: line breaks are spaces, and what is not seen is gone,
 * such as marks that turn the direction of what stands around it. At most 200 characters; null where nothing is left.
 */
export function shownName(name: string): string | null {
  const plain = name
    .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return [...plain].slice(0, NAME_LENGTH).join('').trim() || null;
}
