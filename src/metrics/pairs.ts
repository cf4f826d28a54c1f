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

/** Two lists with rising keys as one. Numbers with the same key are added up. */
export function mergePairs(a: Pairs, b: Pairs): number[] {
  const merged: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i]!, b[j]!];
    if (left < right) merged.push(left, a[i + 1]!);
    else merged.push(right, left === right ? a[i + 1]! + b[j + 1]! : b[j + 1]!);
    if (left <= right) i += 2;
    if (right <= left) j += 2;
  }
  for (; i < a.length; i++) merged.push(a[i]!);
  for (; j < b.length; j++) merged.push(b[j]!);
  return merged;
}

/**
 * Adds numbers to those with the same key, in place, up to the first key that is not there. Both lists have rising keys.
 * Returns how much of `pairs` was added: its length if all of it was.
 */
export function addToKeys(sums: number[], pairs: Pairs): number {
  let at = 0;
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i]!;
    while (at < sums.length && sums[at]! < key) at += 2;
    if (sums[at] !== key) return i;
    sums[at + 1]! += pairs[i + 1]!;
  }
  return pairs.length;
}

/** The sum of all numbers: of a histogram, how many messages it holds. */
export function sumOfPairs(pairs: Pairs): number {
  let sum = 0;
  for (let i = 1; i < pairs.length; i += 2) sum += pairs[i]!;
  return sum;
}
