import { highestInBucket } from './buckets.js';
import type { SparseCounts } from './interval.js';
import { sumOfPairs } from './pairs.js';

/**
 * Nearest-rank quantile of the answered messages of one second, us; null for none. For charts and tables of seconds: no
 * rule on the number of samples applies.
 */
export function sparseQuantile(sparse: SparseCounts, q: number): number | null {
  let left = Math.ceil(q * sumOfPairs(sparse));
  for (let i = 0; i < sparse.length; i += 2) {
    left -= sparse[i + 1]!;
    if (left <= 0) return highestInBucket(sparse[i]!);
  }
  return null;
}
