import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortRule } from '../../src/campaign/abort-rule.js';
import type { CellRole } from '../../src/campaign/events.js';
import type { CellProgress } from '../../src/coordinator/cell-events.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from '../verdict/cell-fixture.js';
import { threshold } from '../verdict/threshold-fixture.js';
import { NO_PROGRESS } from './events-fixture.js';

const CELL = cellWith();
const SLOW = { ...healthyCell({ serviceUs: [90_000] }), heldSoFar: 100 };
const FAST = { ...threshold('ws_response_time', 'p(50)', '<', 50_000), abortOnFail: true };

/** A running cell that answers too slowly, and how often it was asked. */
function slowCell() {
  const asked = { times: 0, histograms: [] as boolean[] };
  const progress: CellProgress = {
    ...NO_PROGRESS,
    soFar: ({ histograms }) => {
      asked.times++;
      asked.histograms.push(histograms);
      return SLOW;
    },
  };
  const second = (measuredMs: number | null, role: CellRole = 'measured') =>
    ({ type: 'second', phase: 'measure', atMs: 0, cell: CELL, role, measuredMs, progress }) as const;
  return { asked, second };
}

test('aborts in the first second of the measured time in which a threshold fails for good, and says which', () => {
  const { asked, second } = slowCell();
  const rule = new AbortRule([{ ...FAST, delayAbortEvalMs: 2000 }]);
  rule.judge(second(null));
  rule.judge(second(1000));
  assert.deepEqual([rule.failed, rule.signal.aborted], [null, false]);
  rule.judge(second(2000));
  assert.deepEqual([rule.failed, rule.signal.aborted], [`ws_response_time ${FAST.expression}`, true]);
  rule.judge(second(3000));
  assert.equal(asked.times, 2, 'no look outside of the measured time, none once it is decided');
});

test('judges no cell that runs for another, and looks at nothing where no threshold may abort', () => {
  const { asked, second } = slowCell();
  const rule = new AbortRule([FAST]);
  for (const role of ['pre-warm', 'baseline'] as const) rule.judge(second(5000, role));
  assert.equal(rule.failed, null);
  const patient = new AbortRule([{ ...FAST, abortOnFail: false }]);
  patient.judge(second(5000));
  assert.deepEqual([patient.failed, asked.times], [null, 0]);
});

test('asks for histograms only where a limit is on a duration', () => {
  const { asked, second } = slowCell();
  const few = { ...threshold('ws_msgs_lost', 'count', '<', 1e9), abortOnFail: true };
  new AbortRule([few, { ...FAST, abortOnFail: false }]).judge(second(5000));
  new AbortRule([few, FAST]).judge(second(5000));
  assert.deepEqual(asked.histograms, [false, true]);
});
