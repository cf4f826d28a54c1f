import type { Clock } from '../pacing/clock.js';

/**
 * The event loop handles up to 1,024 events per poll, then polls again before it leaves the phase. A few of these
 * events are not reads.
 */
const READS_OF_A_POLL = 1000;
/** A frame up to this size fits into one segment, so it arrives as a whole. */
const ONE_SEGMENT_BYTES = 1400;

/** The state of one connection between two reads. */
export interface ReadMark {
  /** The poll of its last read. */
  poll: number;
}

/**
 * Estimates when received bytes arrived. A thread polls all its sockets at once and reads them one after the other.
 * Everything that made a socket readable was in the kernel when the poll returned. If a thousand sockets are read
 * first, the clock includes our own reading time. So the time of the first read after a poll is used for all reads of
 * that poll. Later reads of the same connection within a poll may contain newer bytes, so they get their own time.
 *
 * One instance for all connections of a worker.
 */
export class Arrivals {
  readonly #clock: Clock;
  #poll = 0;
  #polledUs = 0;
  #reads = 0;
  #isPolling = false;
  readonly #end = (): void => {
    this.#isPolling = false;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Called when a read begins at `nowUs`. Returns when the first bytes of the read arrived, microseconds of the clock.
   */
  arrivedUs(mark: ReadMark, nowUs: number): number {
    if (!this.#isPolling || this.#reads === READS_OF_A_POLL) this.#begin(nowUs);
    this.#reads++;
    if (mark.poll === this.#poll) return nowUs;
    mark.poll = this.#poll;
    return this.#polledUs;
  }

  /** An immediate runs after the phase in which sockets are read. */
  #begin(nowUs: number): void {
    if (!this.#isPolling) this.#clock.soon(this.#end);
    this.#isPolling = true;
    this.#poll++;
    this.#polledUs = nowUs;
    this.#reads = 0;
  }
}

/** Whether a message of this size arrives as a whole. */
export function arrivesWhole(bytes: number): boolean {
  return bytes <= ONE_SEGMENT_BYTES;
}
