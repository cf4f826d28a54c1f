import { FIRST_SEQUENCE } from '../../src/plan/sequence.js';
import type { TruthEntry, TruthMessage } from '../../src/server/faults/truth-entry.js';
import { rankOf } from '../../src/stats/quantile-interval.js';

/**
 * Answered messages of the measure phase of a load with constant arrivals, whose sequences count them from the start of the
 * warm-up. What the canary sent falls into the warm-up.
 */
export function measured(truth: readonly TruthEntry[], ratePerSecond: number, warmupSeconds: number): TruthMessage[] {
  return truth.filter(
    (entry): entry is TruthMessage =>
      entry.kind === 'message' &&
      entry.outUs !== null &&
      entry.sequence !== null &&
      entry.sequence - FIRST_SEQUENCE >= ratePerSecond * warmupSeconds,
  );
}

/** How long the server took from message to reply, ms. */
export function delayMs({ inUs, outUs }: TruthMessage): number {
  return ((outUs ?? Number.NaN) - inUs) / 1000;
}

/** Values of which quantiles are known exactly. */
export class Sorted {
  readonly #values: Float64Array;

  constructor(values: readonly number[]) {
    this.#values = Float64Array.from(values).sort();
  }

  /** Quantile q, 0 < q <= 1; NaN of nothing. */
  at(q: number): number {
    return this.#values[rankOf(this.#values.length, q) - 1] ?? Number.NaN;
  }

  get mean(): number {
    return this.#values.reduce((sum, value) => sum + value, 0) / this.#values.length;
  }
}
