/**
 * How often each sum of ranks occurs by chance, counted exactly by adding one rank at a time. Ranks are passed doubled,
 * so that the half ranks of ties are whole numbers. Counts are exact below 2^53: for up to 52 ranks.
 */

/** The most ranks that are counted exactly. */
export const MOST_EXACT = 50;

/** `counts[s]`: in how many of the 2^n subsets the doubled ranks add up to s. The null distribution of Wilcoxon's W. */
export function subsetSums(doubledRanks: readonly number[]): Float64Array {
  const total = sumOf(doubledRanks);
  const counts = new Float64Array(total + 1);
  counts[0] = 1;
  let reached = 0;
  for (const rank of doubledRanks) {
    reached += rank;
    for (let sum = reached; sum >= rank; sum--) counts[sum]! += counts[sum - rank]!;
  }
  return counts;
}

/**
 * `counts[s]`: in how many of the subsets of `size` ranks they add up to s. The null distribution of the Mann-Whitney
 * U.
 */
export function subsetSumsOfSize(doubledRanks: readonly number[], size: number): Float64Array {
  const total = sumOf(doubledRanks);
  const bySize = Array.from({ length: size + 1 }, () => new Float64Array(total + 1));
  bySize[0]![0] = 1;
  let reached = 0;
  doubledRanks.forEach((rank, taken) => {
    reached += rank;
    for (let k = Math.min(size, taken + 1); k >= 1; k--) {
      const larger = bySize[k]!;
      const smaller = bySize[k - 1]!;
      for (let sum = reached; sum >= rank; sum--) larger[sum]! += smaller[sum - rank]!;
    }
  });
  return bySize[size]!;
}

/** The share of all counts at `sum` or below. */
export function shareUpTo(counts: Float64Array, sum: number): number {
  let below = 0;
  let all = 0;
  counts.forEach((count, at) => {
    all += count;
    if (at <= sum) below += count;
  });
  return below / all;
}

/** The share of all counts at `sum` or above. */
export function shareFrom(counts: Float64Array, sum: number): number {
  return shareUpTo(counts.toReversed(), counts.length - 1 - sum);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
