import { BUCKETS, bucketOf, HIGHEST_US, LOWEST_US } from './buckets.js';
import type { SparseCounts } from './interval.js';

/** What a worker records into: 32-bit counts, emptied every second. About 95 KB. */
export class Recording {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** Records a latency in microseconds; false if it had to be clamped to the range (above 1 h, or no number). */
  record(us: number): boolean {
    if (us >= LOWEST_US && us <= HIGHEST_US) {
      this.#add(us);
      return true;
    }
    this.#add(us < LOWEST_US ? LOWEST_US : HIGHEST_US);
    return us >= 0 && us < LOWEST_US;
  }

  /** The same, where 0 is a value of its own: that a message did not wait. */
  recordFrom0(us: number): boolean {
    if (!(us >= 0 && us < LOWEST_US)) return this.record(us);
    this.#add(0);
    return true;
  }

  /** Takes everything recorded since the last call and starts anew. */
  drain(): SparseCounts {
    if (this.#count === 0) return [];
    const counts = this.#counts;
    const sparse: number[] = [];
    const last = bucketOf(this.#maxUs);
    for (let index = 0; index <= last; index++) if (counts[index]! > 0) sparse.push(index, counts[index]!);
    counts.fill(0, 0, last + 1);
    this.#count = 0;
    this.#maxUs = 0;
    return sparse;
  }

  #add(us: number): void {
    this.#counts[bucketOf(us)]!++;
    this.#count++;
    if (us > this.#maxUs) this.#maxUs = us;
  }
}
