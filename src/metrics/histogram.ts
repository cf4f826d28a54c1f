/** Merged latency histograms: the only importer of hdr-histogram-js. */

import { encodeIntoCompressedBase64 } from 'hdr-histogram-js/dist/encoding.js';
import float64Module from 'hdr-histogram-js/dist/Float64Histogram.js';
import {
  BUCKETS,
  HIGHEST_US,
  highestInBucket,
  LOWEST_US,
  lowestInBucket,
  middleOfBucket,
  SIGNIFICANT_DIGITS,
} from './buckets.js';
import { decodeCounts } from './histogram-text.js';
import type { SparseCounts } from './interval.js';

/** Lines of a percentile distribution for each halving of the distance to 100 %. */
const TICKS_PER_HALF_DISTANCE = 5;

const Float64Histogram = float64Module.default;
const NO_COUNTS = new Float64Array(0);

/** Memory is taken for so many buckets at a time. */
const PIECE = 512;

/** Merged counts: 64-bit floats, exact to 2^53. Takes memory for the buckets between its smallest and its largest: 190 KB at most. */
export class Totals {
  #counts: Float64Array = NO_COUNTS;
  /** The bucket of the first count. */
  #from = 0;
  #count = 0;
  /** The buckets in use lie from here to there. */
  #first = BUCKETS;
  #last = -1;

  static of(...parts: readonly SparseCounts[]): Totals {
    const totals = new Totals();
    for (const part of parts) totals.add(part);
    return totals;
  }

  /** Reads what `encode` wrote; throws an Error with the reason if the text is no HDR V2 histogram of this layout. */
  static decode(base64: string): Totals {
    const layout = { lowest: LOWEST_US, highest: HIGHEST_US, digits: SIGNIFICANT_DIGITS, buckets: BUCKETS };
    return Totals.of(decodeCounts(base64, layout));
  }

  get count(): number {
    return this.#count;
  }

  /** Smallest, largest, mean and standard deviation in microseconds, to the layout's 3 digits; null when empty. */
  get min(): number | null {
    return this.count === 0 ? null : lowestInBucket(this.#first);
  }
  get max(): number | null {
    return this.count === 0 ? null : highestInBucket(this.#last);
  }
  get mean(): number | null {
    return this.count === 0 ? null : this.#sumOf((us) => us) / this.count;
  }
  get stdev(): number | null {
    const { mean } = this;
    return mean === null ? null : Math.sqrt(this.#sumOf((us) => (us - mean) * (us - mean)) / this.count);
  }

  add(sparse: SparseCounts): void {
    if (sparse.length === 0) return;
    let [added, first, last] = [0, this.#first, this.#last];
    for (let i = 0; i < sparse.length; i += 2) {
      const index = sparse[i]!;
      if (index < first) first = index;
      if (index > last) last = index;
    }
    this.#reach(first, last);
    const counts = this.#counts;
    const from = this.#from;
    for (let i = 0; i < sparse.length; i += 2) {
      const count = sparse[i + 1]!;
      counts[sparse[i]! - from]! += count;
      added += count;
    }
    this.#count += added;
    this.#first = first;
    this.#last = last;
  }

  addTotals(other: Totals): void {
    this.add(other.sparse());
  }

  /** The value in microseconds of the message with this rank (1 = fastest) among those recorded, 1 <= rank <= count. */
  valueAtRank(rank: number): number {
    const counts = this.#counts;
    const from = this.#from;
    let seen = 0;
    let index = this.#first;
    for (; index < this.#last; index++) {
      seen += counts[index - from]!;
      if (seen >= rank) break;
    }
    return highestInBucket(index);
  }

  sparse(): SparseCounts {
    const sparse: number[] = [];
    for (let index = this.#first; index <= this.#last; index++) {
      const count = this.#counts[index - this.#from]!;
      if (count > 0) sparse.push(index, count);
    }
    return sparse;
  }

  /** HDR V2, compressed, base64: readable by HdrHistogram's own tools. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#ofLibrary());
  }

  /** The percentile distribution as HdrHistogram's tools write and read it (.hgrm), values divided by `unitUs`. */
  percentileText(unitUs: number): string {
    return this.#ofLibrary().outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, unitUs);
  }

  /** Takes memory for the buckets from the first to the last one, where it has none. */
  #reach(first: number, last: number): void {
    const end = this.#from + this.#counts.length;
    if (first >= this.#from && last < end) return;
    const from = Math.floor(first / PIECE) * PIECE;
    const counts = new Float64Array(Math.min(BUCKETS, Math.ceil((last + 1) / PIECE) * PIECE) - from);
    if (end > this.#from) counts.set(this.#counts, this.#from - from);
    this.#counts = counts;
    this.#from = from;
  }

  /** Sum over all values, each by the middle of its bucket. */
  #sumOf(term: (us: number) => number): number {
    const counts = this.#counts;
    let sum = 0;
    for (let index = this.#first; index <= this.#last; index++) {
      const count = counts[index - this.#from]!;
      if (count > 0) sum += term(middleOfBucket(index)) * count;
    }
    return sum;
  }

  /** The same counts as the library keeps them. */
  #ofLibrary(): InstanceType<typeof Float64Histogram> {
    const histogram = new Float64Histogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS);
    histogram.autoResize = false;
    if (this.count === 0) return histogram;
    for (let index = this.#first; index <= this.#last; index++) {
      histogram.addToCountAtIndex(index, this.#counts[index - this.#from]!);
    }
    histogram.addToTotalCount(this.count);
    for (const us of [this.min!, this.max!]) histogram.updateMinAndMax(us);
    return histogram;
  }
}
