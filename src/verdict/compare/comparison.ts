/**
 * The comparison of one metric. All calculations use natural logarithms of ratios, so that comparing A with B and B
 * with A gives the same result: a margin of 5 % reaches from 1 / 1.05 to 1.05.
 */
import type { Range } from '../../stats/intervals.js';
import type { ComparedKey, ComparedMetric } from './metrics.js';
import type { TwoReadings } from './readings.js';

export type ComparisonWord = 'REGRESSED' | 'EQUIVALENT' | 'IMPROVED' | 'INCONCLUSIVE';

export interface MetricComparison {
  readonly metric: ComparedKey;
  /** Number of runs or rounds with a value, per side. */
  readonly aCount: number;
  readonly bCount: number;
  /**
   * Geometric means in the metric's unit; null without a value. For a latency with `readings`, of the lower ends of its
   * brackets.
   */
  readonly a: number | null;
  readonly b: number | null;
  /** b / a. */
  readonly ratio: number | null;
  /** Interval of the ratio at `confidence` (0 to 1). */
  readonly interval: Range | null;
  readonly confidence: number;
  /** Null if nothing is judged: there are no values, or this is between two looks of an interleaved comparison. */
  readonly word: ComparisonWord | null;
  /** One-sided p for "the change is not beyond the margin": for the worse, and for the better. */
  readonly pWorse: number | null;
  readonly pBetter: number | null;
  /** How much A may differ from A at this number of runs or rounds, as a share; null if unknown. */
  readonly noiseFloor: number | null;
  /**
   * How many rounds (or runs per side) an inconclusive metric would need. Null if it is not inconclusive, or if no
   * number would be enough.
   */
  readonly roundsNeeded: number | null;
  /** Null if only measured values were compared. */
  readonly readings: TwoReadings | null;
  /** True if the way back may account for all of a value, so that equal values prove nothing. Absent otherwise. */
  readonly mayHideChange?: true;
  /** Notes for the reader, as sentences. */
  readonly notes: readonly string[];
}

/** The result for a metric that could not be compared, with the reason. */
export function notCompared({ key }: ComparedMetric, why: string): MetricComparison {
  return {
    ...{ metric: key, aCount: 0, bCount: 0, a: null, b: null, ratio: null, interval: null, confidence: 0, word: null },
    ...{ pWorse: null, pBetter: null, noiseFloor: null, roundsNeeded: null, readings: null, notes: [why] },
  };
}

/** ln of the smallest ratio that counts as a change. */
export function logMargin({ margin }: ComparedMetric): number {
  return Math.log1p(margin);
}

/** ln(b / a), with the sign chosen so that above zero is worse. */
export function worsening(logRatio: number, { better }: ComparedMetric): number {
  return better === 'lower' ? logRatio : 0 - logRatio;
}

/** The word for an interval of ln(b / a). */
export function wordOf(logInterval: Range, metric: ComparedMetric): ComparisonWord {
  const [x, y] = logInterval.map((end) => worsening(end, metric)) as [number, number];
  const [low, high] = [Math.min(x, y), Math.max(x, y)];
  const margin = logMargin(metric);
  if (low > margin) return 'REGRESSED';
  if (high < -margin) return 'IMPROVED';
  return low >= -margin && high <= margin ? 'EQUIVALENT' : 'INCONCLUSIVE';
}

/** An interval of logarithms as an interval of ratios. */
export function ratioInterval([low, high]: Range): Range {
  return [Math.exp(low), Math.exp(high)];
}
