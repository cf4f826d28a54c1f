/**
 * The buckets that all latency histograms share: HdrHistogram's layout for 1 us to 1 h at 3 significant digits. Values
 * below 2,048 have a bucket each, and every doubling above them shares 1,024. A bucket index means the same value
 * everywhere, so that merging is adding counts.
 *
 * The library computes the same through logarithms and powers, for any layout. Here it is arithmetic on whole numbers:
 * it runs two or three times for every message, and a worker needs no more of the library than this.
 */

export const LOWEST_US = 1;
/** The largest latency with a bucket of its own, 1 h; longer ones are clamped and counted. */
export const HIGHEST_US = 3_600_000_000;
export const SIGNIFICANT_DIGITS = 3;

const SUB_BUCKET_BITS = 10;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
/** 1 h takes 32 bits. The layout goes on to the end of its last doubling. */
const LAST_US = 2 ** 32 - 1;

/** Buckets of the layout: indices of sparse counts lie below it. */
export const BUCKETS = bucketOf(LAST_US) + 1;

/** How many values share a bucket, by the doubling that the bucket belongs to. */
const WIDTH_US = Float64Array.from({ length: BUCKETS >> SUB_BUCKET_BITS }, (_, i) => 2 ** Math.max(0, i - 1));

/** The index of the bucket that a latency falls into; `us`: from 0 to the end of the layout, microseconds. */
export function bucketOf(us: number): number {
  const doublings = Math.max(0, 31 - SUB_BUCKET_BITS - Math.clz32(us));
  return (doublings << SUB_BUCKET_BITS) + (us >>> doublings);
}

/** The lowest value of a bucket, microseconds. */
export function lowestInBucket(index: number): number {
  if (index < SUB_BUCKETS) return index;
  return ((index & (SUB_BUCKETS - 1)) + SUB_BUCKETS) * widthOf(index);
}

/** Stands for all values of a bucket in a mean, microseconds. */
export function middleOfBucket(index: number): number {
  return lowestInBucket(index) + Math.floor(widthOf(index) / 2);
}

/** The highest value of a bucket, microseconds: what a quantile in it is reported as. */
export function highestInBucket(index: number): number {
  return lowestInBucket(index) + widthOf(index) - 1;
}

function widthOf(index: number): number {
  return WIDTH_US[index >> SUB_BUCKET_BITS]!;
}
