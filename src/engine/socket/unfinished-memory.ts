/** A connection that holds an unfinished message and may be ended to free its memory. */
export interface Holder {
  /** Ends the connection and frees its memory. */
  endForMemory(): void;
}

/**
 * Memory of unfinished messages on all connections of a worker. The largest message limits one connection. But 200
 * connections that stop just before the end of a message would take 3 GB. Above the limit the connection that holds the
 * most is ended, so that those with small messages are spared.
 */
export class UnfinishedMemory {
  readonly #limitBytes: number;
  readonly #bytes = new Map<Holder, number>();
  #total = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get totalBytes(): number {
    return this.#total;
  }

  /** Notes how much `holder` holds now. May end it or another holder. */
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
 * The share of one worker. All workers of a machine together may hold `setBytes`, or by default (null) a quarter of the memory that
 * this process may use.
 */
export function memoryShare(usableBytes: number, workers: number, setBytes: number | null = null): number {
  return Math.floor((setBytes ?? usableBytes / 4) / workers);
}
