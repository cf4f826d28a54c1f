import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spreadOf } from '../../src/stats/moments.js';
import {
  equalMeansP,
  meanAboveP,
  meanInterval,
  studentQuantile,
  twoSidedP,
  upperTailP,
} from '../../src/stats/student-t.js';
import { assertClose, assertCloseEnds, reference } from './reference.js';

test('p of the quantiles in every table of the distribution', () => {
  for (const [t, degrees, p] of [
    [12.706, 1, 0.05],
    [63.657, 1, 0.01],
    [2.228, 10, 0.05],
    [3.169, 10, 0.01],
    [4.032, 5, 0.01],
    [1.96, 1e6, 0.05],
  ] as const) {
    assertClose(twoSidedP(t, degrees), p, 1e-3);
  }
});

test('p to nine digits, against values of SciPy 1.17 (2 * stats.t.sf)', () => {
  for (const [t, degrees, p] of [
    [0.5, 3, 0.651447964848151],
    [2.228, 10, 0.05001177181711132],
    [5, 100, 2.450173413503802e-6],
    [12.706, 1, 0.05000080235813319],
  ] as const) {
    assertClose(twoSidedP(t, degrees), p);
    assertClose(twoSidedP(-t, degrees), p);
  }
});

test('one degree of freedom is the Cauchy distribution, and t = 0 is no surprise at all', () => {
  for (const t of [0.01, 0.3, 1, 7, 1000]) assertClose(twoSidedP(t, 1), 1 - (2 / Math.PI) * Math.atan(t), 1e-9);
  for (const degrees of [1, 2, 8, 500]) assert.equal(twoSidedP(0, degrees), 1);
});

test('one-sided tails, quantiles, intervals and tests of means are those of SciPy', () => {
  const { tails, quantiles, means, pooled } = reference.student;
  for (const [t, degrees, p] of tails) assertClose(upperTailP(t, degrees), p);
  for (const [p, degrees, t] of quantiles) assertClose(studentQuantile(p, degrees), t);
  for (const { values, confidence, interval, bound, p } of means) {
    assertCloseEnds(meanInterval(values, confidence), interval);
    assertClose(meanAboveP(values, bound)!, p);
  }
  for (const { a, b, p } of pooled) assertClose(equalMeansP(spreadOf(a), spreadOf(b)), p);
});

test('an interval ends past a bound exactly where the one-sided p falls below what it leaves out', () => {
  const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(values, (given) => {
      const [low, high] = meanInterval(given, 0.982)!;
      fc.pre(high - low > 1e-6);
      assertClose(meanAboveP(given, low)!, 0.009, 1e-4);
      assertClose(meanAboveP(given, high)!, 0.991, 1e-4);
    }),
  );
});

test('values without spread prove what they say, too few say nothing', () => {
  assert.deepEqual(meanInterval([0.1, 0.1, 0.1], 0.982), [0.1, 0.1]);
  assert.equal(meanAboveP([0.1, 0.1], 0.05), 0);
  assert.equal(meanAboveP([0.1, 0.1], 0.1), 1);
  assert.equal(meanAboveP([1], 0), null);
  assert.equal(meanInterval([1], 0.95), null);
  assert.equal(equalMeansP(spreadOf([1, 1, 1]), spreadOf([1])), 1);
  assert.equal(equalMeansP(spreadOf([1, 1, 1]), spreadOf([2])), 0);
  assert.equal(equalMeansP(spreadOf([1]), spreadOf([2])), 1);
});
