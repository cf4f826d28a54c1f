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

/**
 * From the instant each of these messages was meant for to its reply's leaving, ms. The results do not say when t0 was, but no
 * message comes before its instant, and the promptest of them comes within 0.1 ms of it.
 */
export function sinceIntendedMs(messages: readonly TruthMessage[], ratePerSecond: number): number[] {
  const dueUs = ({ sequence }: TruthMessage) => ((sequence! - FIRST_SEQUENCE) * 1e6) / ratePerSecond;
  const t0Us = messages.reduce(
    (least, message) => Math.min(least, message.inUs - dueUs(message)),
    Number.POSITIVE_INFINITY,
  );
  return messages.map((message) => (message.outUs! - t0Us - dueUs(message)) / 1000);
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
