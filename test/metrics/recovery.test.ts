import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { peakPerSecond, recoveredCount, recoveredMs, sumUntil } from '../../src/metrics/recovery.js';

test('99 % of those held before, rounded up', () => {
  assert.deepEqual([1, 20, 100, 101, 200, 1000].map(recoveredCount), [1, 20, 99, 100, 198, 990]);
});

test('recovered is when the one that makes 99 % is back, not the last', () => {
  const changes = new Map([
    [0, -50],
    [10, 48],
    [20, 1],
    [900, 1],
  ]);
  assert.equal(recoveredMs(100, changes), 20);
});

test('a loss of up to 1 % is none; one that lasts is never recovered; a second dip counts', () => {
  assert.equal(recoveredMs(100, new Map([[5, -1]])), 0);
  assert.equal(recoveredMs(100, new Map()), 0);
  assert.equal(recoveredMs(100, new Map([[5, -2]])), null);
  const flapping = new Map([
    [100, -100],
    [150, 100],
    [200, -100],
    [321, 100],
  ]);
  assert.equal(recoveredMs(100, flapping), 321);
});

test('instants may come in any order: those of workers do', () => {
  const changes = [
    [3, -5],
    [40, 2],
    [44, 3],
  ] as const;
  fc.assert(
    fc.property(fc.shuffledSubarray([...changes], { minLength: 3 }), (shuffled) =>
      assert.equal(recoveredMs(10, new Map(shuffled)), 44),
    ),
  );
});

test('the peak is the most within any 1,000 ms, wherever they begin', () => {
  assert.equal(peakPerSecond(new Map()), 0);
  const connects = new Map([
    [0, 3],
    [600, 4],
    [999, 1],
    [1000, 2],
    [1599, 5],
    [1600, 9],
  ]);
  // From 600 on to 1,599: 4 + 1 + 2 + 5; from 999 on: 1 + 2 + 5 + 9.
  assert.equal(peakPerSecond(connects), 17);
});

test('sums up to and with an instant', () => {
  const numbers = new Map([
    [0, 1],
    [7, 2],
    [8, 4],
  ]);
  assert.deepEqual([sumUntil(numbers, 7), sumUntil(numbers, null)], [3, 7]);
});
