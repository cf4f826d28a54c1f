/**
 * The standard normal distribution. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.11 (a
 * series of rising terms, for the middle) and 26.2.14 (a continued fraction, for the tails).
 */
import { whereRisingReaches } from './halving.js';

/** From here on the continued fraction is used in place of the series. */
const TAIL_FROM = 3;
const FRACTION_TERMS = 120;
/** Beyond this the density is zero in doubles. */
const FARTHEST = 39;

/** P(Z <= z). Exact to about 14 digits, in the tails too. */
export function normalCdf(z: number): number {
  return z < 0 ? normalTail(-z) : 1 - normalTail(z);
}

/** P(Z >= z). */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z >= FARTHEST) return 0;
  return z < TAIL_FROM ? 0.5 - density(z) * series(z) : density(z) / fraction(z);
}

/** The z with P(Z <= z) = p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  return p === 0.5 ? 0 : whereRisingReaches(normalCdf, p, -FARTHEST, 0);
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** z + z^3/3 + z^5/(3*5) + ... */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * Number.EPSILON; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** z + 1/(z + 2/(z + 3/(z + ...))), evaluated from the far end. */
function fraction(z: number): number {
  let value = z;
  for (let k = FRACTION_TERMS; k >= 1; k--) value = z + k / value;
  return value;
}
