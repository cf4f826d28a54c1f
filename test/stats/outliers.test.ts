import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawnIn, robustAboveP, robustInterval, robustMean } from '../../src/stats/outliers.js';
import { Rng } from '../../src/stats/rng.js';
import { tries } from '../share.js';
import { assertClose, assertCloseEnds, reference } from './reference.js';

/** Ten values of about 1 %, none of which stands apart. */
const CALM = [0.001, -0.012, 0.009, -0.004, 0.013, -0.008, 0.004, -0.001, 0.011, -0.006];

/** Samples of each kind whose intervals are counted. */
const SAMPLES = tries({ whole: 3000, share: 600 });

/** Standard normal, by the sum of twelve. */
function normal(rng: Rng): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += rng.next();
  return sum;
}

/** Share of samples of which the interval misses the true mean, 0. */
function missed(n: number, draw: (rng: Rng) => number): number {
  const rng = new Rng(n);
  let misses = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const [low, high] = robustInterval(robustMean(Array.from({ length: n }, () => draw(rng)))!, 0.982);
    if (low > 0 || high < 0) misses++;
  }
  return misses / SAMPLES;
}

test('without values astray, interval and p are those of SciPy for Student', () => {
  const plain = reference.student.means.filter(({ values }) => robustMean(values)!.astray === 0);
  assert.ok(plain.length > 0);
  for (const { values, confidence, interval, bound, p } of plain) {
    assertCloseEnds(robustInterval(robustMean(values)!, confidence), interval);
    assertClose(robustAboveP(robustMean(values)!, bound), p);
  }
});

test('an interval ends past a bound exactly where the one-sided p falls below what it leaves out', () => {
  const values = fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 5, maxLength: 20 });
  fc.assert(
    fc.property(values, (given) => {
      const found = robustMean(given)!;
      const [low, high] = robustInterval(found, 0.982);
      fc.pre(high - low > 1e-6);
      assertClose(robustAboveP(found, low), 0.009, 1e-4);
      assertClose(robustAboveP(found, high), 0.991, 1e-4);
    }),
  );
});

test('two values astray, however far, to one side or to both, widen it only so much', () => {
  for (const n of [5, 8, 10]) {
    const calm = CALM.slice(0, n);
    const width = (values: readonly number[]) => {
      const [low, high] = robustInterval(robustMean(values)!, 0.982);
      return high - low;
    };
    for (const ends of [
      [2, 3],
      [-2, 3],
      [40, 50],
    ]) {
      const found = [...calm.slice(2), ...ends];
      assert.equal(robustMean(found)!.astray, 2);
      // Of five, three are left to tell how far values lie apart.
      const most = n === 5 ? 24 : 8;
      assert.ok(width(found) < most * width(calm), `${n}: ${width(found)} ${width(calm)}`);
    }
  }
});

test('values that are mostly equal are left as they are, and prove what they say', () => {
  assert.deepEqual(drawnIn([1, 1, 1, 1, 9]), [1, 1, 1, 1, 9]);
  const same = robustMean([0.1, 0.1, 0.1])!;
  assert.deepEqual(robustInterval(same, 0.982), [0.1, 0.1]);
  assert.deepEqual([robustAboveP(same, 0.05), robustAboveP(same, 0.1)], [0, 1]);
  assert.equal(robustMean([1]), null);
});

test('the interval misses no more often than it says, with normal noise, heavy tails and rounds gone astray', () => {
  // Three standard errors of the share lie above the 1.8 % that are allowed.
  const most = 0.018 + 3 * Math.sqrt((0.018 * 0.982) / SAMPLES);
  const heavy = (rng: Rng) => normal(rng) / Math.sqrt((normal(rng) ** 2 + normal(rng) ** 2 + normal(rng) ** 2) / 3);
  const astray = (rng: Rng) => (rng.next() < 0.1 ? 20 : 1) * normal(rng);
  for (const n of [5, 8, 12, 20]) {
    for (const draw of [normal, heavy, astray]) {
      const share = missed(n, draw);
      assert.ok(share <= most, `${n} ${draw.name}: ${share}`);
    }
  }
});

test('values that differ by rounding alone are equal', () => {
  const rounded = [0.1 + 0.2, 0.3, 0.3 - 5e-17, 0.9];
  assert.deepEqual(drawnIn(rounded), rounded);
  assert.equal(robustMean(rounded)!.astray, 0);
  assert.notDeepEqual(drawnIn([0.3001, 0.3, 0.2999, 0.9]), [0.3001, 0.3, 0.2999, 0.9]);
});
