import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addPairs, mergePairs } from '../../src/metrics/pairs.js';

const pairs = fc
  .uniqueArray(fc.tuple(fc.nat(30), fc.nat(5)), { selector: ([key]) => key, maxLength: 20 })
  .map((list) => list.sort(([a], [b]) => a - b).flat());

test('two lists as one: keys rise, and each has the sum that a map of both has', () => {
  fc.assert(
    fc.property(pairs, pairs, (a, b) => {
      const sums = new Map<number, number>();
      for (const list of [a, b]) addPairs(sums, list);
      assert.deepEqual(mergePairs(a, b), [...sums].sort(([x], [y]) => x - y).flat());
    }),
  );
});
