/** Instants kept for each worker: more than any check has on its way, at its rate and the delays of the echo. */
const RING = 1024;

/**
 * Memory that the truth echo and the workers share: when each reply left the echo, microseconds of the process's clock,
 * which its threads have in common. Written before the reply is sent and read after it came, so no lock is needed.
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

  /** The place of a worker's message among those on their way: the same for messages `RING` apart. */
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
