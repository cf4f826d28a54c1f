/** A connection that holds an unfinished message and can be ended to free it. */
export interface Holder {
  /** Ends it and frees what it holds. */
  endForMemory(): void;
}

/**
 * Memory of unfinished messages on all connections of a worker. One connection is bounded by the largest message, but 200
 * connections that stop just before the end of theirs would take 3 GB. Beyond the limit the connection that holds the most
 * is ended, so that one with a small message does not pay for the others.
 */
export class HeldMemory {
  readonly #limitBytes: number;
  readonly #bytes = new Map<Holder, number>();
  #total = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get totalBytes(): number {
    return this.#total;
  }

  /** Notes how much `holder` holds now. This may end it, or another holder. */
  note(holder: Holder, bytes: number): void {
    this.#total += bytes - (this.#bytes.get(holder) ?? 0);
    if (bytes === 0) this.#bytes.delete(holder);
    else this.#bytes.set(holder, bytes);
    while (this.#total > this.#limitBytes) this.#endLargest();
  }

  #endLargest(): void {
    const [holder, bytes] = [...this.#bytes].reduce((most, each) => (each[1] > most[1] ? each : most));
    this.#bytes.delete(holder);
    this.#total -= bytes;
    holder.endForMemory();
  }
}

/**
 * The share of a worker: all workers together may hold `setBytes`, or where nobody set it (null) a quarter of the memory
 * that this process may use.
 */
export function heldShare(usableBytes: number, workers: number, setBytes: number | null = null): number {
  return Math.floor((setBytes ?? usableBytes / 4) / workers);
}
