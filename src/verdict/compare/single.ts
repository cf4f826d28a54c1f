/** Compares one run per side: seconds show the variation within a run, not how far apart two runs of one build are. */
import { middle95 } from '../../stats/block-bootstrap.js';
import type { Range } from '../../stats/intervals.js';
import { normalTail } from '../../stats/normal.js';
import { upperTailP } from '../../stats/student-t.js';
import { logMargin, type MetricComparison, ratioInterval, wordOf, worsening } from './comparison.js';
import type { ComparedMetric } from './metrics.js';
import { halfWidthOfTwo, type Noise } from './noise.js';
import { hidesChanges, hiding, isBounded, type Reading, shownValues } from './readings.js';

const SINGLE_CONFIDENCE = 0.95;

export const NOISE_UNKNOWN = 'between-run noise unknown';

export interface SingleValues {
  readonly a: Reading;
  readonly b: Reading;
  /** 95 % interval of ln(b / a), as measured, from the variation within the two runs; null if unknown. */
  readonly within: Range | null;
}

/**
 * The change between two runs. With one run per side, nothing says that the way back was the same on both, so the
 * interval covers everything that lower ends and measured values allow. Without `noise` the word is never REGRESSED or
 * IMPROVED, however large the difference: two runs of one build may differ as much.
 */
export function singleComparison(values: SingleValues, metric: ComparedMetric, noise: Noise | null): MetricComparison {
  const { a, b, within } = values;
  const [one, other] = shownValues([a, b]) as [number, number];
  const [downA, downB] = isBounded([a, b]) ? [widthOf(a), widthOf(b)] : [0, 0];
  const change = Math.log(other / one);
  const between = noise === null ? null : halfWidthOfTwo(noise, SINGLE_CONFIDENCE);
  const byLuck: Range | null = within && [within[0] - downB, within[1] + downA];
  const byNoise: Range | null = between === null ? null : [change - downA - between, change + downB + between];
  const interval = byLuck === null || byNoise === null ? (byNoise ?? byLuck) : hullOf(byLuck, byNoise);
  const word = interval === null ? 'INCONCLUSIVE' : wordOf(interval, metric);
  const isHidden = word === 'EQUIVALENT' && hidesChanges([a, b]);
  const known = !isHidden && (noise !== null || word === 'EQUIVALENT');
  const apart = word === 'REGRESSED' || word === 'IMPROVED';
  const p = (beyond: number) => (noise === null ? null : pBeyond(beyond, noise, logMargin(metric)));
  const notes = [
    ...(noise === null && apart ? [`The two runs differ by more than the margin; ${NOISE_UNKNOWN}.`] : []),
    ...(within === null ? ['The runs are too short to tell how much one varies by chance.'] : []),
  ];
  return {
    metric: metric.key,
    aCount: 1,
    bCount: 1,
    a: one,
    b: other,
    ratio: other / one,
    interval: interval && ratioInterval(interval),
    confidence: SINGLE_CONFIDENCE,
    word: known ? word : 'INCONCLUSIVE',
    pWorse: p(worsening(change, metric) - downA),
    pBetter: p(-worsening(change, metric) - downB),
    noiseFloor: between === null ? null : Math.expm1(between + downA),
    roundsNeeded: null,
    readings:
      downA + downB > 0
        ? { measuredRatio: b.measured / a.measured, measuredInterval: within && ratioInterval(within), disagree: false }
        : null,
    ...(isHidden ? hiding(notes) : { notes }),
  };
}

/** ln of the measured value over the lower end. */
function widthOf({ measured, lower }: Reading): number {
  return Math.log(measured / lower!);
}

/**
 * 95 % interval of ln(b / a) from independent resamples of both runs. Null if a run has none, or if too many resamples
 * have no value.
 */
export function withinRuns(a: readonly (number | null)[], b: readonly (number | null)[]): Range | null {
  const ratios = a.flatMap((x, i) => {
    const y = b[i] ?? null;
    return x === null || y === null || x <= 0 || y <= 0 ? [] : [Math.log(y / x)];
  });
  return ratios.length < a.length ? null : middle95(ratios);
}

/** ln(b / a) for two intervals: from the smallest to the largest ratio that their ends allow. */
export function betweenEnds(a: Range, b: Range): Range | null {
  return a[0] <= 0 || b[0] <= 0 ? null : [Math.log(b[0] / a[1]), Math.log(b[1] / a[0])];
}

function hullOf([a, b]: Range, [x, y]: Range): Range {
  return [Math.min(a, x), Math.max(b, y)];
}

function pBeyond(worse: number, { deviation, degrees }: Noise, margin: number): number {
  const excess = worse - margin;
  const error = deviation * Math.SQRT2;
  if (error === 0) return excess > 0 ? 0 : 1;
  return degrees === null ? normalTail(excess / error) : upperTailP(excess / error, degrees);
}
