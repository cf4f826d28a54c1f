/**
 * What a comparison of one metric says. Everything is worked out on natural logarithms of ratios, so that A against B
 * and B against A say the same: a margin of 5 % reaches from 1 / 1.05 to 1.05.
 */
import type { Range } from '../../stats/intervals.js';
import type { ComparedKey, ComparedMetric } from './metrics.js';
import type { TwoReadings } from './readings.js';

export type ComparisonWord = 'REGRESSED' | 'EQUIVALENT' | 'IMPROVED' | 'INCONCLUSIVE';

export interface MetricComparison {
  readonly metric: ComparedKey;
  /** Runs or rounds on each side that had a value. */
  readonly aCount: number;
  readonly bCount: number;
  /**
   * Geometric means in the metric's unit; null without a value. Of a latency the lower ends of its brackets, where
   * `readings` is not null.
   */
  readonly a: number | null;
  readonly b: number | null;
  /** b / a. */
  readonly ratio: number | null;
  /** Of the ratio, at `confidence` (0 to 1). */
  readonly interval: Range | null;
  readonly confidence: number;
  /** Null where nothing is judged: without values, and between the looks of an interleaved comparison. */
  readonly word: ComparisonWord | null;
  /** One-sided p that the change is not beyond the margin: for the worse, and for the better. */
  readonly pWorse: number | null;
  readonly pBetter: number | null;
  /** What A against A may differ by at this number of runs or rounds: a share; null where unknown. */
  readonly noiseFloor: number | null;
  /**
   * Rounds or runs a side that an inconclusive metric would need; null where it is not inconclusive, or no number would
   * do.
   */
  readonly roundsNeeded: number | null;
  /** Null where the values were compared as they were measured, and only so. */
  readonly readings: TwoReadings | null;
  /** What the reader should know, as sentences. */
  readonly notes: readonly string[];
}

/** A metric that could not be compared, and why. */
export function notCompared({ key }: ComparedMetric, why: string): MetricComparison {
  return {
    ...{ metric: key, aCount: 0, bCount: 0, a: null, b: null, ratio: null, interval: null, confidence: 0, word: null },
    ...{ pWorse: null, pBetter: null, noiseFloor: null, roundsNeeded: null, readings: null, notes: [why] },
  };
}

/** ln of the ratio at which a change is worth the word. */
export function logMargin({ margin }: ComparedMetric): number {
  return Math.log1p(margin);
}

/** ln(b / a) turned so that above zero is worse. */
export function worsening(logRatio: number, { better }: ComparedMetric): number {
  return better === 'lower' ? logRatio : 0 - logRatio;
}

/** The verdict of an interval of ln(b / a). */
export function wordOf(logInterval: Range, metric: ComparedMetric): ComparisonWord {
  const [x, y] = logInterval.map((end) => worsening(end, metric)) as [number, number];
  const [low, high] = [Math.min(x, y), Math.max(x, y)];
  const margin = logMargin(metric);
  if (low > margin) return 'REGRESSED';
  if (high < -margin) return 'IMPROVED';
  return low >= -margin && high <= margin ? 'EQUIVALENT' : 'INCONCLUSIVE';
}

/** ln interval as ratios. */
export function ratioInterval([low, high]: Range): Range {
  return [Math.exp(low), Math.exp(high)];
}
