import type { Interval } from './interval.js';
import { Recording } from './recording.js';

/** How long nothing had come on connections that the other side ended; of one worker, between two lines. */
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
