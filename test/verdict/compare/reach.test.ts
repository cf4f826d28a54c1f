import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import type { SecondResult } from '../../../src/metrics/second-result.js';
import { type CellComparison, compareRuns, type NoiseOf } from '../../../src/verdict/compare/compare-runs.js';
import type { RunOnSide } from '../../../src/verdict/compare/compared-run.js';
import type { MetricComparison } from '../../../src/verdict/compare/comparison.js';
import { asFamilies } from '../../../src/verdict/compare/family.js';
import { type ComparedKey, comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { evenNoise, givenNoise } from '../../../src/verdict/compare/noise.js';
import { outcomeOf } from '../../../src/verdict/compare/outcome.js';
import { pairedCells } from '../../../src/verdict/compare/paired-cells.js';
import { reachOf } from '../../../src/verdict/compare/reach.js';
import { comparedValue } from '../../../src/verdict/compare/values.js';
import { historyLine } from '../../../src/verdict/history/entry.js';
import { type HistoryRun, seriesOf } from '../../../src/verdict/history/series.js';
import { trendsOf } from '../../../src/verdict/history/trend.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell } from '../cell-fixture.js';
import { type FanoutFixture, withFanout } from '../fanout-fixture.js';

const METRICS = comparedMetrics();
/** 1,000 messages to 100 connections. */
const OWED = 100_000;

/** Every message reaches somebody, and only `incomplete` of them not everybody, however many deliveries are missed. */
function hub(
  missed: number,
  { incomplete = missed === 0 ? 0 : 5, ...more }: FanoutFixture & { incomplete?: number } = {},
) {
  const cell = withFanout(healthyCell({ load: 'hub' }), { missed, reachedAll: 1000 - incomplete, ...more });
  const perSecond = (count: number, i: number) => Math.floor((count * (i + 1)) / 10) - Math.floor((count * i) / 10);
  let measured = -1;
  const seconds = cell.seconds.map((second): SecondResult => {
    if (second.phase !== 'measure') return second;
    measured++;
    return { ...second, delivered: perSecond(OWED - missed, measured), missed: perSecond(missed, measured) };
  });
  return { ...cell, seconds };
}

function runOf(source: string, cell: CellResult, gates = true): RunOnSide {
  const run = documentOf({ runId: source, cells: [cell], thresholds: [] });
  return {
    source,
    run: gates ? run : { ...run, verdict: { ...run.verdict, gates: [] } },
    resamples: new Map(),
  };
}
const side = (cells: readonly CellResult[], gates = false) => cells.map((cell, i) => runOf(`run${i}`, cell, gates));
const three = (missed: number, more: Parameters<typeof hub>[1] = {}) =>
  [0, 1, 2].map((i) => hub(missed && missed + i, more));

function compared(a: readonly CellResult[], b: readonly CellResult[], noiseOf: NoiseOf = () => null, gates = false) {
  const cells = compareRuns({ a: side(a, gates), b: side(b, gates) }, METRICS, noiseOf);
  return { cells, outcome: outcomeOf(cells, METRICS) };
}
function metricIn(cells: readonly CellComparison[], key: ComparedKey): MetricComparison {
  return cells[0]!.metrics.find(({ metric }) => metric === key)!;
}
function hasOnlyNumbers(one: MetricComparison): boolean {
  const numbers = [one.a, one.b, one.ratio, ...(one.interval ?? []), one.pWorse, one.pBetter, one.noiseFloor];
  return numbers.every((value) => value === null || Number.isFinite(value));
}

describe('the reach of two builds', () => {
  it('is worse where a build misses 1.5 % that the other delivers, and better the other way round', () => {
    const worse = compared(three(0), three(1500));
    assert.equal(metricIn(worse.cells, 'reach').word, 'REGRESSED');
    assert.deepEqual(
      worse.outcome.regressions.map(({ what }) => what),
      ['reach', 'reach'],
      'of the cell and its request',
    );
    assert.deepEqual([worse.outcome.word, worse.outcome.exitCode], ['REGRESSED', 99]);
    const better = compared(three(2000), three(0));
    assert.equal(metricIn(better.cells, 'reach').word, 'IMPROVED');
    assert.equal(better.outcome.word, 'PASSED');
    const { a, b, ratio } = metricIn(worse.cells, 'reach');
    assert.ok(a === 1 && Math.abs(b! - 0.98499) < 1e-9 && Math.abs(ratio! - 0.98499) < 1e-9, `${a} ${b} ${ratio}`);
  });

  it('is seen where both miss some, so that no gate tells them apart', () => {
    const { cells, outcome } = compared(three(100), three(2000), () => null, true);
    assert.ok(cells[0]!.gates.some(({ gate, worse }) => gate === 'missed' && !worse));
    assert.deepEqual([metricIn(cells, 'reach').word, outcome.word], ['REGRESSED', 'REGRESSED']);
  });

  it('is the same where nobody missed anything: no variation, and no division by it', () => {
    const runs = compared(three(0), three(0));
    assert.equal(metricIn(runs.cells, 'reach').word, 'EQUIVALENT');
    assert.deepEqual(metricIn(runs.cells, 'reach').interval, [1, 1]);
    const rounds = pairedCells(
      [1, 2, 3, 4, 5].map(() => ({ a: runOf('a', hub(0)).run, b: runOf('b', hub(0)).run })),
      METRICS,
      true,
    );
    const single = compared([hub(0)], [hub(0)]);
    const noisy = compared([hub(0)], [hub(0)], (_, { key }) => (key === 'reach' ? givenNoise(0.0002) : null));
    for (const cells of [runs.cells, rounds, single.cells, noisy.cells]) {
      const reach = metricIn(cells, 'reach');
      assert.equal(reach.word, 'EQUIVALENT');
      assert.ok(hasOnlyNumbers(reach), JSON.stringify(reach));
    }
  });

  it('a loss within the margin does not matter', () => {
    assert.equal(metricIn(compared(three(0), three(50)).cells, 'reach').word, 'EQUIVALENT');
  });

  it('counts half a delivery where none came, so that there is a ratio', () => {
    assert.equal(reachOf([{ delivered: 0, missed: OWED }]), 0.5 / OWED);
    assert.equal(reachOf([{ delivered: 0, missed: 0 }]), null);
    const nothing = three(0).map((cell) => ({
      ...cell,
      fanout: hub(OWED - 1, { reachedAny: 0, incomplete: 1000 }).fanout!,
    }));
    const { cells, outcome } = compared(three(0), nothing);
    assert.ok(hasOnlyNumbers(metricIn(cells, 'reach')));
    assert.equal(outcome.word, 'REGRESSED');
  });

  it('of single runs is open where they differ and nothing says by how much runs do', () => {
    const { cells, outcome } = compared([hub(0)], [hub(2000)]);
    const reach = metricIn(cells, 'reach');
    assert.deepEqual([reach.word, outcome.word, outcome.exitCode], ['INCONCLUSIVE', 'INCONCLUSIVE', 98]);
    assert.ok(reach.interval![1] < 0.99, 'the seconds of a run say how much it varies');
    assert.match(reach.notes.join(' '), /differ by more than the margin/);
    const known = compared([hub(0)], [hub(2000)], (_, { key }) => (key === 'reach' ? givenNoise(0.001) : null));
    assert.equal(metricIn(known.cells, 'reach').word, 'REGRESSED');
  });

  it('has no noise from one share for all metrics, which would be a loss that nobody sees', () => {
    const noise = evenNoise(0.03);
    assert.ok(!('reach' in noise));
    assert.deepEqual([noise.p50, noise.deliver, noise.connect], [0.03, 0.03, 0.03]);
    const { outcome } = compared([hub(0)], [hub(2000)], (_, { key }) =>
      noise[key] === undefined ? null : givenNoise(noise[key]),
    );
    assert.equal(outcome.word, 'INCONCLUSIVE');
  });

  it('of a request has no range where the seconds are those of several requests', () => {
    const two = (missed: number): CellResult => {
      const cell = withFanout(healthyCell({ load: 'hub' }), { missed, reachedAll: 995 }, { name: 'shout' });
      const ofBoth = ({ delivered, ...second }: SecondResult): SecondResult =>
        delivered === undefined ? second : { ...second, delivered: delivered + OWED / 10 };
      return { ...cell, seconds: hub(missed).seconds.map(ofBoth) };
    };
    const { cells, outcome } = compared([two(100)], [two(2000)]);
    const [, say, shout] = cells.map(({ metrics }) => metrics.find(({ metric }) => metric === 'reach')!);
    assert.deepEqual([say!.interval, say!.word], [null, 'INCONCLUSIVE']);
    assert.deepEqual([shout!.interval, shout!.word], [[1, 1], 'EQUIVALENT']);
    assert.equal(outcome.word, 'INCONCLUSIVE');
  });

  it('is worse in rounds, too', () => {
    const rounds = [1, 2, 3, 4, 5].map((i) => ({
      a: runOf('a', hub(0), false).run,
      b: runOf('b', hub(2000 + i), false).run,
    }));
    const cells = pairedCells(rounds, METRICS, true);
    assert.equal(metricIn(cells, 'reach').word, 'REGRESSED');
    assert.equal(outcomeOf(cells, METRICS).word, 'REGRESSED');
    assert.ok(hasOnlyNumbers(metricIn(cells, 'reach')));
  });

  it('is none of a cell without such messages, on either side', () => {
    const echo = healthyCell({ load: 'hub' });
    assert.equal(comparedValue(echo, 'reach').measured, null);
    const neither = compared([echo], [echo]);
    assert.ok(!neither.cells[0]!.metrics.some(({ metric }) => metric === 'reach'));
    const { cells } = compared([hub(0)], [echo]);
    assert.deepEqual(
      [metricIn(cells, 'reach').word, metricIn(cells, 'reach').notes],
      [null, ['No value of B: no message reaches other connections.']],
    );
  });
});

describe('a time of B that lies among what never came', () => {
  const lost = three(30, { incomplete: 30 });

  it('is a gate that B fails, since it ranks behind every time of A', () => {
    const { cells, outcome } = compared(three(0), lost);
    assert.equal(metricIn(cells, 'reach').word, 'EQUIVALENT', 'within the margin');
    assert.equal(metricIn(cells, 'last').word, null);
    assert.deepEqual([outcome.word, outcome.exitCode], ['FAILED', 99]);
    const { gate, aFailed, bFailed, message } = cells[0]!.gates[0]!;
    assert.deepEqual([gate, aFailed, bFailed], ['last p99', 0, 3]);
    assert.match(message, /among deliveries that were missed/);
    const rounds = [0, 1, 2, 3, 4].map(() => ({
      a: runOf('a', hub(0), false).run,
      b: runOf('b', lost[0]!, false).run,
    }));
    assert.equal(outcomeOf(pairedCells(rounds, METRICS, true), METRICS).word, 'FAILED');
  });

  it('is none where A has it as well, where it is A that lost it, or where the metric does not gate', () => {
    assert.deepEqual(compared(lost, lost).cells[0]!.gates, []);
    assert.deepEqual(compared(lost, three(0)).cells[0]!.gates, []);
    assert.deepEqual(compared([...three(0), lost[0]!], lost).cells[0]!.gates, [], 'once in A, as gates of runs');
    const shown = METRICS.map((metric) => ({ ...metric, gate: false }));
    const [cell] = compareRuns({ a: side(three(0)), b: side(lost) }, shown, () => null);
    assert.deepEqual(cell!.gates, []);
  });
});

describe('first and spread', () => {
  const late = three(0, { firstUs: [1500], lastUs: [9000] });

  it('are compared and shown, and decide nothing', () => {
    const { cells, outcome } = compared(three(0, { lastUs: [8900], deliverUs: [1000] }), late);
    assert.deepEqual([metricIn(cells, 'first').word, metricIn(cells, 'last').word], ['REGRESSED', 'EQUIVALENT']);
    assert.equal(outcome.word, 'PASSED');
    assert.equal(metricIn(compared(three(0), late).cells, 'spread').word, 'REGRESSED');
  });

  it('decide where they are asked to', () => {
    const metrics = METRICS.map((metric) => ({ ...metric, gate: metric.key === 'first' }));
    const cells = compareRuns({ a: side(three(0)), b: side(late) }, metrics, () => null);
    assert.deepEqual(
      outcomeOf(cells, metrics).regressions.map(({ what }) => what),
      ['first', 'first'],
    );
  });

  it('say why there is no spread, where each message is for one connection', () => {
    const one = withFanout(healthyCell({ load: 'hub' }), {});
    const alone = one.fanout!.map((each) => ({ ...each, spreadUs: { ...each.spreadUs, count: 0 } }));
    assert.match(comparedValue({ ...one, fanout: alone }, 'spread').reason!, /each message was for one connection/);
  });

  it('make no word of a metric that gates more careful', () => {
    const at = (metric: ComparedKey, pWorse: number): MetricComparison => ({
      ...metricIn(compared(three(0), three(0)).cells, 'last'),
      ...{ metric, pWorse, pBetter: 1 - pWorse, word: pWorse < 0.5 ? 'REGRESSED' : 'EQUIVALENT' },
    });
    const gating = [at('deliver', 0.008), at('last', 1), at('reach', 1)];
    const shown = [at('first', 1), at('spread', 1), at('connect', 1)];
    const words = (all: readonly MetricComparison[]) =>
      asFamilies(all, METRICS).map(({ metric, word }) => `${metric} ${word}`);
    assert.deepEqual(words([...gating, ...shown]), [
      'deliver REGRESSED',
      'last EQUIVALENT',
      'reach EQUIVALENT',
      'first EQUIVALENT',
      'spread EQUIVALENT',
      'connect EQUIVALENT',
    ]);
    assert.deepEqual(words([shown[0]!, gating[0]!, shown[1]!, gating[1]!])[1], 'deliver REGRESSED', 'the order stays');
    assert.equal(
      words([
        at('deliver', 0.008),
        ...['p50', 'p99', 'throughput', 'last', 'reach'].map((key) => at(key as ComparedKey, 1)),
      ])[0],
      'deliver INCONCLUSIVE',
    );
  });
});

describe('deliveries a second of single runs', () => {
  it('vary by their seconds', () => {
    const throughput = metricIn(compared([hub(0)], [hub(0)]).cells, 'throughput');
    assert.deepEqual([throughput.interval, throughput.word], [[1, 1], 'EQUIVALENT']);
    const older = { ...hub(0), seconds: healthyCell({ load: 'hub' }).seconds };
    assert.equal(metricIn(compared([older], [older]).cells, 'throughput').interval, null);
  });
});

describe('reach in a history', () => {
  const line = (i: number, missed: number): HistoryRun => ({
    ...historyLine(runOf(`run${i}`, hub(missed)).run as ReturnType<typeof documentOf>, {
      commit: null,
      branch: null,
      labels: {},
    }),
    startedAt: `2026-01-${String(i).padStart(2, '0')}T00:00:00.000Z`,
  });
  const { id } = hub(0);

  it('alerts where it falls', () => {
    const nights = Array.from({ length: 16 }, (_, i) => line(i + 1, i < 12 ? 0 : 2000 + i));
    const trend = trendsOf(nights, METRICS).find(({ cell, metric }) => cell === id && metric === 'reach')!;
    assert.deepEqual([trend.unit, trend.unbounded, trend.points.length], ['share', 0, 16]);
    assert.deepEqual(
      trend.changes.map(({ alert, worse, index }) => ({ alert, worse, index })),
      [{ alert: true, worse: true, index: 12 }],
    );
  });

  it('is level where every night delivered all', () => {
    const nights = Array.from({ length: 16 }, (_, i) => line(i + 1, 0));
    const trends = trendsOf(nights, METRICS).filter(({ cell }) => cell === id);
    assert.deepEqual(
      trends.map(({ metric }) => metric),
      ['throughput', 'connect', 'deliver', 'first', 'last', 'spread', 'reach'],
    );
    assert.ok(trends.every(({ changes }) => changes.length === 0));
  });

  it('starts anew behind runs that have none', () => {
    const old = line(1, 0);
    const older = {
      ...old,
      cells: old.cells.map(({ metrics: { reach: _, ...metrics }, ...cell }) => ({ ...cell, metrics })),
    };
    assert.equal(seriesOf([older, line(2, 0), line(3, 0)], id, 'reach').points.length, 2);
  });
});
