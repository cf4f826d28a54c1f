/**
 * Least squares with several columns: coefficients, their covariance and degrees of freedom.
 * Source: N. R. Draper and H. Smith, Applied Regression Analysis, chapter 5 (normal equations).
 */
import { twoSidedP } from './student-t.js';

export interface LinearModel {
  readonly coefficients: readonly number[];
  /** Estimated covariance of the coefficients: row i, column k. */
  readonly covariance: readonly (readonly number[])[];
  /** Number of observations minus number of coefficients, at least 1. */
  readonly degrees: number;
}

/**
 * Fits y = sum of coefficient x column, each observation weighted by 1 / variance (up to a constant factor). Null if
 * there are too few observations, or if the columns are linearly dependent.
 */
export function linearModel(
  observations: readonly { readonly x: readonly number[]; readonly y: number; readonly weight: number }[],
): LinearModel | null {
  const columns = observations[0]?.x.length ?? 0;
  const degrees = observations.length - columns;
  if (columns === 0 || degrees < 1) return null;
  const normal = Array.from({ length: columns }, (_, i) =>
    Array.from({ length: columns }, (_, k) =>
      observations.reduce((sum, { x, weight }) => sum + weight * x[i]! * x[k]!, 0),
    ),
  );
  const inverse = inverted(normal);
  if (inverse === null) return null;
  const right = normal.map((_, i) => observations.reduce((sum, { x, y, weight }) => sum + weight * x[i]! * y, 0));
  const coefficients = inverse.map((row) => row.reduce((sum, value, k) => sum + value * right[k]!, 0));
  const residual = observations.reduce((sum, { x, y, weight }) => {
    const fitted = x.reduce((total, value, k) => total + value * coefficients[k]!, 0);
    return sum + weight * (y - fitted) ** 2;
  }, 0);
  const variance = residual / degrees;
  return { coefficients, covariance: inverse.map((row) => row.map((value) => value * variance)), degrees };
}

/** Columns count as linearly dependent if a pivot is below this share of the largest entry of its column. */
const SINGULAR = 1e-12;

/** Gauss-Jordan elimination with row pivots, on columns scaled to 1. Null for a singular matrix. */
function inverted(matrix: readonly (readonly number[])[]): number[][] | null {
  const size = matrix.length;
  const scale = matrix.map((row, i) => Math.sqrt(row[i]!));
  if (scale.some((value) => !(value > 0))) return null;
  const rows = matrix.map((row, i) => [
    ...row.map((value, k) => value / (scale[i]! * scale[k]!)),
    ...row.map((_, k) => (i === k ? 1 : 0)),
  ]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    const chosen = rows[pivot]!;
    if (Math.abs(chosen[column]!) < SINGULAR) return null;
    rows[pivot] = rows[column]!;
    const head = chosen[column]!;
    rows[column] = chosen.map((value) => value / head);
    for (let row = 0; row < size; row++) {
      const factor = row === column ? 0 : rows[row]![column]!;
      if (factor !== 0) rows[row] = rows[row]!.map((value, k) => value - factor * rows[column]![k]!);
    }
  }
  return rows.map((row, i) => row.slice(size).map((value, k) => value / (scale[i]! * scale[k]!)));
}

/** The t beyond which 5 % of Student's distribution lie, both sides together. */
export function criticalT(degrees: number): number {
  let low = 0;
  let high = 1;
  while (twoSidedP(high, degrees) > 0.05) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (twoSidedP(middle, degrees) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}
