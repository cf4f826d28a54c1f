import assert from 'node:assert/strict';
import { test } from 'node:test';
import { C, COUNTERS } from '../../../src/metrics/counters.js';
import { FanoutRecordings } from '../../../src/metrics/fanout-recordings.js';
import type { FlowDelta } from '../../../src/metrics/interval.js';
import { SecondSeries } from '../../../src/metrics/seconds/second-series.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';

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

const NO_TIMES = { response: [], service: [], lag: [] };

test('deliver times of a second: those of all workers and requests, and missed ones rank last', () => {
  const requests = [requestWith('say', '', { reaches: 'all' })];
  const series = new SecondSeries(cellWith({ wire: wireWith({ requests, deliver: { timeoutMs: 100 } }) }));
  const add = (second: number, times: readonly number[], missed: number) => {
    const counters = COUNTERS.map(() => 0);
    counters[C.delivered] = times.length;
    counters[C.missed] = missed;
    const recordings = new FanoutRecordings();
    for (const us of times) recordings.delivered(us, us);
    const delta: FlowDelta = {
      ...{ phase: 'measure', second, request: 0, counters, histograms: NO_TIMES },
      ...{ fanout: recordings.drain(), bytes: { sent: 0, received: 0 } },
    };
    series.add(delta);
  };
  add(0, [100, 200], 0);
  add(0, [300, 400], 0);
  add(1, [500, 600], 1);
  add(2, [], 3);
  assert.deepEqual(
    series
      .results()
      .map(({ delivered, missed, deliverP50, deliverP99 }) => [delivered, missed, deliverP50, deliverP99]),
    [
      [4, 0, 200, 400],
      [2, 1, 600, null],
      [0, 3, null, null],
    ],
  );
  const plain = new SecondSeries(cellWith());
  plain.add({ phase: 'measure', second: 0, counters: COUNTERS.map(() => 0), histograms: NO_TIMES });
  assert.ok(!('delivered' in plain.results()[0]!));
});
