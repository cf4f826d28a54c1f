import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { highestThatHolds } from '../../bench/contestants/climb.js';

const options = { from: 20_000, factor: 1.5, precision: 0.05, least: 1000, most: 500_000 };

async function climb(limit: number) {
  const tried: number[] = [];
  const rate = await highestThatHolds(async (next) => {
    tried.push(next);
    return next <= limit;
  }, options);
  return { rate, tried };
}

describe('the search for the highest rate', () => {
  it('finds any limit within its precision, in few steps, trying no rate twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1000, max: 499_999 }), async (limit) => {
        const { rate, tried } = await climb(limit);
        assert.ok(rate <= limit && rate > limit / 1.06, `${rate} for ${limit}`);
        assert.ok(tried.length <= 14, `${tried.length} steps`);
        assert.equal(new Set(tried).size, tried.length);
        assert.ok(tried.every((one) => one >= options.least && one <= options.most));
      }),
    );
  });

  it('ends at the most, and with 0 below the least', async () => {
    assert.equal((await climb(500_000)).rate, 500_000);
    assert.equal((await climb(999)).rate, 0);
  });
});
