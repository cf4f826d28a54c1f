import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadOf } from '../../src/stats/moments.js';
import { equalMeansP, studentQuantile, twoSidedP, upperTailP } from '../../src/stats/student-t.js';
import { assertClose, reference } from './reference.js';

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

test('one-sided tails, quantiles and tests of means are those of SciPy', () => {
  const { tails, quantiles, pooled } = reference.student;
  for (const [t, degrees, p] of tails) assertClose(upperTailP(t, degrees), p);
  for (const [p, degrees, t] of quantiles) assertClose(studentQuantile(p, degrees), t);
  for (const { a, b, p } of pooled) assertClose(equalMeansP(spreadOf(a), spreadOf(b)), p);
});

test('values without spread prove what they say, too few say nothing', () => {
  assert.equal(equalMeansP(spreadOf([1, 1, 1]), spreadOf([1])), 1);
  assert.equal(equalMeansP(spreadOf([1, 1, 1]), spreadOf([2])), 0);
  assert.equal(equalMeansP(spreadOf([1]), spreadOf([2])), 1);
});
