/**
 * The lower end of a bracket: the part of a measured latency that must be the target's own.
 *
 * A service time S is the sum of the target's own time T and the time D that the way back added: S = T + D. The
 * instrument check measures D for every message of its own, because it knows the truth about them. D does not depend on
 * T, because the target's delay does not change how a reply is received.
 *
 * The bound finds values that are too small to be T's quantile q. Suppose that T's quantile q were t. Then the slowest
 * 1 - q of the messages may be arbitrarily slow, and every other one takes at most t, and at most what was measured:
 * min(S - min D, t). Adding the noise D to these, the share of messages slower than t + x is at most
 *
 *     (1 - q) + sum over d > x of P(D = d) * [P(S - min D > t + x - d) - (1 - q)]
 *
 * If more messages than that were measured slower than t + x, for any x, then t is too small. The lower end is the
 * largest refuted t. Example: replies take 10 ms, and the machine stood still for 500 ms in a cell of 10 s, so p99 of S
 * is 400 ms. If D exceeds 100 ms in 4 % of the checks, this bound gives p99 >= 9.9 ms, and p50 is as exact as without
 * the stall.
 */

import { highestInBucket } from './buckets.js';
import type { SparseCounts } from './interval.js';

/**
 * The noise is divided into steps. Each step leaves this share of the messages beyond it, so the tail has finer steps.
 */
const STEP = 0.85;
/** How much of the tail the checks may have missed: in standard errors, and in messages beyond the slowest one seen. */
const DEVIATIONS = 2;
const UNSEEN = 1.5;
/** How often the search range for the lower end is halved: the rest is below a thousandth of it. */
const HALVINGS = 12;

/**
 * A distribution as its survival function P(value > us), over `n` messages. `missing` of them are slower than any
 * value.
 */
export class Survival {
  readonly #us: Float64Array;
  /** Number of messages slower than the value with the same index. */
  readonly #slower: Float64Array;
  readonly n: number;

  constructor(counts: SparseCounts, missing = 0) {
    const size = counts.length / 2;
    this.#us = new Float64Array(size);
    this.#slower = new Float64Array(size);
    let slower = missing;
    for (let i = size - 1; i >= 0; i--) {
      this.#us[i] = highestInBucket(counts[2 * i]!);
      this.#slower[i] = slower;
      slower += counts[2 * i + 1]!;
    }
    this.n = slower;
  }

  get isEmpty(): boolean {
    return this.#us.length === 0;
  }

  get minUs(): number {
    return this.#us[0] ?? 0;
  }

  /** P(value > us). */
  beyond(us: number): number {
    let low = 0;
    let high = this.#us.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#us[middle]! <= us) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 1;
    return this.#slower[low - 1]! / this.n;
  }

  /** The smallest value with at most `share` of the messages beyond it; the largest value if there is none. */
  at(share: number): number {
    const wanted = share * this.n * (1 + 1e-12);
    let low = 0;
    let high = this.#us.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slower[middle]! <= wanted) high = middle;
      else low = middle + 1;
    }
    return this.#us[low] ?? 0;
  }
}

/**
 * The noise in steps, slowest last: up to `us[i]` with probability `p[i]`. `unseen`: probability of anything slower.
 */
export interface Noise {
  readonly us: readonly number[];
  readonly p: readonly number[];
  readonly minUs: number;
  readonly unseen: number;
}

/**
 * The noise from a check with these counts. Its tail is made heavier, because so few checks may have missed part of it,
 * and because so few `messages` as it is held against may by chance have had more of it than the checks.
 */
export function noiseOf(counts: SparseCounts, messages: number): Noise {
  const survival = new Survival(counts);
  const { n } = survival;
  const us: number[] = [];
  const p: number[] = [];
  let before = 1;
  let last = -1;
  for (let share = STEP; ; share *= STEP) {
    const value = survival.at(share);
    if (value > last) {
      const beyond = heavier(survival.beyond(value), n, messages);
      us.push(value);
      p.push(Math.max(0, before - beyond));
      before = Math.min(before, beyond);
      last = value;
    }
    if (survival.beyond(value) === 0) break;
  }
  return { us, p, minUs: survival.minUs, unseen: before };
}

/** The noise of the slowest of `draws` independent messages. */
export function slowestOf({ us, p, minUs, unseen }: Noise, draws: number): Noise {
  let below = 0;
  let before = 0;
  const slowest = p.map((share) => {
    below += share;
    const power = below ** draws;
    const own = power - before;
    before = power;
    return own;
  });
  return { us, p: slowest, minUs, unseen: 1 - (1 - unseen) ** draws };
}

/**
 * The upper end of quantile q of a time that the measured one may be too small for, by up to the noise: the smallest
 * sum of a step of the noise and the measured quantile that is left when whatever is slower than the step is put
 * beyond it. It holds whether or not the two depend on each other.
 */
export function longestQuantile(measured: Survival, { us, p, unseen }: Noise, q: number): number {
  let best = measured.at(0) + (us.at(-1) ?? 0);
  let beyond = unseen;
  for (let step = us.length - 1; step >= 0; step--) {
    if (beyond <= 1 - q) best = Math.min(best, measured.at(1 - q - beyond) + us[step]!);
    beyond += p[step]!;
  }
  return best;
}

/** A likely upper bound on the share of a tail among `messages` that had `share` among n checks. */
function heavier(share: number, n: number, messages: number): number {
  return Math.min(1, share + DEVIATIONS * Math.sqrt(share * (1 - share) * (1 / n + 1 / messages)) + UNSEEN / n);
}

/**
 * The lower end of quantile q, microseconds: T's own quantile is at least this. `service` counts unanswered messages as
 * slower than any. The result is at most the measured quantile, and 0 if nothing is known.
 */
export function ownQuantile(service: Survival, noise: Noise, q: number): number {
  const tail = 1 - q;
  const measured = service.at(tail);
  let best = 0;
  for (let step = 0; step < noise.us.length; step++) {
    const x = noise.us[step]!;
    let high = measured - x;
    // Larger steps of the noise cannot give a larger bound.
    if (high <= best) break;
    if (!isTooSmall(best, x, step, service, noise, tail)) continue;
    let low = best;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (isTooSmall(middle, x, step, service, noise, tail)) low = middle;
      else high = middle;
    }
    best = low;
  }
  return best;
}

/**
 * Whether more messages were slower than t + x than T's quantile t and the noise can explain; x is the end of step
 * `step`.
 */
function isTooSmall(t: number, x: number, step: number, service: Survival, noise: Noise, tail: number): boolean {
  const s = t + x;
  const seen = service.beyond(s);
  let explained = tail + noise.unseen * (1 - tail);
  if (seen <= explained) return false;
  for (let i = step + 1; i < noise.us.length; i++) {
    const others = service.beyond(Math.min(s - noise.us[i]!, t) + noise.minUs) - tail;
    if (others > 0) explained += noise.p[i]! * others;
    if (seen <= explained) return false;
  }
  return true;
}
