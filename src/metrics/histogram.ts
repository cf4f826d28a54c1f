/**
 * Latency histograms: the only importer of hdr-histogram-js. All have the same layout (1 us to 1 h, 3 significant
 * digits). A bucket index means the same value everywhere, and merging means adding counts.
 */

import { encodeIntoCompressedBase64 } from 'hdr-histogram-js/dist/encoding.js';
import float64Module from 'hdr-histogram-js/dist/Float64Histogram.js';
import int32Module from 'hdr-histogram-js/dist/Int32Histogram.js';
import { decodeCounts } from './histogram-text.js';
import type { SparseCounts } from './interval.js';

const LOWEST_US = 1;
/** The largest latency that can be recorded, 1 h. Longer ones are clamped and counted. */
export const HIGHEST_US = 3_600_000_000;
const SIGNIFICANT_DIGITS = 3;
/** Lines of a percentile distribution for each halving of the distance to 100 %. */
const TICKS_PER_HALF_DISTANCE = 5;

const Int32Histogram = int32Module.default;
const Float64Histogram = float64Module.default;
const LAYOUT = new Int32Histogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS);
/** Number of buckets of the layout: sparse counts have smaller indices. */
export const BUCKETS = LAYOUT.countsArrayLength;

/**
 * The layout's calculation for whole values within the range, on 32-bit integers: every value below 2,048 has its own
 * bucket, and each doubling above shares 1,024. The library computes the same with logarithms and powers, for any
 * value. This code runs two or three times per message.
 */
const SUB_BUCKET_BITS = 10;

function bucketOf(us: number): number {
  const doublings = Math.max(0, 31 - SUB_BUCKET_BITS - Math.clz32(us));
  return (doublings << SUB_BUCKET_BITS) + (us >>> doublings);
}

/** A histogram that a worker records into: 32-bit counts, emptied every second. About 95 KB. */
export class Recording {
  readonly #counts = new Uint32Array(LAYOUT.countsArrayLength);
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** Records a latency in microseconds. False if it had to be clamped to the range (above 1 h, or not a number). */
  record(us: number): boolean {
    if (us >= LOWEST_US && us <= HIGHEST_US) {
      this.#add(us);
      return true;
    }
    this.#add(us < LOWEST_US ? LOWEST_US : HIGHEST_US);
    return us >= 0 && us < LOWEST_US;
  }

  /** Returns everything recorded since the last call, and clears it. */
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

/**
 * The values of every bucket, microseconds. Computed once, because the library computes them with logarithms for each
 * bucket.
 */
class Buckets {
  static #shared: Buckets | null = null;
  readonly lowest = new Float64Array(LAYOUT.countsArrayLength);
  /** Represents all values of the bucket in a mean. */
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

  /** About half a megabyte, created only when a histogram is read: a worker never does that. */
  static get shared(): Buckets {
    Buckets.#shared ??= new Buckets();
    return Buckets.#shared;
  }
}

/** The highest value of a bucket, microseconds: the reported value of a quantile in it. */
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

  /**
   * Reads the output of `encode`. Throws an Error with the reason if the text is not an HDR V2 histogram of this
   * layout.
   */
  static decode(base64: string): Totals {
    const layout = { lowest: LOWEST_US, highest: HIGHEST_US, digits: SIGNIFICANT_DIGITS, buckets: BUCKETS };
    return Totals.of(decodeCounts(base64, layout));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Smallest, largest, mean and standard deviation in microseconds, with the layout's 3 digits; null if empty. */
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

  /** HDR V2, compressed, base64: HdrHistogram's own tools can read it. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** The percentile distribution in the format of HdrHistogram's tools (.hgrm), with values divided by `unitUs`. */
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

  /** Index of the highest used bucket; -1 if none is used. */
  #lastIndex(): number {
    return this.count === 0 ? -1 : this.#histogram.countsArrayIndex(this.#histogram.maxValue);
  }

  /** Sum over all values, each represented by the middle of its bucket. */
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
