/** What a benchmark gives. A ratio is how many times better than the reference. */
export type BenchResult = Readonly<{
  figures: Readonly<Record<string, number>>;
  reference: Readonly<Record<string, number>>;
  ratios: Readonly<Record<string, number>>;
}>;

/** The value below which this share of them lies; `share` 0.5 is the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
