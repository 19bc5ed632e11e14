/** The citations that a text uses, each once, in the order of their first mark; `count` is how many there are. */
export function usedCitations(text: string, count: number): number[] {
  const used = new Set<number>();
  for (const [, digits] of text.matchAll(/\[(\d{1,3})\]/g)) {
    const n = Number(digits);
    if (n >= 1 && n <= count) used.add(n);
  }
  return [...used];
}
