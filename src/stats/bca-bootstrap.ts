/**
 * Bias-corrected and accelerated bootstrap. It draws whole runs, never messages, because the messages of one run are
 * not independent. Source: B. Efron, Better bootstrap confidence intervals, Journal of the American Statistical
 * Association 82 (1987). For several samples: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, section
 * 14.3 and exercise 14.6.
 */
import type { Range } from './intervals.js';
import { meanOf } from './moments.js';
import { normalCdf, normalQuantile } from './normal.js';
import type { Rng } from './rng.js';

const RESAMPLES = 2000;

/**
 * Interval of `statistic` over samples of runs; each sample is drawn from separately. (A comparison has two sides, so
 * two samples.) Null with fewer than 2 runs in a sample, or if all resampled values lie on one side of the estimate.
 * The same samples and generator state give the same answer.
 */
export function bcaInterval<Run>(
  samples: readonly (readonly Run[])[],
  statistic: (samples: readonly (readonly Run[])[]) => number,
  rng: Rng,
  confidence: number,
  resamples = RESAMPLES,
): Range | null {
  if (samples.some(({ length }) => length < 2)) return null;
  const draw = (runs: readonly Run[]) => runs.map(() => runs[rng.below(runs.length)]!);
  const distribution = Array.from({ length: resamples }, () => statistic(samples.map(draw)));
  const leftOut = samples.map((runs, which) =>
    runs.map((_, gone) => statistic(samples.map((all, i) => (i === which ? all.toSpliced(gone, 1) : all)))),
  );
  return bcaEnds(distribution, statistic(samples), leftOut, confidence);
}

/**
 * Ends of the interval, from the bootstrap distribution, the estimate, and the estimates with each run left out in
 * turn, by sample. Null if the whole distribution lies on one side of the estimate.
 */
export function bcaEnds(
  distribution: readonly number[],
  estimate: number,
  leftOut: readonly (readonly number[])[],
  confidence: number,
): Range | null {
  const sorted = [...distribution].sort((a, b) => a - b);
  if (sorted[0] === estimate && sorted.at(-1) === estimate) return [estimate, estimate];
  const bias = shareBelow(sorted, estimate);
  if (bias <= 0 || bias >= 1) return null;
  const z0 = normalQuantile(bias);
  const acceleration = accelerationOf(leftOut);
  const end = (z: number) => {
    const moved = z0 + z;
    return interpolated(sorted, normalCdf(z0 + moved / (1 - acceleration * moved)));
  };
  const z = normalQuantile((1 + confidence) / 2);
  return [end(-z), end(z)];
}

/** Values equal to the estimate count half. */
function shareBelow(sorted: readonly number[], estimate: number): number {
  let twice = 0;
  for (const value of sorted) twice += value < estimate ? 2 : value === estimate ? 1 : 0;
  return twice / (2 * sorted.length);
}

/** How fast the standard error changes with the true value: the skewness of the jackknife, over 6. */
function accelerationOf(leftOut: readonly (readonly number[])[]): number {
  let cubes = 0;
  let squares = 0;
  for (const estimates of leftOut) {
    const n = estimates.length;
    const mean = meanOf(estimates);
    for (const one of estimates) {
      const influence = ((n - 1) * (mean - one)) / n;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** The value at share `p` of sorted values, interpolated linearly between neighbours. */
function interpolated(sorted: readonly number[], p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
