import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComparedMetric, comparedMetrics } from '../../../src/verdict/compare/metrics.js';
import { compareReadings, type Reading } from '../../../src/verdict/compare/readings.js';
import { singleComparison } from '../../../src/verdict/compare/single.js';
import { unpairedComparison } from '../../../src/verdict/compare/unpaired.js';
import { isUsable } from '../../../src/verdict/compare/usable.js';
import { documentOf } from '../../report/document-fixture.js';
import { healthyCell } from '../cell-fixture.js';

const [p50] = comparedMetrics() as [ComparedMetric];

/** Three runs, a little apart, of a time that is so long as measured and by its lower end. */
function runs(measured: number, lower: number | null): Reading[] {
  return [0.999, 1, 1.001].map((by) => ({ measured: measured * by, lower: lower === null ? null : lower * by }));
}

function compared(a: readonly Reading[], b: readonly Reading[]) {
  return compareReadings(a, b, p50, (x, y) => unpairedComparison(x, y, p50));
}

test('the way back hides a part of a change, and taking too much off exaggerates it: the range holds both', () => {
  const { a, ratio, interval, readings, word } = compared(runs(1500, 1000), runs(1600, 1100));
  assert.deepEqual([Math.round(a!), word], [1000, 'REGRESSED']);
  assert.ok(Math.abs(ratio! - 1.1) < 1e-9 && Math.abs(readings!.measuredRatio! - 1600 / 1500) < 1e-9);
  assert.ok(interval![0] < 1600 / 1500 && interval![1] > 1.1);
});

test('a word needs both readings', () => {
  // +4 % as measured is within the margin, +6 % of the lower ends is not.
  const { word, readings, roundsNeeded } = compared(runs(1500, 1000), runs(1560, 1060));
  assert.deepEqual([word, readings?.disagree, roundsNeeded], ['INCONCLUSIVE', true, null]);
});

test('a lower end of 0 lets a change be told, but not that there is none', () => {
  assert.equal(compared(runs(1500, 0), runs(1800, 0)).word, 'REGRESSED');
  const same = compared(runs(1500, 0), runs(1500, 100));
  assert.equal(same.word, 'INCONCLUSIVE');
  assert.match(same.notes.join(), /way back may have added all of it/);
  const single = { a: { measured: 1500, lower: 0 }, b: { measured: 1500, lower: 0 }, within: [0, 0] as const };
  assert.equal(singleComparison(single, p50, null).word, 'INCONCLUSIVE');
});

test('where one lower end is not known, all are compared as measured', () => {
  const { readings, a, word } = compared(runs(1500, 1000), runs(1500, null));
  assert.deepEqual([readings, Math.round(a!), word], [null, 1500, 'EQUIVALENT']);
});

test('single runs: the range holds all that both brackets allow', () => {
  const within = [Math.log(1.19), Math.log(1.21)] as const;
  const found = singleComparison(
    { a: { measured: 1000, lower: 900 }, b: { measured: 1200, lower: 1140 }, within },
    p50,
    { source: 'flag', deviation: 0.001, degrees: null },
  );
  assert.ok(Math.abs(found.interval![0] - (1.19 * 1140) / 1200) < 1e-6);
  assert.ok(found.interval![1] >= (1.21 * 1000) / 900 - 1e-6);
  assert.ok(found.noiseFloor! > 1000 / 900 - 1);
});

test('a cell counts whose load was delivered, however wide its brackets are', () => {
  const wide = healthyCell({ addedUs: [100, 9000] });
  const one = { ...wide, validity: 'invalid', target: 'ok' } as const;
  const { verdict } = documentOf({ cells: [wide] });
  const reason = { side: 'client', severity: 'invalid', cell: wide.id, message: '', fix: '' } as const;
  const withReason = (code: string) => ({ verdict: { ...verdict, reasons: [{ ...reason, code }] } });
  assert.equal(isUsable(withReason('accuracy'), one), true);
  assert.equal(isUsable(withReason('client_rate'), one), false);
  assert.equal(isUsable(withReason('accuracy'), { ...one, interrupted: true }), false);
  const { brackets, ...unknown } = one;
  assert.equal(brackets?.unknown, null);
  assert.equal(isUsable(withReason('accuracy'), unknown), false);
});
