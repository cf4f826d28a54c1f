import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellComparison } from '../../../src/verdict/compare/compare-runs.js';
import type { MetricComparison } from '../../../src/verdict/compare/comparison.js';
import { type ComparedKey, comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { pairedComparison } from '../../../src/verdict/compare/paired.js';
import { hiding, mayHideChange } from '../../../src/verdict/compare/readings.js';
import { isSettled } from '../../../src/verdict/compare/settled.js';

const METRICS = comparedMetrics();

/** A metric after five rounds, with its range. */
function metric(key: ComparedKey, low: number, high: number, some: Partial<MetricComparison> = {}): MetricComparison {
  const of = METRICS.find((one) => one.key === key)!;
  const plain = pairedComparison(
    Array.from({ length: 5 }, () => ({ a: 1000, b: 1000 })),
    of,
    true,
  );
  return { ...plain, interval: [low, high], word: 'INCONCLUSIVE', ...some };
}

function settled(...metrics: readonly MetricComparison[]): boolean {
  const cell: CellComparison = { id: 'c', load: 'l', aRuns: 5, bRuns: 5, metrics, gates: [], leftOut: null };
  return isSettled([cell], METRICS, 20);
}

const NOISY_P99 = metric('p99', 0.7, 1.6);

test('a regression decides the exit code, whatever else is open', () => {
  assert.equal(settled(metric('p50', 1.14, 1.21, { word: 'REGRESSED' }), NOISY_P99), true);
  assert.equal(settled(metric('p50', 0.99, 1.01, { word: 'EQUIVALENT' }), NOISY_P99), false);
});

test('what can only be better or as good keeps nobody waiting', () => {
  assert.equal(settled(metric('p50', 0.8, 1.04)), true);
  assert.equal(settled(metric('p50', 0.8, 1.2)), false);
  // For throughput less is worse.
  assert.equal(settled(metric('throughput', 0.99, 1.2)), true);
  assert.equal(settled(metric('throughput', 0.8, 1.01)), false);
});

test('a range that twenty rounds could not get past the margin ends it', () => {
  // Half of it is 8 % now and 2.8 % after 20 rounds: from the worse end, +6 %, the mild end would be +3 %.
  assert.equal(settled(metric('p50', 0.9, 1.06)), true);
  assert.equal(settled(metric('p50', 0.95, 1.12)), false);
});

test('what does not gate, or only the way back keeps open, keeps nobody waiting', () => {
  assert.equal(settled(metric('connect', 0.5, 2)), true);
  const readings = { measuredRatio: 1, measuredInterval: null, disagree: true };
  assert.equal(settled(metric('p50', 0.9, 1.4, { readings })), true);
  assert.equal(settled(metric('p50', 0.9, 1.4, { mayHideChange: true })), true);
});

test('a result of an earlier version tells by its note that equal values prove nothing', () => {
  const { notes } = hiding([]);
  assert.deepEqual([mayHideChange({ notes }), mayHideChange({ notes: ['Something else.'] })], [true, false]);
  assert.equal(mayHideChange({ mayHideChange: true, notes: [] }), true);
});

test('a word that chance may have made is looked at again', () => {
  assert.equal(settled(metric('p50', 1.06, 1.2)), false);
});
