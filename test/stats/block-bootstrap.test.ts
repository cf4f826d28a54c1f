import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockLength, bootstrapColumns, CountTable, drawBlocks } from '../../src/stats/block-bootstrap.js';
import { Rng } from '../../src/stats/rng.js';

function tableOf(rows: readonly (readonly number[])[]): CountTable {
  return new CountTable(rows.length, rows[0]!.length, (row, into) => into.set(rows[row]!));
}

test('sums over blocks of rows equal adding the counts one by one', () => {
  const rows = fc.array(fc.array(fc.nat(50), { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(rows, fc.nat(), fc.nat(), fc.nat(3), (counts, a, b, column) => {
      const start = a % (counts.length + 1);
      const end = start + (b % (counts.length - start + 1));
      const expected = counts
        .slice(start, end)
        .flatMap((row) => row.slice(0, column + 1))
        .reduce((sum, count) => sum + count, 0);
      return tableOf(counts).upTo(column, [start], [end]) === expected;
    }),
  );
});

test('blocks grow with the cube root of the rows and never vanish', () => {
  assert.deepEqual([1, 5, 10, 27, 60, 600].map(blockLength), [1, 2, 2, 3, 4, 8]);
});

test('a resample has as many rows as the table, in blocks of neighbours within it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), fc.integer(), (rows, seed) => {
      const block = blockLength(rows);
      const { starts, ends } = drawBlocks(rows, block, new Rng(seed));
      const lengths = starts.map((start, i) => ends[i]! - start);
      assert.equal(
        lengths.reduce((sum, length) => sum + length, 0),
        rows,
      );
      assert.ok(lengths.every((length) => length >= 1 && length <= block));
      assert.ok(starts.every((start) => start >= 0) && ends.every((end) => end <= rows));
    }),
  );
});

test('rows that are all alike leave nothing to vary', () => {
  const table = tableOf(Array.from({ length: 10 }, () => [50, 45, 4, 1]));
  assert.deepEqual(bootstrapColumns(table, [0.5, 0.95, 0.99], new Rng(1)), [
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

test('one bad second among ten widens the interval of the tail, not of the median', () => {
  const rows = Array.from({ length: 10 }, (_, second) => (second === 4 ? [60, 0, 40] : [60, 40, 0]));
  const [median, tail] = bootstrapColumns(tableOf(rows), [0.5, 0.97], new Rng(1));
  assert.deepEqual(median, [0, 0]);
  assert.deepEqual(tail, [1, 2]);
});

test('the same generator state gives the same interval; an empty table none', () => {
  const rng = new Rng(5);
  const rows = Array.from({ length: 20 }, () => Array.from({ length: 30 }, () => rng.below(5)));
  const interval = () => bootstrapColumns(tableOf(rows), [0.5, 0.9], new Rng(9));
  assert.deepEqual(interval(), interval());
  assert.deepEqual(bootstrapColumns(tableOf([[0, 0]]), [0.5], new Rng(1)), [null]);
});
