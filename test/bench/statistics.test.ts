import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { difference, median, ratio, spread } from '../../bench/statistics.js';

const values = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 });

describe('figures over rounds', () => {
  it('have the middle one as their median, or what lies between the two', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 2, 100]), 3);
    assert.ok(Number.isNaN(median([])));
  });

  it('have a median that as many rounds are above as below', () => {
    fc.assert(
      fc.property(values, (all) => {
        const middle = median(all);
        const below = all.filter((value) => value < middle).length;
        const above = all.filter((value) => value > middle).length;
        assert.ok(below <= all.length / 2 && above <= all.length / 2);
      }),
    );
  });

  it('spread from the smallest to the largest, as a share of the median', () => {
    assert.equal(spread([90, 100, 120]), 0.3);
    assert.equal(spread([5]), 0);
    assert.equal(spread([0, 0]), 0);
  });

  it('compare medians, and round with round', () => {
    assert.deepEqual(ratio([10, 20, 60], [10, 10, 20]), { value: 2, low: 1, high: 3 });
    assert.deepEqual(difference([3, 4, 8], [1, 1, 2]), { value: 3, low: 2, high: 6 });
  });

  it('compare no round that only one side has', () => {
    assert.deepEqual(ratio([2, 4, 100], [1, 2]), { value: 4 / 1.5, low: 2, high: 2 });
  });
});
