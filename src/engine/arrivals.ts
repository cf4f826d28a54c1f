import type { Clock } from './clock.js';

/**
 * The event loop takes up to 1,024 events from one poll; then it polls again before it leaves the phase. A few of them are no reads.
 */
const READS_OF_A_POLL = 1000;
/** A frame up to this long came in one segment: when its first byte was there, all of it was. */
const ONE_SEGMENT_BYTES = 1400;

/** What one connection must remember between two of its reads. */
export interface ReadMark {
  /** The poll that its last read belongs to. */
  poll: number;
}

/**
 * When what sockets read had arrived. A thread polls all its sockets at once and reads them one after the other. What
 * made a socket readable was in the kernel when the poll returned; a thousand sockets later the clock shows our own
 * reading time on top. So the first read after a poll gives the instant for all reads of that poll. A connection's later
 * reads in the same poll may hold what came meanwhile: they count from the instant they are read.
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

  /** A read begins at `nowUs`. Returns when what it reads first had arrived, microseconds of the clock. */
  arrivedUs(mark: ReadMark, nowUs: number): number {
    if (!this.#isPolling || this.#reads === READS_OF_A_POLL) this.#begin(nowUs);
    this.#reads++;
    if (mark.poll === this.#poll) return nowUs;
    mark.poll = this.#poll;
    return this.#polledUs;
  }

  /** Immediates run when the phase is over in which sockets are read. */
  #begin(nowUs: number): void {
    if (!this.#isPolling) this.#clock.soon(this.#end);
    this.#isPolling = true;
    this.#poll++;
    this.#polledUs = nowUs;
    this.#reads = 0;
  }
}

/** Whether a message of so many bytes was there as a whole when its first byte was. */
export function arrivesWhole(bytes: number): boolean {
  return bytes <= ONE_SEGMENT_BYTES;
}
