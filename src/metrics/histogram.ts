/**
 * Latency histograms: the only importer of hdr-histogram-js. One layout for all (1 us to 1 h, 3 significant digits), so
 * that a bucket index means the same value everywhere and merging is adding counts.
 */

import { encodeIntoCompressedBase64 } from 'hdr-histogram-js/dist/encoding.js';
import float64Module from 'hdr-histogram-js/dist/Float64Histogram.js';
import int32Module from 'hdr-histogram-js/dist/Int32Histogram.js';
import { decodeCounts } from './histogram-text.js';
import type { SparseCounts } from './interval.js';

const LOWEST_US = 1;
/** The largest latency that can be told apart, 1 h; longer ones are clamped and counted. */
export const HIGHEST_US = 3_600_000_000;
const SIGNIFICANT_DIGITS = 3;
/** Lines of a percentile distribution for each halving of the distance to 100 %. */
const TICKS_PER_HALF_DISTANCE = 5;

const Int32Histogram = int32Module.default;
const Float64Histogram = float64Module.default;
const LAYOUT = new Int32Histogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS);
/** Buckets of the layout: indices of sparse counts lie below it. */
export const BUCKETS = LAYOUT.countsArrayLength;

/**
 * The layout's arithmetic for whole values in range, on 32-bit integers: values below 2,048 have a bucket each, and
 * every doubling above them shares 1,024. The library computes the same through logarithms and powers, for any value;
 * this runs two or three times for every message.
 */
const SUB_BUCKET_BITS = 10;

function bucketOf(us: number): number {
  const doublings = Math.max(0, 31 - SUB_BUCKET_BITS - Math.clz32(us));
  return (doublings << SUB_BUCKET_BITS) + (us >>> doublings);
}

/** What a worker records into: 32-bit counts, emptied every second. About 95 KB. */
export class Recording {
  readonly #counts = new Uint32Array(LAYOUT.countsArrayLength);
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** Records a latency in microseconds; false where it had to be clamped to the range (above 1 h, or no number). */
  record(us: number): boolean {
    if (us >= LOWEST_US && us <= HIGHEST_US) {
      this.#add(us);
      return true;
    }
    this.#add(us < LOWEST_US ? LOWEST_US : HIGHEST_US);
    return us >= 0 && us < LOWEST_US;
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

/** The values of every bucket, microseconds. Computed once: the library does so anew, by logarithms, for each bucket it meets. */
class Buckets {
  static #shared: Buckets | null = null;
  readonly lowest = new Float64Array(LAYOUT.countsArrayLength);
  /** Stands for all values of the bucket in a mean. */
  readonly middle = new Float64Array(LAYOUT.countsArrayLength);
  readonly highest = new Float64Array(LAYOUT.countsArrayLength);

  private constructor() {
    for (let index = 0; index < LAYOUT.countsArrayLength; index++) {
      const us = LAYOUT.valueFromIndex(index);
      this.lowest[index] = us;
      this.middle[index] = LAYOUT.medianEquivalentValue(us);
      this.highest[index] = LAYOUT.highestEquivalentValue(us);
    }
  }

  /** About half a megabyte, only where somebody reads a histogram: a worker never does. */
  static get shared(): Buckets {
    Buckets.#shared ??= new Buckets();
    return Buckets.#shared;
  }
}

/** The highest value, in microseconds, that falls into a bucket: what a quantile in it is reported as. */
export function highestInBucket(index: number): number {
  return Buckets.shared.highest[index]!;
}

/** Merged counts: 64-bit floats, exact to 2^53. */
export class Totals {
  readonly #histogram = new Float64Histogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS);

  constructor() {
    this.#histogram.autoResize = false;
  }

  static of(...parts: readonly SparseCounts[]): Totals {
    const totals = new Totals();
    for (const part of parts) totals.add(part);
    return totals;
  }

  /** Reads what `encode` wrote; throws an Error that says why where the text is no HDR V2 histogram of this layout. */
  static decode(base64: string): Totals {
    const layout = { lowest: LOWEST_US, highest: HIGHEST_US, digits: SIGNIFICANT_DIGITS, buckets: BUCKETS };
    return Totals.of(decodeCounts(base64, layout));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Smallest, largest, mean and standard deviation in microseconds, to the layout's 3 digits; null when empty. */
  get min(): number | null {
    return this.count === 0 ? null : this.#histogram.minNonZeroValue;
  }
  get max(): number | null {
    return this.count === 0 ? null : this.#histogram.maxValue;
  }
  get mean(): number | null {
    return this.count === 0 ? null : this.#sumOf((us) => us) / this.count;
  }
  get stdev(): number | null {
    const { mean } = this;
    return mean === null ? null : Math.sqrt(this.#sumOf((us) => (us - mean) * (us - mean)) / this.count);
  }

  add(sparse: SparseCounts): void {
    for (let i = 0; i < sparse.length; i += 2) this.addAt(sparse[i]!, sparse[i + 1]!);
  }

  addTotals(other: Totals): void {
    this.add(other.sparse());
  }

  /** The value in microseconds of the message with this rank (1 = fastest) among those recorded, 1 <= rank <= count. */
  valueAtRank(rank: number): number {
    const histogram = this.#histogram;
    if (rank >= this.count) return histogram.maxValue;
    let seen = 0;
    for (let index = 0; index < histogram.countsArrayLength; index++) {
      seen += histogram.getCountAtIndex(index);
      if (seen >= rank) return highestInBucket(index);
    }
    return histogram.maxValue;
  }

  sparse(): SparseCounts {
    const histogram = this.#histogram;
    const sparse: number[] = [];
    const last = this.#lastIndex();
    for (let index = 0; index <= last; index++) {
      const count = histogram.getCountAtIndex(index);
      if (count > 0) sparse.push(index, count);
    }
    return sparse;
  }

  /** HDR V2, compressed, base64: readable by HdrHistogram's own tools. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** The percentile distribution as HdrHistogram's tools write and read it (.hgrm), values divided by `unitUs`. */
  percentileText(unitUs: number): string {
    return this.#histogram.outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, unitUs);
  }

  private addAt(index: number, count: number): void {
    const histogram = this.#histogram;
    histogram.addToCountAtIndex(index, count);
    histogram.addToTotalCount(count);
    const { lowest, highest } = Buckets.shared;
    histogram.updateMinAndMax(lowest[index]!);
    histogram.updateMinAndMax(highest[index]!);
  }

  /** Index of the highest bucket that is in use; -1 where none is. */
  #lastIndex(): number {
    return this.count === 0 ? -1 : this.#histogram.countsArrayIndex(this.#histogram.maxValue);
  }

  /** Sum over all values, each by the middle of its bucket. */
  #sumOf(term: (us: number) => number): number {
    const histogram = this.#histogram;
    const { middle } = Buckets.shared;
    const last = this.#lastIndex();
    let sum = 0;
    for (let index = 0; index <= last; index++) {
      const count = histogram.getCountAtIndex(index);
      if (count > 0) sum += term(middle[index]!) * count;
    }
    return sum;
  }
}
