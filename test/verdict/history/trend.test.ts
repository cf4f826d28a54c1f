import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rng } from '../../../src/stats/rng.js';
import { type ComparedKey, comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import type { HistoryRun } from '../../../src/verdict/history/series.js';
import { trendsOf } from '../../../src/verdict/history/trend.js';

const METRICS = comparedMetrics();
const rng = new Rng(9);

function run(night: number, p50: number, some: Partial<HistoryRun> = {}, throughput = 1000): HistoryRun {
  const noise = 1 + 0.02 * (rng.next() - 0.5);
  const metrics = { p50: p50 * noise, p99: null, throughput, connect: 900 * noise };
  const startedAt = new Date(1.76e12 + night * 864e5).toISOString();
  const cell = { id: 'load/c10', load: 'open', validity: 'valid', metrics } as const;
  const facts = { runId: `night${night}`, startedAt, commit: `c${night}`, branch: 'main' };
  return { ...facts, environment: 'machine 1', validity: 'valid', cells: [cell], ...some };
}

/** Nights at levels: `[20, 1000], [4, 1200]`. */
function nights(...stretches: readonly (readonly [count: number, p50: number])[]): HistoryRun[] {
  return stretches.flatMap(([count, p50]) => Array.from({ length: count }, () => p50)).map((p50, i) => run(i, p50));
}

function changesOf(runs: readonly HistoryRun[], key: ComparedKey = 'p50') {
  return trendsOf(runs, METRICS).find(({ metric }) => metric === key)!.changes;
}

test('a change for the worse in the last 5 runs is an alert and names its commit', () => {
  const [change, ...others] = changesOf(nights([20, 1000], [5, 1120]));
  assert.deepEqual(others, []);
  assert.deepEqual([change?.index, change?.runId, change?.commit], [20, 'night20', 'c20']);
  assert.deepEqual([change?.worse, change?.recent, change?.alert], [true, true, true]);
  assert.ok(Math.abs(change!.ratio - 1.12) < 0.02);
});

test('an older change, one for the better, and a small one are none', () => {
  const older = changesOf(nights([20, 1000], [6, 1120]))[0];
  assert.deepEqual([older?.worse, older?.recent, older?.alert], [true, false, false]);
  const better = changesOf(nights([20, 1000], [4, 800]))[0];
  assert.deepEqual([better?.worse, better?.recent, better?.alert], [false, true, false]);
  assert.deepEqual(changesOf(nights([20, 1000], [5, 1045])), []);
});

test('less throughput is worse; connect time is shown but does not alert', () => {
  const falling = Array.from({ length: 24 }, (_, i) => run(i, 1000, {}, i < 20 ? 1000 + (i % 3) : 950 + (i % 3)));
  assert.equal(changesOf(falling, 'throughput')[0]?.alert, true);
  const connects = nights([24, 1000]).map((one, i) => ({
    ...one,
    cells: one.cells.map((cell) => ({
      ...cell,
      metrics: { ...cell.metrics, connect: i < 20 ? 900 + (i % 3) : 1800 + (i % 3) },
    })),
  }));
  const [change] = changesOf(connects, 'connect');
  assert.deepEqual([change?.worse, change?.recent, change?.alert], [true, true, false]);
});

test('another machine or load is another series; what is not in it is counted', () => {
  const old = nights([20, 1000]);
  const moved = Array.from({ length: 5 }, (_, i) => run(20 + i, 1500, { environment: 'machine 2' }));
  const [trend] = trendsOf([...old, ...moved], METRICS);
  assert.deepEqual([trend?.points.length, trend?.apart, trend?.changes.length], [5, 20, 0]);
  const other = moved.map((one) => ({
    ...one,
    environment: 'machine 1',
    cells: one.cells.map((cell) => ({ ...cell, load: 'closed' })),
  }));
  assert.deepEqual(changesOf([...old, ...other]), []);
  // The same nights on the same machine do move.
  assert.equal(changesOf([...old, ...moved.map((one) => ({ ...one, environment: 'machine 1' }))]).length, 1);
});

test('a night of two profiles is judged in both; a load that is gone for 5 runs no longer', () => {
  const other = (night: number) => {
    const one = run(night, 2000);
    return { ...one, cells: one.cells.map((cell) => ({ ...cell, id: 'other/c1' })) };
  };
  const both = nights([20, 1000], [4, 1200]).flatMap((one, i) => [one, other(i + 0.5)]);
  const alerts = (runs: readonly HistoryRun[]) =>
    trendsOf(runs, METRICS).flatMap(({ cell, metric, changes }) =>
      changes.some(({ alert }) => alert) ? [cell, metric] : [],
    );
  assert.deepEqual(alerts(both), ['load/c10', 'p50']);
  assert.equal(trendsOf(both, METRICS)[0]?.cell, 'other/c1');
  assert.deepEqual(alerts([...both, ...[30, 31, 32, 33].map(other)]), []);
});

test('invalid cells are left out, runs sorted by time, missing values skipped', () => {
  const bad = nights([20, 1000]).map((one, i) =>
    i >= 15
      ? {
          ...one,
          cells: one.cells.map((cell) => ({
            ...cell,
            validity: 'invalid' as const,
            metrics: { ...cell.metrics, p50: 9000 },
          })),
        }
      : one,
  );
  const [trend] = trendsOf(bad.toReversed(), METRICS);
  assert.deepEqual([trend?.points.length, trend?.points[0]?.runId, trend?.changes.length], [15, 'night0', 0]);
  assert.deepEqual(trendsOf(bad, METRICS)[1]?.points, []);
  assert.deepEqual(trendsOf([], METRICS), []);
});

/** Nights whose lower ends and measured values are at levels of their own. */
function bounded(levels: readonly (readonly [count: number, lower: number, measured: number])[]): HistoryRun[] {
  const each = levels.flatMap(([count, lower, measured]) =>
    Array.from({ length: count }, () => [lower, measured] as const),
  );
  return each.map(([lower, measured], i) => {
    const one = run(i, measured);
    const cells = one.cells.map((cell) => ({ ...cell, lower: { p50: lower * (1 + 0.002 * Math.sin(i)), p99: null } }));
    return { ...one, cells };
  });
}

test('a change of the lower end alone, or of what the way back added, is no alert; one of both is', () => {
  const [both] = changesOf(
    bounded([
      [20, 900, 1000],
      [5, 1080, 1200],
    ]),
  );
  assert.deepEqual([both?.alert, Math.abs(both!.ratio - 1.2) < 0.01], [true, true]);
  assert.ok(Math.abs(both!.measuredRatio - 1.2) < 0.02);
  const [alone] = changesOf(
    bounded([
      [20, 900, 1200],
      [5, 1080, 1200],
    ]),
  );
  assert.deepEqual([alone?.worse, alone?.recent, alone?.alert], [true, true, false]);
  assert.deepEqual(
    changesOf(
      bounded([
        [20, 900, 1000],
        [5, 900, 1200],
      ]),
    ),
    [],
  );
});

test('with runs of a version without lower ends, all are read as measured, and it is said how many', () => {
  const old = nights([20, 1000]);
  const now = bounded([[25, 700, 1000]]).slice(20);
  const [trend] = trendsOf([...old, ...now], METRICS);
  assert.deepEqual([trend?.points.length, trend?.unbounded, trend?.changes.length], [25, 20, 0]);
  assert.ok(trend!.points.every(({ value, measured }) => value === measured));
  const [whole] = trendsOf(bounded([[25, 700, 1000]]), METRICS);
  assert.deepEqual([whole?.unbounded, Math.round(whole!.points[0]!.value)], [0, 700]);
});
