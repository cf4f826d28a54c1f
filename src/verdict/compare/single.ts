/** One run a side: seconds tell how far luck within a run reaches, not how far two runs of one build lie apart. */
import { middle95 } from '../../stats/block-bootstrap.js';
import type { Range } from '../../stats/intervals.js';
import { normalTail } from '../../stats/normal.js';
import { upperTailP } from '../../stats/student-t.js';
import { logMargin, type MetricComparison, ratioInterval, wordOf, worsening } from './comparison.js';
import type { ComparedMetric } from './metrics.js';
import { halfWidthOfTwo, type Noise } from './noise.js';

const SINGLE_CONFIDENCE = 0.95;

export const NOISE_UNKNOWN = 'between-run noise unknown';

export interface SingleValues {
  readonly a: number;
  readonly b: number;
  /** 95 % interval of ln(b / a) by luck within the two runs; null where nothing tells. */
  readonly within: Range | null;
}

/**
 * The change between two runs. Without `noise` neither REGRESSED nor IMPROVED is ever said, however far apart they are:
 * two runs of one build may be as well.
 */
export function singleComparison(values: SingleValues, metric: ComparedMetric, noise: Noise | null): MetricComparison {
  const { a, b, within } = values;
  const change = Math.log(b / a);
  const between = noise === null ? null : halfWidthOfTwo(noise, SINGLE_CONFIDENCE);
  const interval = widerAround(change, within, between);
  const word = interval === null ? 'INCONCLUSIVE' : wordOf(interval, metric);
  const known = noise !== null || word === 'EQUIVALENT';
  const apart = word === 'REGRESSED' || word === 'IMPROVED';
  const p = (worse: number) => (noise === null ? null : pBeyond(worse, noise, logMargin(metric)));
  return {
    metric: metric.key,
    aCount: 1,
    bCount: 1,
    a,
    b,
    ratio: b / a,
    interval: interval && ratioInterval(interval),
    confidence: SINGLE_CONFIDENCE,
    word: known ? word : 'INCONCLUSIVE',
    pWorse: p(worsening(change, metric)),
    pBetter: p(-worsening(change, metric)),
    noiseFloor: between === null ? null : Math.expm1(between),
    roundsNeeded: null,
    notes: [
      ...(noise === null && apart ? [`The two runs differ by more than the margin; ${NOISE_UNKNOWN}.`] : []),
      ...(within === null ? ['The runs are too short to tell how far luck reaches within one.'] : []),
    ],
  };
}

/**
 * 95 % interval of ln(b / a) from resamples of both runs, drawn apart; null where one has none, or too many lie
 * nowhere.
 */
export function withinRuns(a: readonly (number | null)[], b: readonly (number | null)[]): Range | null {
  const ratios = a.flatMap((x, i) => {
    const y = b[i] ?? null;
    return x === null || y === null || x <= 0 || y <= 0 ? [] : [Math.log(y / x)];
  });
  return ratios.length < a.length ? null : middle95(ratios);
}

/** ln(b / a) from two intervals: as far apart, and as close, as their ends allow. */
export function betweenEnds(a: Range, b: Range): Range | null {
  return a[0] <= 0 || b[0] <= 0 ? null : [Math.log(b[0] / a[1]), Math.log(b[1] / a[0])];
}

/** The interval by luck within the runs, widened on both sides to what the noise between runs asks for. */
function widerAround(change: number, within: Range | null, between: number | null): Range | null {
  if (between === null) return within;
  const byNoise: Range = [change - between, change + between];
  return within === null ? byNoise : [Math.min(within[0], byNoise[0]), Math.max(within[1], byNoise[1])];
}

function pBeyond(worse: number, { deviation, degrees }: Noise, margin: number): number {
  const excess = worse - margin;
  const error = deviation * Math.SQRT2;
  if (error === 0) return excess > 0 ? 0 : 1;
  return degrees === null ? normalTail(excess / error) : upperTailP(excess / error, degrees);
}
