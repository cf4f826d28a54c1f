import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disjoint, wider, width } from '../../src/stats/intervals.js';

test('disjoint needs a gap; touching ends are common ground', () => {
  assert.equal(disjoint([1, 2], [3, 4]), true);
  assert.equal(disjoint([3, 4], [1, 2]), true);
  assert.equal(disjoint([1, 3], [3, 4]), false);
  assert.equal(disjoint([1, 9], [3, 4]), false);
});

test('wider takes the larger width', () => {
  assert.equal(width([2, 5]), 3);
  assert.deepEqual(wider([1, 2], [5, 9]), [5, 9]);
  assert.deepEqual(wider([1, 9], [5, 6]), [1, 9]);
  assert.deepEqual(wider([1, 2], [3, 4]), [1, 2]);
});
