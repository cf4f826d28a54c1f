import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mannWhitney, smallestMannWhitneyP } from '../../src/stats/mann-whitney.js';
import { ranksOf } from '../../src/stats/ranks.js';
import { assertClose, reference } from './reference.js';

/** Few distinct values, so that ties are common. */
const values = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });

test('statistic and p are those of SciPy: exact, exact with ties, approximate', () => {
  assert.ok(reference.mannWhitney.length >= 10);
  for (const { a, b, statistic, p, exact } of reference.mannWhitney) {
    const found = mannWhitney(a, b);
    assert.equal(found?.statistic, statistic);
    assert.equal(found?.exact, exact);
    assertClose(found?.p, p);
  }
});

test('the exact p is the share of all ways to deal the ranks out', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      assertClose(mannWhitney(a, b)?.p, dealtOutP(a, b));
    }),
  );
});

test('sides may be swapped, values stretched: only order counts; p is a probability', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const { p } = mannWhitney(a, b)!;
      assert.ok(p > 0 && p <= 1);
      assertClose(mannWhitney(b, a)?.p, p);
      const stretch = (x: number) => Math.exp(x) - 7;
      assert.deepEqual(mannWhitney(a.map(stretch), b.map(stretch)), mannWhitney(a, b));
    }),
  );
});

test('the smallest p is that of samples that do not overlap', () => {
  for (const [n, m] of [
    [2, 2],
    [3, 5],
    [6, 4],
  ] as const) {
    const a = Array.from({ length: n }, (_, i) => i);
    const b = Array.from({ length: m }, (_, i) => 100 + i);
    assertClose(mannWhitney(a, b)?.p, smallestMannWhitneyP(n, m));
  }
});

test('an empty side says nothing, values all alike are no surprise', () => {
  assert.equal(mannWhitney([], [1]), null);
  assert.equal(mannWhitney([5, 5], [5, 5, 5])?.p, 1);
  const many = new Array<number>(40).fill(3);
  assert.equal(mannWhitney(many, many)?.p, 1);
});

function dealtOutP(a: readonly number[], b: readonly number[]): number {
  const ranks = ranksOf([...a, ...b]);
  const observed = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0);
  let [ways, low, high] = [0, 0, 0];
  for (let mask = 0; mask < 1 << ranks.length; mask++) {
    const chosen = ranks.filter((_, i) => mask & (1 << i));
    if (chosen.length !== a.length) continue;
    const sum = chosen.reduce((total, rank) => total + rank, 0);
    ways++;
    if (sum <= observed) low++;
    if (sum >= observed) high++;
  }
  return Math.min(1, (2 * Math.min(low, high)) / ways);
}
