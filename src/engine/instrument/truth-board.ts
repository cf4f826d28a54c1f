/** Entries per worker: more than a check can have in flight, at its rate and the echo's delays. */
const RING = 1024;

/**
 * Memory shared by the truth echo and the workers. It holds when each reply was sent, microseconds of the process's
 * clock, which all threads share. An entry is written before its reply is sent and read after the reply arrived, so no
 * lock is needed.
 */
export class TruthBoard {
  readonly shared: SharedArrayBuffer;
  readonly #leftUs: Float64Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#leftUs = new Float64Array(shared);
  }

  static forSeats(seats: number): TruthBoard {
    return new TruthBoard(new SharedArrayBuffer(8 * RING * seats));
  }

  /** The entry for a message of a worker: the same for messages `RING` apart. */
  static slot(ordinal: number): number {
    return ordinal % RING;
  }

  static readonly slots = RING;

  noteLeft(seat: number, ordinal: number, nowUs: number): void {
    this.#leftUs[seat * RING + TruthBoard.slot(ordinal)] = nowUs;
  }

  leftUs(seat: number, ordinal: number): number {
    return this.#leftUs[seat * RING + TruthBoard.slot(ordinal)]!;
  }
}
