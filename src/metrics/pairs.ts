/**
 * Numbers by key as one flat list: `[key, number, key, number, ...]`. The workers' lines hold histograms in this form
 * (bucket and count), and series (millisecond and change).
 */
type Pairs = readonly number[];

/** Adds each number to the sum with the same key. */
export function addPairs(sums: Map<number, number>, pairs: Pairs): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i]!;
    sums.set(key, (sums.get(key) ?? 0) + pairs[i + 1]!);
  }
}

/** The sum of all numbers: of a histogram, how many messages it holds. */
export function sumOfPairs(pairs: Pairs): number {
  let sum = 0;
  for (let i = 1; i < pairs.length; i += 2) sum += pairs[i]!;
  return sum;
}
