import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunPulse } from '../../src/cli/run-pulse.js';
import type { SecondResult } from '../../src/metrics/cell-result.js';
import type { CellMerger } from '../../src/metrics/merge.js';
import type { Cell } from '../../src/plan/cell.js';
import type { Plan } from '../../src/plan/plan.js';
import { cellWith } from '../plan/cell-builder.js';

const SECOND: SecondResult = {
  ...{ phase: 'measure', second: 0, planned: 10, sent: 9, answered: 8, received: 7, open: 1, inFlight: 0 },
  ...{ p50: null, p90: null, p99: null, max: null },
};

/** The rate shown once a second of `cell` is over. */
function rateOf(cell: Cell): number {
  const pulse = new RunPulse({ cells: [cell], preWarm: null } as unknown as Plan);
  pulse.phase('measure', cell);
  pulse.second({ open: 1, latest: () => SECOND } as unknown as CellMerger, cell);
  return pulse.state(cell).ratePerSecond;
}

test('the live rate is what was answered; what was sent where nothing is matched, received where nothing is sent', () => {
  const { reply } = cellWith();
  assert.equal(rateOf(cellWith()), 8);
  assert.equal(rateOf(cellWith({ reply: { ...reply, match: 'none' } })), 9);
  assert.equal(rateOf(cellWith({ model: 'listen', rate: null })), 7);
});
