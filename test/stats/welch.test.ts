import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceAboveP, differenceInterval, pooled, welch } from '../../src/stats/welch.js';
import { assertClose, assertCloseEnds, reference } from './reference.js';

for (const [name, difference, cases] of [
  ['with a spread of their own', welch, reference.student.welch],
  ['with one spread for both', pooled, reference.pooledDifferences],
] as const) {
  test(`degrees, interval and one-sided p are those of SciPy, ${name}`, () => {
    for (const { a, b, degrees, interval, above, p } of cases) {
      const found = difference(a, b)!;
      assertClose(found.degrees, degrees);
      assertCloseEnds(differenceInterval(found, 0.95), interval);
      assertClose(differenceAboveP(found, above), p);
    }
  });
}

test('sides without spread differ for certain or not at all; one value is too few', () => {
  const found = welch([1, 1], [1.5, 1.5])!;
  assert.deepEqual(differenceInterval(found, 0.95), [0.5, 0.5]);
  assert.equal(differenceAboveP(found, 0.4), 0);
  assert.equal(differenceAboveP(found, 0.5), 1);
  assert.equal(welch([1], [1, 2]), null);
  assert.equal(pooled([1], [2]), null);
});

test('swapping the sides turns the difference around; more confidence makes the interval wider', () => {
  const side = fc.array(fc.double({ min: 1, max: 9, noNaN: true }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(side, side, (a, b) => {
      for (const difference of [welch, pooled]) {
        const [there, back] = [difference(a, b)!, difference(b, a)!];
        const [low, high] = differenceInterval(there, 0.95);
        assert.ok(Math.abs(low + differenceInterval(back, 0.95)[1]) < 1e-9);
        const wider = differenceInterval(there, 0.99);
        assert.ok(wider[0] <= low && wider[1] >= high);
        assert.ok(low <= there.difference && there.difference <= high);
      }
    }),
  );
});
