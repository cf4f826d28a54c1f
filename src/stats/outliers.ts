/**
 * The mean of a few values and how far it may be off, where some went astray. A value further from the median than 3.5 robust
 * standard deviations (the median absolute deviation, made comparable) counts as if it lay there, and is no longer counted
 * as evidence: the interval is the wider for it, but no value can widen it without end.
 *
 * Sources: P. J. Huber and E. M. Ronchetti, Robust Statistics (2009), section 6.6 (the mean of such pseudo-values);
 * J. W. Tukey and D. H. McLaughlin, Sankhya A 25 (1963), 331-352 (the standard error and degrees of freedom that are left);
 * C. Croux and P. J. Rousseeuw, COMPSTAT 1992, 411-428 (the median absolute deviation of few values).
 */
import type { Range } from './intervals.js';
import { meanOf, medianOf, standardDeviationOf } from './moments.js';
import { studentQuantile, upperTailP } from './student-t.js';

/** Robust standard deviations from the median up to which a value counts as it is. */
const REACH = 3.5;
/** A normal distribution's standard deviation over its median absolute deviation. */
const OF_NORMAL = 1.4826;
/** What makes up for few values, from 2 on; from 10 on n / (n - 0.8). */
const FEW = [1.196, 1.495, 1.363, 1.206, 1.2, 1.14, 1.129, 1.107];

export interface RobustMean {
  readonly mean: number;
  /** Standard deviation of one value, without those that went astray. */
  readonly deviation: number;
  /** Of the mean. */
  readonly error: number;
  readonly degrees: number;
  /** How many values went astray. */
  readonly astray: number;
}

/** The values with those beyond reach moved to its ends, in their order. */
export function drawnIn(values: readonly number[]): number[] {
  const reach = REACH * robustDeviation(values);
  // Over half of the values are equal: nothing tells how far the others may lie.
  if (!(reach > 0)) return [...values];
  const middle = medianOf(values);
  return values.map((value) => Math.min(middle + reach, Math.max(middle - reach, value)));
}

/** Null with fewer than 2 values. */
export function robustMean(values: readonly number[]): RobustMean | null {
  if (values.length < 2) return null;
  const drawn = drawnIn(values);
  const astray = drawn.filter((value, i) => value !== values[i]).length;
  const share = 1 - astray / values.length;
  const deviation = standardDeviationOf(drawn) / share;
  return {
    mean: meanOf(drawn),
    deviation,
    error: deviation / Math.sqrt(values.length),
    degrees: values.length - astray - 1,
    astray,
  };
}

/** Interval of the mean that covers the true one with `confidence` (0 to 1). */
export function robustInterval({ mean, error, degrees }: RobustMean, confidence: number): Range {
  const half = studentQuantile((1 + confidence) / 2, degrees) * error;
  return [mean - half, mean + half];
}

/** One-sided p that the true mean is not above `bound`. Values without any spread prove what they say. */
export function robustAboveP({ mean, error, degrees }: RobustMean, bound: number): number {
  const excess = mean - bound;
  if (error === 0) return excess > 0 ? 0 : 1;
  return upperTailP(excess / error, degrees);
}

function robustDeviation(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const middle = medianOf(values);
  return medianOf(values.map((value) => Math.abs(value - middle))) * OF_NORMAL * (FEW[n - 2] ?? n / (n - 0.8));
}
