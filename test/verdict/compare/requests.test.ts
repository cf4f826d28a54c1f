import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differencesBetween } from '../../../src/verdict/compare/comparable.js';
import { compareRuns } from '../../../src/verdict/compare/compare-runs.js';
import type { RunOnSide } from '../../../src/verdict/compare/compared-run.js';
import { comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { givenNoise } from '../../../src/verdict/compare/noise.js';
import { outcomeOf } from '../../../src/verdict/compare/outcome.js';
import { pairedCells } from '../../../src/verdict/compare/paired-cells.js';
import { historyLine } from '../../../src/verdict/history/entry.js';
import { trendsOf } from '../../../src/verdict/history/trend.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell, withRequests, withWorker } from '../cell-fixture.js';

const METRICS = comparedMetrics();
const all = (count: number) => ({ planned: count, sent: count, answered: count, received: count });

/** As many as make it nine tenths of the cell. */
const HISTORY_US = Array.from({ length: 18 }, (_, i) => 2000 + i);

/** A run of a chat: `say` is one message in ten, and takes `sayUs`; `history` takes 2 ms. */
function runOf(
  source: string,
  sayUs: number,
  { names = ['say', 'history'], busy = 0.2, profile = {} } = {},
): RunOnSide {
  const [say, history] = names;
  const cell = withRequests(healthyCell({ load: 'chat', addedUs: [1] }), [
    { name: say!, counters: all(1000), serviceUs: [sayUs, sayUs + 4] },
    { name: history!, counters: all(9000), serviceUs: HISTORY_US },
  ]);
  const cells = [withWorker(cell, { busy })];
  return { source, run: documentOf({ runId: source, cells, thresholds: [], profile }), resamples: new Map() };
}

const slower = (a: number, b: number) => ({
  a: [1, 2, 3].map((i) => runOf(`a${i}`, a + i)),
  b: [1, 2, 3].map((i) => runOf(`b${i}`, b + i)),
});

describe('requests of two builds', () => {
  it('are compared behind their cell, by the quantiles of their service time', () => {
    const cells = compareRuns(slower(1000, 1000), METRICS, () => null);
    assert.deepEqual(
      cells.map(({ id, aRuns, metrics }) => [id, aRuns, metrics.map(({ metric }) => metric)]),
      [
        ['chat/c100-r1000', 3, ['p50', 'p99', 'throughput', 'connect']],
        ['chat/c100-r1000 say', 3, ['p50', 'p99']],
        ['chat/c100-r1000 history', 3, ['p50', 'p99']],
      ],
    );
    const [, say] = cells;
    // Of 1,002 us the way back may have added 60.
    assert.ok(Math.abs(say!.metrics[0]!.a! - 942) < 5, `${say!.metrics[0]!.a}`);
  });

  it('a regression of one request fails, though the whole cell hides it', () => {
    const cells = compareRuns(slower(1000, 1500), METRICS, () => null);
    const words = cells.map(({ metrics }) => metrics.slice(0, 2).map(({ word }) => word));
    assert.deepEqual(words, [
      ['EQUIVALENT', 'EQUIVALENT'],
      ['REGRESSED', 'REGRESSED'],
      ['EQUIVALENT', 'EQUIVALENT'],
    ]);
    const { word, exitCode, regressions } = outcomeOf(cells, METRICS);
    assert.deepEqual([word, exitCode], ['REGRESSED', 99]);
    assert.deepEqual(
      regressions.map(({ cell }) => cell),
      ['chat/c100-r1000 say', 'chat/c100-r1000 say'],
    );
  });

  it('are compared over interleaved rounds, too', () => {
    const { a, b } = slower(1000, 1500);
    const rounds = [...a, ...a].map(({ run }, i) => ({ a: run, b: [...b, ...b][i]!.run }));
    const cells = pairedCells(rounds, METRICS, true);
    assert.deepEqual(
      cells.map(({ id, metrics }) => [id, metrics[0]!.word]),
      [
        ['chat/c100-r1000', 'EQUIVALENT'],
        ['chat/c100-r1000 say', 'REGRESSED'],
        ['chat/c100-r1000 history', 'EQUIVALENT'],
      ],
    );
  });

  it('are left out where only one of the sides has them', () => {
    const b = [1, 2, 3].map((i) => runOf(`b${i}`, 1000, { names: ['say', 'fetch'] }));
    const ids = compareRuns({ ...slower(1000, 1000), b }, METRICS, () => null).map(({ id }) => id);
    assert.deepEqual(ids, ['chat/c100-r1000', 'chat/c100-r1000 say']);
  });

  it('of single runs take the noise of their cell', () => {
    const asked: string[] = [];
    const sides = { a: [runOf('a', 1000)], b: [runOf('b', 1500)] };
    const cells = compareRuns(sides, METRICS, (cell) => {
      asked.push(cell);
      return givenNoise(0.03);
    });
    assert.deepEqual([...new Set(asked)], ['chat/c100-r1000']);
    assert.equal(cells[1]!.metrics[0]!.word, 'REGRESSED');
  });

  it('of a run that could not measure their cell do not count', () => {
    const { a, b } = slower(1000, 1000);
    const broken = runOf('b4', 9000);
    const reasons = [{ code: 'client_rate', side: 'client', severity: 'invalid', cell: 'chat/c100-r1000' }] as never;
    const cells = broken.run.cells.map((cell) => ({ ...cell, validity: 'invalid' as const }));
    const invalid = { ...broken, run: { ...broken.run, cells, verdict: { ...broken.run.verdict, reasons } } };
    const compared = compareRuns({ a, b: [...b, invalid] }, METRICS, () => null);
    assert.deepEqual(
      compared.map(({ bRuns }) => bRuns),
      [3, 3, 3],
    );
  });

  it('stand in a history behind their cell, by their times alone', () => {
    const lineOf = (source: string, sayUs: number, some: Parameters<typeof runOf>[2] = {}) => {
      const { run } = runOf(source, sayUs, some);
      const verdict = { ...run.verdict, validity: 'valid' as const };
      return historyLine({ ...run, verdict }, { commit: null, branch: null, labels: {} });
    };
    const id = 'chat/c100-r1000';
    const line = lineOf('a', 1000);
    assert.deepEqual(
      line.cells.map((cell) => [cell.id, cell.ofCell]),
      [
        [id, undefined],
        [`${id} say`, id],
        [`${id} history`, id],
      ],
    );
    const [, say] = line.cells;
    assert.deepEqual(Object.keys(say!.metrics), ['p50', 'p99', 'throughput', 'connect']);
    assert.deepEqual([say!.metrics.throughput, say!.metrics.connect], [null, null], 'they are those of its cell');
    assert.equal(say!.metrics.p50, 1000);

    const night = (i: number) => ({
      ...lineOf(`night${i}`, i < 12 ? 1000 + (i % 3) : 1500 + (i % 3)),
      startedAt: new Date(1.76e12 + i * 864e5).toISOString(),
    });
    const trends = trendsOf(
      Array.from({ length: 16 }, (_, i) => night(i)),
      METRICS,
    );
    assert.deepEqual(
      trends.filter(({ cell }) => cell === `${id} say`).map(({ metric }) => metric),
      ['p50', 'p99'],
    );
    const alerts = trends.filter(({ changes }) => changes.some(({ alert }) => alert));
    assert.deepEqual([...new Set(alerts.map(({ cell }) => cell))], [`${id} say`], 'the whole cell hides it');
  });
});

describe('runs whose connections say other things', () => {
  const talking = (requests: readonly string[] | null) => {
    const talk = requests === null ? null : { session: [], when: [], requests: requests.map((name) => ({ name })) };
    return runOf('x', 1000, { profile: { protocol: { name: 'none' }, load: [{ name: 'chat', talk }] } }).run;
  };
  const differing = (a: readonly string[] | null, b: readonly string[] | null) =>
    differencesBetween(talking(a), talking(b)).map(({ kind, what }) => `${kind}: ${what}`);

  it('cannot be compared without saying so', () => {
    assert.deepEqual(differing(['say'], ['say']), []);
    assert.deepEqual(differing(null, null), []);
    assert.deepEqual(differing(['say'], ['say', 'history']), ['message: request history']);
    assert.deepEqual(differing(['say'], ['shout']), ['message: request say', 'message: request shout']);
    const both = ['message: protocol', 'message: request say'];
    assert.deepEqual([differing(null, ['say']), differing(['say'], null)], [both, both]);
  });
});
