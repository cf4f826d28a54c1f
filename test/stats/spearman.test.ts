import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spearman } from '../../src/stats/spearman.js';

const pairs = (xs: readonly number[], ys: readonly number[]) => xs.map((x, i) => [x, ys[i]!] as const);
const inOrder = (ys: readonly number[]) =>
  pairs(
    ys.map((_, i) => i),
    ys,
  );

function assertFound(found: ReturnType<typeof spearman>, rho: number, p: number): void {
  assert.ok(found !== null);
  assert.ok(Math.abs(found.rho - rho) < 1e-12, `rho ${found.rho} against ${rho}`);
  assert.ok(Math.abs(found.p - p) < 1e-9 * p + 1e-15, `p ${found.p} against ${p}`);
}

test('the example of IQ and hours of television: 1 - 6 * 194 / (10 * 99)', () => {
  const found = spearman(pairs([106, 86, 100, 101, 99, 103, 97, 113, 112, 110], [7, 0, 27, 50, 28, 29, 20, 12, 6, 17]));
  assertFound(found, -29 / 165, 0.6271883447764846);
});

test('ties share their mean rank, against values of SciPy 1.17 (stats.spearmanr)', () => {
  assertFound(spearman(pairs([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])), 0.8207826816681233, 0.08858700531354384);
  assertFound(
    spearman(inOrder([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9])),
    0.6901180964247982,
    0.0044063385703730475,
  );
  assertFound(spearman(inOrder([5, 5, 6, 6, 7, 8, 8, 9, 9, 9, 12, 11])), 0.9806062362747082, 2.0915647371247672e-8);
});

test('a strict order is 1 or -1 with p 0, whatever the curve', () => {
  assert.deepEqual(spearman(inOrder([1, 10, 100, 1000])), { rho: 1, p: 0 });
  assert.deepEqual(spearman(inOrder([9, 8, 1, 0])), { rho: -1, p: 0 });
});

test('nothing to say with fewer than three pairs, or where one side is all alike', () => {
  assert.equal(spearman(inOrder([1, 2])), null);
  assert.equal(spearman(inOrder([7, 7, 7, 7])), null);
});

test('rising transformations change nothing, exchanging both sides neither', () => {
  const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })), {
    minLength: 3,
    maxLength: 40,
  });
  fc.assert(
    fc.property(values, (xy) => {
      const found = spearman(xy);
      assert.deepEqual(spearman(xy.map(([x, y]) => [x * x, Math.sqrt(y)] as const)), found);
      const exchanged = spearman(xy.map(([x, y]) => [y, x] as const));
      assert.equal(exchanged === null, found === null);
      if (found !== null) assert.ok(Math.abs(exchanged!.rho - found.rho) < 1e-12);
      if (found !== null) assert.ok(found.rho >= -1 && found.rho <= 1 && found.p >= 0 && found.p <= 1);
    }),
  );
});
