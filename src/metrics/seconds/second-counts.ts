/** What was counted in one second as its lines arrive. It stays open while more may arrive, and is then packed. */
import { addCounters, COUNTERS } from '../counters.js';
import type { SparseCounts } from '../interval.js';
import { packCounts, unpackCounts } from '../packed-counts.js';
import { addToKeys, mergePairs } from '../pairs.js';

/**
 * How many seconds are kept open, because replies to their messages may still come. An older one is reopened if needed.
 */
const OPEN_SECONDS = 64;
const NOTHING = new Uint8Array(0);

/** What a `Packer` packs. */
interface Packable {
  readonly isOpen: boolean;
  pack(): void;
}

/** The bucket counts of one second. Each access to `counts` unpacks them, unless they are open. */
export class GrowingCounts implements Packable {
  /** A list of its own. */
  #open: number[] | null = null;
  #packed: Uint8Array = NOTHING;

  get isOpen(): boolean {
    return this.#open !== null;
  }

  get counts(): SparseCounts {
    return this.#open ?? unpackCounts(this.#packed);
  }

  add(sparse: SparseCounts): void {
    const open = this.#open ?? unpackCounts(this.#packed);
    // Of a thousand machines, nearly all tell of buckets that others told of before.
    const added = addToKeys(open, sparse);
    this.#open = added === sparse.length ? open : mergePairs(open, sparse.slice(added));
  }

  pack(): void {
    if (this.#open === null) return;
    this.#packed = packCounts(this.#open);
    this.#open = null;
  }
}

/** The counters of one second. Most are 0. Each access to `counters` unpacks them, unless they are open. */
export class GrowingCounters implements Packable {
  #open: Float64Array | null = null;
  #packed: Uint8Array = NOTHING;

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Indexed by `C`. */
  get counters(): Float64Array {
    if (this.#open !== null) return this.#open;
    const counters = new Float64Array(COUNTERS.length);
    const sparse = unpackCounts(this.#packed);
    for (let i = 0; i < sparse.length; i += 2) counters[sparse[i]!] = sparse[i + 1]!;
    return counters;
  }

  add(counters: ArrayLike<number>): void {
    this.#open = this.counters;
    addCounters(this.#open, counters);
  }

  pack(): void {
    if (this.#open === null) return;
    const sparse: number[] = [];
    for (const [i, count] of this.#open.entries()) if (count !== 0) sparse.push(i, count);
    this.#packed = packCounts(sparse);
    this.#open = null;
  }
}

/**
 * Packs seconds in the order in which they were opened, so that only the newest ones use the memory of an open second.
 */
export class Packer {
  #opened: Packable[] = [];

  add(counts: GrowingCounts, sparse: SparseCounts): void {
    if (sparse.length === 0) return;
    this.opens(counts);
    counts.add(sparse);
  }

  /** Call it before something is added to that second. */
  opens(second: Packable): void {
    if (second.isOpen) return;
    this.#opened.push(second);
    if (this.#opened.length <= 2 * OPEN_SECONDS) return;
    for (const old of this.#opened.slice(0, OPEN_SECONDS)) old.pack();
    this.#opened = this.#opened.slice(OPEN_SECONDS);
  }
}
