/**
 * How long nothing had come on connections that the other side ended: proxies that cut idle ones do so after a set
 * time.
 */
import type { CellResult } from './cell-result.js';
import { Totals } from './histogram.js';
import type { Interval } from './interval.js';

/** Added up over the lines of a cell. */
export class Silences {
  readonly #totals = new Totals();
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;

  add({ silence }: Interval): void {
    if (silence === undefined) return;
    this.#totals.add(silence.silences);
    this.#firstUs = Math.min(this.#firstUs, silence.firstUs);
    this.#lastUs = Math.max(this.#lastUs, silence.lastUs);
  }

  result(): Pick<CellResult, 'endedAfterSilence'> {
    const totals = this.#totals;
    if (totals.count === 0) return {};
    const at = (quantile: number) => totals.valueAtRank(Math.ceil(quantile * totals.count));
    return {
      endedAfterSilence: {
        ...{ count: totals.count, p10Us: at(0.1), p50Us: at(0.5), p90Us: at(0.9) },
        overUs: this.#lastUs - this.#firstUs,
      },
    };
  }
}
