import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addPairs, addToKeys, mergePairs } from '../../src/metrics/pairs.js';

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

test('numbers are added in place up to the first key that is not there', () => {
  fc.assert(
    fc.property(pairs, pairs, (sums, more) => {
      const open = [...sums];
      const added = addToKeys(open, more);
      assert.deepEqual(mergePairs(open, more.slice(added)), mergePairs(sums, more), 'with the rest it is the sum');
      assert.deepEqual(
        open.filter((_, i) => i % 2 === 0),
        sums.filter((_, i) => i % 2 === 0),
        'no key was added',
      );
      assert.ok(added === more.length || !sums.some((key, i) => i % 2 === 0 && key === more[added]));
    }),
  );
});
