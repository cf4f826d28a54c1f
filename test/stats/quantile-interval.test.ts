import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { intervalRanks, isPrintable, rankOf, samplesForMaxBound } from '../../src/stats/quantile-interval.js';
import { Rng } from '../../src/stats/rng.js';

test('a quantile is printable with 10 samples beyond it, the median always', () => {
  assert.equal(isPrintable(99, 0.9), false);
  assert.equal(isPrintable(100, 0.9), true);
  assert.equal(isPrintable(199, 0.95), false);
  assert.equal(isPrintable(200, 0.95), true);
  assert.equal(isPrintable(999, 0.99), false);
  assert.equal(isPrintable(1000, 0.99), true);
  assert.equal(isPrintable(10_000, 0.999), true);
  assert.equal(isPrintable(9999, 0.999), false);
  assert.equal(isPrintable(1, 0.5), true);
  assert.equal(isPrintable(0, 0.5), false);
  assert.equal(isPrintable(1, 0.25), true);
});

test('the maximum bounds p95, p99 and p99.9 from 72, 368 and 3,688 samples', () => {
  assert.equal(samplesForMaxBound(0.95), 72);
  assert.equal(samplesForMaxBound(0.99), 368);
  assert.equal(samplesForMaxBound(0.999), 3688);
});

test('rankOf is the smallest rank whose share reaches q, whatever the floats say', () => {
  assert.equal(rankOf(100, 0.07), 7);
  assert.equal(rankOf(100, 0.55), 55);
  assert.equal(rankOf(1000, 0.999), 999);
  assert.equal(rankOf(3, 0.5), 2);
  assert.equal(rankOf(1, 0.01), 1);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 9999 }), (n, tenThousandths) => {
      // In whole numbers: the smallest r with r * 10000 >= n * tenThousandths.
      return rankOf(n, tenThousandths / 10_000) === Math.floor((n * tenThousandths + 9999) / 10_000);
    }),
  );
});

test('interval ranks by the formula, and none where the sample is too small for one', () => {
  assert.deepEqual(intervalRanks(10_000, 0.5), [4902, 5099]);
  assert.deepEqual(intervalRanks(1000, 0.95), [936, 965]);
  assert.deepEqual(intervalRanks(9, 0.5), [1, 9]);
  assert.equal(intervalRanks(7, 0.5), null);
  assert.equal(intervalRanks(100, 0.99), null);
});

test('simulated coverage equals the exact binomial coverage within 3 sigma, and that is at least 95 %', () => {
  const runs = 400;
  const n = 1000;
  const rng = new Rng(12);
  const covered = new Map([0.5, 0.95, 0.99].map((q) => [q, 0]));
  for (let run = 0; run < runs; run++) {
    const sample = Float64Array.from({ length: n }, () => rng.next()).sort();
    for (const [q, count] of covered) {
      const [low, high] = intervalRanks(n, q)!;
      // Of uniform numbers, quantile q is q itself.
      if (sample[low - 1]! <= q && q <= sample[high - 1]!) covered.set(q, count + 1);
    }
  }
  for (const [q, count] of covered) {
    const exact = exactCoverage(n, q);
    assert.ok(exact >= 0.95, `p${q * 100}: ${exact}`);
    const sigma = Math.sqrt((exact * (1 - exact)) / runs);
    assert.ok(Math.abs(count / runs - exact) <= 3 * sigma, `p${q * 100}: ${count / runs} against ${exact}`);
  }
});

/** P(low <= B < high) of the binomial number B of samples below the quantile. */
function exactCoverage(n: number, q: number): number {
  const [low, high] = intervalRanks(n, q)!;
  let logTerm = n * Math.log(1 - q);
  let sum = 0;
  for (let k = 0; k < high; k++) {
    if (k >= low) sum += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1)) + Math.log(q / (1 - q));
  }
  return sum;
}
