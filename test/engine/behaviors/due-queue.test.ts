import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueQueue } from '../../../src/engine/behaviors/due-queue.js';

test('first in, first out, for any order of calls and however small it began', () => {
  const call = fc.oneof(
    { weight: 3, arbitrary: fc.nat(9) },
    { weight: 2, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
    { weight: 1, arbitrary: fc.record({ removed: fc.nat(9) }) },
  );
  fc.assert(
    fc.property(fc.nat(4), fc.array(call, { maxLength: 200 }), (capacity, calls) => {
      const queue = new DueQueue(capacity);
      let expected: number[] = [];
      for (const what of calls) {
        if (what === 'clear') {
          queue.clear();
          expected = [];
        } else if (typeof what === 'number') {
          queue.push(what, what + 0.5);
          expected.push(what);
        } else if (typeof what === 'object') {
          queue.remove(what.removed);
          expected = expected.filter((connection) => connection !== what.removed);
        } else if (expected.length > 0) {
          assert.equal(queue.shift(), expected.shift());
        }
        assert.equal(queue.firstDueUs, expected.length === 0 ? Number.POSITIVE_INFINITY : expected[0]! + 0.5);
      }
    }),
  );
});
