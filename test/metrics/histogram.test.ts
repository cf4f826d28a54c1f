import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import int32Module from 'hdr-histogram-js/dist/Int32Histogram.js';
import { BUCKETS, HIGHEST_US, highestInBucket, lowestInBucket, middleOfBucket } from '../../src/metrics/buckets.js';
import { Totals } from '../../src/metrics/histogram.js';
import type { SparseCounts } from '../../src/metrics/interval.js';
import { Recording } from '../../src/metrics/recording.js';
import { Rng } from '../../src/stats/rng.js';

const RESOLUTION = 0.001;
/** 1 ms in a histogram of the same range at 2 digits. */
const TWO_DIGITS = 'HISTFAAAACZ4nJNpmSzMwMDAzMDAwMjAwMDEAAEgNsO1yUsYYPzP7EwAVbcEWA==';

function sparseOf(values: Iterable<number>): SparseCounts {
  const recording = new Recording();
  for (const value of values) recording.record(value);
  return recording.drain();
}

/** From 1 us to 1 h, all orders of magnitude alike. */
const latencyUs = fc.double({ min: 0, max: Math.log(HIGHEST_US), noNaN: true }).map((log) => Math.floor(Math.exp(log)));

function near(actual: number | null, expected: number, message?: string): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= RESOLUTION * expected,
    `${message}: ${actual} for ${expected}`,
  );
}

test('the canonical set: 10,000 at 1 ms, then a stall of 100 s recorded by schedule, within 0.1 %', () => {
  const values: number[] = [];
  for (let i = 0; i < 10_000; i++) values.push(1000);
  for (let i = 0; i < 10_000; i++) values.push(100_000_000 - i * 10_000);
  const totals = Totals.of(sparseOf(values));
  assert.equal(totals.count, 20_000);
  const at = (q: number) => totals.valueAtRank(Math.ceil(q * totals.count));
  near(at(0.5), 1000, 'p50');
  near(at(0.75), 50_000_000, 'p75');
  near(at(0.9), 80_000_000, 'p90');
  near(totals.mean, 25_000_000, 'mean');
  near(totals.max, 100_000_000, 'max');
  near(totals.min, 1000, 'min');
});

test('every value goes into the bucket that the layout has for it', () => {
  const edges = Array.from({ length: 32 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]).flat();
  const inRange = edges.filter((us) => us >= 1 && us <= HIGHEST_US);
  const check = (us: number) => {
    const [index, count] = sparseOf([us]);
    assert.equal(count, 1);
    assert.ok(highestInBucket(index!) >= us && highestInBucket(index! - 1) < us, `${us} us in bucket ${index}`);
  };
  inRange.forEach(check);
  check(HIGHEST_US);
  fc.assert(
    fc.property(latencyUs, (us) => check(Math.max(1, us))),
    { numRuns: 2000 },
  );
});

test('every bucket has the values that the library gives it', () => {
  const library = new int32Module.default(1, HIGHEST_US, 3);
  assert.equal(BUCKETS, library.countsArrayLength);
  for (let index = 0; index < BUCKETS; index++) {
    const us = library.valueFromIndex(index);
    assert.deepEqual(
      [lowestInBucket(index), middleOfBucket(index), highestInBucket(index)],
      [us, library.medianEquivalentValue(us), library.highestEquivalentValue(us)],
    );
  }
});

test('a fraction of a microsecond is cut off, and what is drained is gone', () => {
  assert.deepEqual(sparseOf([5.99, 5, 6.01]), [5, 2, 6, 1]);
  const recording = new Recording();
  recording.record(HIGHEST_US);
  assert.equal(recording.drain().length, 2);
  assert.deepEqual(recording.drain(), []);
  assert.equal(recording.count, 0);
});

test('random sets: every rank within 0.1 % of exact sorting, never below the true value', () => {
  fc.assert(
    fc.property(fc.array(latencyUs, { minLength: 1, maxLength: 300 }), (values) => {
      const totals = Totals.of(sparseOf(values));
      const sorted = values.map((us) => Math.max(1, us)).sort((a, b) => a - b);
      for (const [i, expected] of sorted.entries()) {
        const actual = totals.valueAtRank(i + 1);
        assert.ok(
          actual >= expected && actual <= expected * (1 + RESOLUTION),
          `rank ${i + 1}: ${actual} for ${expected}`,
        );
      }
      near(totals.mean, sorted.reduce((sum, us) => sum + us, 0) / sorted.length, 'mean');
      near(totals.min, sorted[0]!, 'min');
    }),
    { numRuns: 60 },
  );
});

test('split over 1 to 16 workers, merged, encoded, decoded: the same buckets exactly', () => {
  const rng = new Rng(3);
  const values = Array.from({ length: 5000 }, () => Math.floor(Math.exp(rng.next() * Math.log(HIGHEST_US))));
  const whole = Totals.of(sparseOf(values)).sparse();
  for (let workers = 1; workers <= 16; workers++) {
    const parts = Array.from({ length: workers }, (_, worker) =>
      sparseOf(values.filter((_, i) => i % workers === worker)),
    );
    const merged = Totals.of(...parts);
    assert.deepEqual(merged.sparse(), whole);
    const decoded = Totals.decode(merged.encode());
    assert.deepEqual(decoded.sparse(), whole);
    assert.deepEqual(
      [decoded.count, decoded.min, decoded.max, decoded.mean, decoded.stdev],
      [merged.count, merged.min, merged.max, merged.mean, merged.stdev],
    );
  }
});

test('merging is the same in any order and grouping', () => {
  const parts = fc.array(fc.array(latencyUs, { maxLength: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, (lists) => {
      const sparse = lists.map(sparseOf);
      const nested = new Totals();
      for (const part of [...sparse].reverse()) nested.addTotals(Totals.of(part));
      assert.deepEqual(nested.sparse(), Totals.of(...sparse).sparse());
    }),
    { numRuns: 30 },
  );
});

test('a drain takes everything and leaves nothing behind', () => {
  const recording = new Recording();
  assert.deepEqual(recording.drain(), []);
  for (const us of [5, 5, 70_000]) recording.record(us);
  assert.equal(recording.count, 3);
  const first = recording.drain();
  assert.equal(recording.count, 0);
  assert.deepEqual(recording.drain(), []);
  recording.record(5);
  assert.deepEqual(recording.drain(), [5, 1]);
  assert.equal(Totals.of(first).count, 3);
});

test('out of range is clamped and said so; sub-microsecond counts as 1 us', () => {
  const recording = new Recording();
  assert.equal(recording.record(HIGHEST_US), true);
  assert.equal(recording.record(HIGHEST_US + 1), false);
  assert.equal(recording.record(Number.POSITIVE_INFINITY), false);
  assert.equal(recording.record(Number.NaN), false);
  assert.equal(recording.record(-1), false);
  assert.equal(recording.record(0), true);
  assert.equal(recording.record(0.4), true);
  assert.equal(recording.record(1), true);
  const totals = Totals.of(recording.drain());
  assert.equal(totals.count, 8);
  assert.equal(totals.valueAtRank(4), 1);
  near(totals.valueAtRank(5), HIGHEST_US);
});

test('counts beyond 32 bits survive merging, encoding and decoding', () => {
  const billions = 3_000_000_000;
  const totals = Totals.of([100, billions, 5000, 7], [100, billions, 5001, 2 ** 40]);
  assert.equal(totals.count, 2 * billions + 7 + 2 ** 40);
  assert.deepEqual(Totals.decode(totals.encode()).sparse(), [100, 2 * billions, 5000, 7, 5001, 2 ** 40]);
});

test('an empty histogram has no values and survives encoding', () => {
  const totals = new Totals();
  assert.deepEqual([totals.count, totals.min, totals.max, totals.mean, totals.stdev], [0, null, null, null, null]);
  assert.deepEqual(Totals.decode(totals.encode()).sparse(), []);
});

test('what is no histogram, or one of another layout, is refused', () => {
  assert.throws(() => Totals.decode('bm90IGEgaGlzdG9ncmFt'));
  assert.throws(() => Totals.decode(''));
  assert.throws(() => Totals.decode(TWO_DIGITS), /another layout/);
});

test('buckets are contiguous: each starts right after the one before', () => {
  const index = fc.integer({ min: 1, max: 20_000 });
  fc.assert(
    fc.property(index, (i) => {
      const first = highestInBucket(i - 1) + 1;
      assert.deepEqual(sparseOf([first]), [i, 1]);
      assert.deepEqual(sparseOf([highestInBucket(i)]), [i, 1]);
    }),
  );
});
