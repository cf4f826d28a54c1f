/**
 * For how long connections had received nothing when the other side ended them: a proxy cuts idle ones after a fixed
 * time.
 */
import type { CellResult } from './cell-result.js';
import { Recording, Totals } from './histogram.js';
import type { Interval } from './interval.js';

/** The data of one worker between two lines. */
export class SilenceRecorder {
  readonly #silences = new Recording();
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;

  record(us: number, endedUs: number): void {
    this.#silences.record(us);
    this.#firstUs = Math.min(this.#firstUs, endedUs);
    this.#lastUs = Math.max(this.#lastUs, endedUs);
  }

  drain(): Pick<Interval, 'silence'> {
    const silences = this.#silences.drain();
    const { firstUs, lastUs } = { firstUs: this.#firstUs, lastUs: this.#lastUs };
    this.#firstUs = Number.POSITIVE_INFINITY;
    this.#lastUs = Number.NEGATIVE_INFINITY;
    return silences.length === 0 ? {} : { silence: { silences, firstUs, lastUs } };
  }
}

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
