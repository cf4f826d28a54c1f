/**
 * Student's t distribution. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.1 (the tail as a
 * regularised incomplete beta function) and 26.5.8 (its continued fraction), evaluated by the modified Lentz method.
 */
import { whereRisingReaches } from './halving.js';
import type { Spread } from './moments.js';

const MOST_STEPS = 500;
const PRECISION = 1e-15;
/** Replaces a denominator of zero. */
const TINY = 1e-300;

/**
 * Two-sided p of `t` with `degrees` of freedom (at least 1): the probability of a |t| at least this large by chance
 * alone.
 */
export function twoSidedP(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** One-sided p: P(T >= t) at `degrees` of freedom. */
export function upperTailP(t: number, degrees: number): number {
  const both = twoSidedP(t, degrees);
  return t >= 0 ? both / 2 : 1 - both / 2;
}

/** The t with P(T <= t) = p at `degrees` of freedom, 0 < p < 1. */
export function studentQuantile(p: number, degrees: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, degrees);
  if (p === 0.5) return 0;
  const missing = (t: number) => -upperTailP(t, degrees);
  let high = 1;
  while (missing(high) < p - 1) high *= 2;
  return whereRisingReaches(missing, p - 1, 0, high);
}

/**
 * Two-sided p for "two samples have the same mean", assuming equal variances (Student's pooled test). 1 if there are
 * fewer than 3 values in all, or if a side is empty.
 */
export function equalMeansP(a: Spread, b: Spread): number {
  const degrees = a.n + b.n - 2;
  if (a.n === 0 || b.n === 0 || degrees < 1) return 1;
  const difference = a.mean - b.mean;
  const error = Math.sqrt(((a.squares + b.squares) / degrees) * (1 / a.n + 1 / b.n));
  if (error === 0) return difference === 0 ? 1 : 0;
  return twoSidedP(difference / error, degrees);
}

/** The regularised incomplete beta function I_x(a, b), 0 <= x <= 1. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on one side only. The other side follows from I_x(a, b) = 1 - I_(1-x)(b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  return (front / a) * fraction(x, a, b);
}

function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / awayFromZero(1 + term * d);
      c = awayFromZero(1 + term / c);
      step = c * d;
      value *= step;
    }
    if (Math.abs(step - 1) < PRECISION) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** ln of the gamma function, x > 0: Stirling's series (Abramowitz and Stegun 6.1.41) after moving x beyond 10. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z++) shift += Math.log(z);
  const z2 = z * z;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * z2)) / z2) / z2) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
