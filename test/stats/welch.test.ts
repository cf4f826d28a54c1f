import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceAboveP, differenceInterval, welch } from '../../src/stats/welch.js';
import { assertClose, assertCloseEnds, reference } from './reference.js';

test('degrees, interval and one-sided p are those of SciPy', () => {
  for (const { a, b, degrees, interval, above, p } of reference.student.welch) {
    const found = welch(a, b)!;
    assertClose(found.degrees, degrees);
    assertCloseEnds(differenceInterval(found, 0.95), interval);
    assertClose(differenceAboveP(found, above), p);
  }
});

test('sides without spread differ for certain or not at all; one value is too few', () => {
  const found = welch([1, 1], [1.5, 1.5])!;
  assert.deepEqual(differenceInterval(found, 0.95), [0.5, 0.5]);
  assert.equal(differenceAboveP(found, 0.4), 0);
  assert.equal(differenceAboveP(found, 0.5), 1);
  assert.equal(welch([1], [1, 2]), null);
});
