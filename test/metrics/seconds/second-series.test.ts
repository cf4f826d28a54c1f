import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecondSeries } from '../../../src/metrics/seconds/second-series.js';
import { cellWith } from '../../plan/cell-builder.js';

test('the fewest open is summed over workers second by second; a line of two seconds counts in both', () => {
  const series = new SecondSeries(cellWith());
  assert.equal(series.fewestOpen(), null);
  for (const second of [1, 2, 3]) series.addOpen(0, second, 1000, 5);
  series.addOpen(1, 1, 2000, 4);
  series.addOpen(1, 3, 1000, 5);
  assert.equal(series.fewestOpen(), 9);
});

test('a worker that missed a second is not a worker without connections', () => {
  const series = new SecondSeries(cellWith());
  for (const second of [1, 2, 3]) series.addOpen(0, second, 1000, 5);
  series.addOpen(1, 1, 1000, 5);
  series.addOpen(1, 3, 1000, 5);
  assert.equal(series.fewestOpen(), 10);
});

test('dips of two workers in different seconds are not added up', () => {
  const series = new SecondSeries(cellWith());
  for (const [worker, second, open] of [
    [0, 1, 3],
    [0, 2, 5],
    [1, 1, 5],
    [1, 2, 4],
  ] as const) {
    series.addOpen(worker, second, 1000, open);
  }
  assert.equal(series.fewestOpen(), 8);
});

test('while it runs, the newest second is no evidence: half of the workers may be missing from it', () => {
  const series = new SecondSeries(cellWith());
  assert.equal(series.fewestOpenSoFar(), null);
  series.addOpen(0, 0, 1000, 50);
  assert.equal(series.fewestOpenSoFar(), null);
  for (const [second, open] of [100, 99, 50].entries()) series.addOpen(0, second + 1, 1000, open);
  assert.equal(series.fewestOpenSoFar(), 50);
  const other = new SecondSeries(cellWith());
  for (const [second, open] of [100, 99, 50].entries()) other.addOpen(0, second, 1000, open);
  assert.equal(other.fewestOpenSoFar(), 99);
});
