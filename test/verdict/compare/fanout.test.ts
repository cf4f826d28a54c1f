import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { compareRuns, onlyIn } from '../../../src/verdict/compare/compare-runs.js';
import type { RunOnSide } from '../../../src/verdict/compare/compared-run.js';
import { comparedMetrics, titleAmong } from '../../../src/verdict/compare/metrics.js';
import { comparedValue } from '../../../src/verdict/compare/values.js';
import { historyLine } from '../../../src/verdict/history/entry.js';
import { type HistoryRun, seriesOf } from '../../../src/verdict/history/series.js';
import { trendsOf } from '../../../src/verdict/history/trend.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell } from '../cell-fixture.js';
import { withFanout } from '../fanout-fixture.js';

const METRICS = comparedMetrics();

function hub(lastUs: number, deliverUs = 10_000): CellResult {
  return withFanout(healthyCell({ load: 'hub' }), {
    ...{ deliverUs: [deliverUs, deliverUs + 4], firstUs: [5000], lastUs: [lastUs, lastUs + 4], addedUs: [100] },
  });
}
const savedOf = (runId: string, cell: CellResult) => documentOf({ runId, cells: [cell], thresholds: [] });
function runOf(source: string, cell: CellResult): RunOnSide {
  return { source, run: savedOf(source, cell), resamples: new Map() };
}
const sides = (a: number, b: number) => ({
  a: [1, 2, 3].map((i) => runOf(`a${i}`, hub(a + i))),
  b: [1, 2, 3].map((i) => runOf(`b${i}`, hub(b + i))),
});

describe('messages that reach others, of two builds', () => {
  it('are compared by their deliver times from the send, and by deliveries a second', () => {
    const [cell, say] = compareRuns(sides(20_000, 20_000), METRICS, () => null);
    assert.deepEqual(
      cell!.metrics.map(({ metric }) => metric),
      ['throughput', 'connect', 'deliver', 'first', 'last', 'spread', 'reach'],
    );
    assert.deepEqual(
      say!.metrics.map(({ metric }) => metric),
      ['deliver', 'first', 'last', 'spread', 'reach'],
    );
    assert.deepEqual(
      cell!.metrics.map(({ word }) => word),
      Array.from({ length: 7 }, () => 'EQUIVALENT'),
    );
    assert.equal(comparedValue(hub(20_000), 'throughput').measured, 10_000, '1,000 messages to 100 in 10 s');
    const { measured, lower } = comparedValue(hub(20_000), 'last');
    assert.ok(lower! < measured! - 90 && lower! > measured! - 150, `${lower} of ${measured}`);
  });

  it('a slower last delivery is a regression', () => {
    const [cell] = compareRuns(sides(20_000, 30_000), METRICS, () => null);
    assert.deepEqual(
      cell!.metrics.flatMap(({ metric, word }) => (word === 'EQUIVALENT' ? [] : `${metric} ${word}`)),
      ['last REGRESSED', 'spread REGRESSED'],
    );
  });

  it('are called deliveries where no reply is asked for, in a comparison and in a history', () => {
    const keys = compareRuns(sides(20_000, 20_000), METRICS, () => null)[0]!.metrics.map(({ metric }) => metric);
    const throughput = METRICS.find(({ key }) => key === 'throughput')!;
    assert.equal(titleAmong(keys, throughput), 'deliveries');
    assert.equal(titleAmong(['p50', 'p99', 'throughput', 'connect', 'deliver', 'last'], throughput), 'throughput');
    assert.equal(titleAmong(['p50', 'p99', 'throughput', 'connect'], throughput), 'throughput');
    const lines = [1, 2].map((i) => ({
      ...historyLine(savedOf(`run${i}`, hub(20_000 + i)), { commit: null, branch: null, labels: {} }),
      startedAt: `2026-01-0${i}T00:00:00.000Z`,
    }));
    const titles = trendsOf(lines, METRICS)
      .filter(({ cell }) => cell === lines[0]!.cells[0]!.id)
      .map(({ title }) => title);
    assert.deepEqual(titles, [
      ...['deliveries', 'connect time p50', 'deliver serv p50', 'first p99', 'last p99', 'spread p99', 'reach'],
    ]);
  });

  it('are told where only one side has the request', () => {
    const renamed = (cell: CellResult): CellResult => ({
      ...cell,
      requests: cell.requests!.map((request) => ({ ...request, name: 'shout' })),
      fanout: cell.fanout!.map((each) => ({ ...each, name: 'shout' })),
    });
    const [a, b] = [[runOf('a', hub(20_000))], [runOf('b', renamed(hub(20_000)))]];
    const { id } = hub(20_000);
    assert.deepEqual([onlyIn(a, b), onlyIn(b, a)], [[`${id} say`], [`${id} shout`]]);
    assert.deepEqual(onlyIn(a, a), []);
    const other = [runOf('c', { ...hub(20_000), id: 'other/c100' })];
    assert.deepEqual(onlyIn(other, a), ['other/c100'], 'without its requests');
  });

  it('are no part of a cell without them', () => {
    const [cell] = compareRuns({ a: [runOf('a', healthyCell())], b: [runOf('b', healthyCell())] }, METRICS, () => null);
    assert.deepEqual(
      cell!.metrics.map(({ metric }) => metric),
      ['p50', 'p99', 'throughput', 'connect'],
    );
    assert.match(comparedValue(healthyCell(), 'last').reason!, /no message reaches/);
  });

  it('stand in a history, which starts anew where older runs have none', () => {
    const line = (i: number): HistoryRun => ({
      ...historyLine(savedOf(`run${i}`, hub(20_000 + i)), { commit: null, branch: null, labels: {} }),
      startedAt: `2026-01-0${i}T00:00:00.000Z`,
    });
    const [old, ...later] = [1, 2, 3].map(line) as [HistoryRun, ...HistoryRun[]];
    const older: HistoryRun = {
      ...old,
      cells: old.cells.map(({ metrics: { deliver: _, last: __, ...metrics }, lower: ___, ...cell }) => ({
        ...{ ...cell, metrics },
      })),
    };
    const id = old.cells[0]!.id;
    assert.equal(seriesOf([older, ...later], id, 'last').points.length, 2);
    assert.equal(seriesOf([older, ...later], id, 'throughput').points.length, 3);
    const keys = trendsOf([older, ...later], METRICS).map(({ metric }) => metric);
    assert.ok(keys.includes('last') && keys.includes('deliver'));
    const echo = historyLine(savedOf('echo', healthyCell()), { commit: null, branch: null, labels: {} });
    assert.ok(!('last' in echo.cells[0]!.metrics));
    assert.ok(!trendsOf([echo], METRICS).some(({ metric }) => metric === 'last'));
  });
});
