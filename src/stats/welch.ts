/**
 * Difference of two means with different variances. Source: B. L. Welch, The generalization of "Student's" problem when
 * several different population variances are involved, Biometrika 34 (1947); degrees of freedom by Satterthwaite.
 */
import type { Range } from './intervals.js';
import { meanOf, spreadOf, standardErrorOf } from './moments.js';
import { studentQuantile, upperTailP } from './student-t.js';

export interface MeanDifference {
  /** mean(b) - mean(a). */
  readonly difference: number;
  readonly standardError: number;
  /** Degrees of freedom; usually not a whole number. */
  readonly degrees: number;
}

/** Null with fewer than 2 values on a side. */
export function welch(a: readonly number[], b: readonly number[]): MeanDifference | null {
  if (a.length < 2 || b.length < 2) return null;
  const [va, vb] = [standardErrorOf(a) ** 2, standardErrorOf(b) ** 2];
  const both = va + vb;
  const degrees =
    both === 0 ? a.length + b.length - 2 : both ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return { difference: meanOf(b) - meanOf(a), standardError: Math.sqrt(both), degrees };
}

/**
 * Like `welch`, but with one common variance, so that a side may be a single value. Null with fewer than 3 values in
 * all.
 */
export function pooled(a: readonly number[], b: readonly number[]): MeanDifference | null {
  const degrees = a.length + b.length - 2;
  if (a.length === 0 || b.length === 0 || degrees < 1) return null;
  const variance = (spreadOf(a).squares + spreadOf(b).squares) / degrees;
  return {
    difference: meanOf(b) - meanOf(a),
    standardError: Math.sqrt(variance * (1 / a.length + 1 / b.length)),
    degrees,
  };
}

/** Interval that covers the true difference with probability `confidence`, 0 to 1. */
export function differenceInterval({ difference, standardError, degrees }: MeanDifference, confidence: number): Range {
  const half = studentQuantile((1 + confidence) / 2, degrees) * standardError;
  return [difference - half, difference + half];
}

/** One-sided p for "the true difference is not above `bound`". */
export function differenceAboveP({ difference, standardError, degrees }: MeanDifference, bound: number): number {
  const excess = difference - bound;
  if (standardError === 0) return excess > 0 ? 0 : 1;
  return upperTailP(excess / standardError, degrees);
}
