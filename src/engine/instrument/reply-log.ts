/** Entries per worker: more than a check can have in flight, at its rate and the echo's delays. */
const ENTRIES = 1024;

/**
 * Memory shared by the truth echo and the workers: when each reply of the instrument check was sent, microseconds of
 * the process's clock, which all threads share. The echo writes an entry before it sends the reply, and the worker
 * reads the entry after the reply has arrived, so no lock is needed.
 */
export class ReplyLog {
  readonly shared: SharedArrayBuffer;
  readonly #leftUs: Float64Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#leftUs = new Float64Array(shared);
  }

  static forWorkers(workers: number): ReplyLog {
    return new ReplyLog(new SharedArrayBuffer(8 * ENTRIES * workers));
  }

  /** The entry for a message of a worker: the same for messages `ENTRIES` apart. */
  static entry(ordinal: number): number {
    return ordinal % ENTRIES;
  }

  static readonly entries = ENTRIES;

  noteLeft(worker: number, ordinal: number, nowUs: number): void {
    this.#leftUs[worker * ENTRIES + ReplyLog.entry(ordinal)] = nowUs;
  }

  leftUs(worker: number, ordinal: number): number {
    return this.#leftUs[worker * ENTRIES + ReplyLog.entry(ordinal)]!;
  }
}
