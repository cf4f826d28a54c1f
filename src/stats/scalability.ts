/**
 * The Universal Scalability Law: throughput X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)) of N concurrent
 * users, with contention sigma and coherency kappa. It peaks at N* = sqrt((1 - sigma) / kappa). Source: N. J. Gunther,
 * Guerrilla Capacity Planning (Springer 2007), chapters 4 to 6.
 */
import type { Range } from './intervals.js';
import { criticalT, linearModel } from './linear-model.js';

/** Three parameters cannot be fitted reliably to fewer points. */
const FEWEST_POINTS = 5;

export interface Estimate {
  readonly value: number;
  /** 95 % interval. */
  readonly ci: Range;
}

export interface Scalability {
  /** Throughput of a single user. */
  readonly lambda: Estimate;
  readonly sigma: Estimate;
  readonly kappa: Estimate;
  /** N at which throughput would peak. Null if kappa cannot be told from 0: then there is no evidence for a peak. */
  readonly peakAt: Estimate | null;
  /** Throughput at the peak. */
  readonly peakThroughput: number | null;
  readonly points: number;
}

type ScalabilityPoints = readonly (readonly [n: number, x: number])[];

/**
 * Fits the law to points (N, X), with N and X above 0. Null if there are too few points, or if they do not determine
 * the parameters.
 */
export function fitScalability(points: ScalabilityPoints): Scalability | null {
  const line = lineThrough(points);
  if (line === null) return null;
  const {
    coefficients: [a, b, c],
    half,
  } = line;
  const around = (value: number, gradient: readonly number[]): Estimate => {
    const size = half(gradient);
    return { value, ci: [value - size, value + size] };
  };
  const lambda = around(1 / a, [-1 / (a * a), 0, 0]);
  const sigma = around(b / a, [-b / (a * a), 1 / a, 0]);
  const kappa = around(c / a, [-c / (a * a), 0, 1 / a]);
  const isPeaked = c - half([0, 0, 1]) > 0 && a > b;
  if (!isPeaked) return { lambda, sigma, kappa, peakAt: null, peakThroughput: null, points: points.length };
  const n = Math.sqrt((a - b) / c);
  // The interval is computed for the logarithm of N*, which is never negative and closer to a normal distribution.
  const size = half([0.5 / (a - b), -0.5 / (a - b), -0.5 / c]);
  const peakAt: Estimate = { value: n, ci: [n * Math.exp(-size), n * Math.exp(size)] };
  return {
    lambda,
    sigma,
    kappa,
    peakAt,
    peakThroughput: n / (a + b * (n - 1) + c * n * (n - 1)),
    points: points.length,
  };
}

/** The fitted throughput at `n` with its 95 % interval. `high` is null if there is no upper end. */
export interface FittedThroughput {
  readonly n: number;
  readonly throughput: number;
  readonly low: number;
  readonly high: number | null;
}

/** The fitted law of `fitScalability` at the given N, in their order; empty if there is no fit. */
export function scalabilityCurve(points: ScalabilityPoints, at: readonly number[]): FittedThroughput[] {
  const line = lineThrough(points);
  if (line === null) return [];
  const [a, b, c] = line.coefficients;
  return at.flatMap((n) => {
    const gradient = [1, n - 1, n * (n - 1)];
    const ratio = a + b * gradient[1]! + c * gradient[2]!;
    if (!(ratio > 0)) return [];
    const half = line.half(gradient);
    const least = ratio - half;
    return [{ n, throughput: n / ratio, low: n / (ratio + half), high: least > 0 ? n / least : null }];
  });
}

/** N / X is linear in 1, N - 1 and N (N - 1). The error of a throughput is assumed to be proportional to it. */
function lineThrough(points: ScalabilityPoints): {
  readonly coefficients: readonly [a: number, b: number, c: number];
  /** Half the width of the 95 % interval of a quantity with this gradient. */
  readonly half: (gradient: readonly number[]) => number;
} | null {
  if (new Set(points.map(([n]) => n)).size < FEWEST_POINTS) return null;
  const model = linearModel(points.map(([n, x]) => ({ x: [1, n - 1, n * (n - 1)], y: n / x, weight: (x / n) ** 2 })));
  if (model === null) return null;
  const coefficients = model.coefficients as [number, number, number];
  if (!(coefficients[0] > 0)) return null;
  const t = criticalT(model.degrees);
  const half = (gradient: readonly number[]) => t * Math.sqrt(Math.max(0, quadratic(model.covariance, gradient)));
  return { coefficients, half };
}

function quadratic(matrix: readonly (readonly number[])[], v: readonly number[]): number {
  return matrix.reduce((sum, row, i) => sum + v[i]! * row.reduce((inner, value, k) => inner + value * v[k]!, 0), 0);
}
