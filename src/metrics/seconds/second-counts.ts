/** Bucket counts of one second as its lines arrive. They stay open while more lines may arrive, and are then packed. */
import type { SparseCounts } from '../interval.js';
import { packCounts, unpackCounts } from '../packed-counts.js';
import { mergePairs } from '../pairs.js';

/**
 * How many seconds are kept open, because replies to their messages may still come. An older one is reopened if needed.
 */
const OPEN_SECONDS = 64;

/** The counts of one second. Each access to `counts` unpacks them, unless they are open. */
export class GrowingCounts {
  /** Usually the list of one line, as it came. */
  #open: SparseCounts | null = null;
  #packed: Uint8Array = new Uint8Array(0);

  get isOpen(): boolean {
    return this.#open !== null;
  }

  get counts(): SparseCounts {
    return this.#open ?? unpackCounts(this.#packed);
  }

  add(sparse: SparseCounts): void {
    this.#open = mergePairs(this.counts, sparse);
  }

  pack(): void {
    if (this.#open === null) return;
    this.#packed = packCounts(this.#open);
    this.#open = null;
  }
}

/**
 * Packs seconds in the order in which they were opened, so that only the newest ones use the memory of an open second.
 */
export class Packer {
  #opened: GrowingCounts[] = [];

  add(counts: GrowingCounts, sparse: SparseCounts): void {
    if (sparse.length === 0) return;
    if (!counts.isOpen) this.#opened.push(counts);
    counts.add(sparse);
    if (this.#opened.length <= 2 * OPEN_SECONDS) return;
    for (const old of this.#opened.slice(0, OPEN_SECONDS)) old.pack();
    this.#opened = this.#opened.slice(OPEN_SECONDS);
  }
}
