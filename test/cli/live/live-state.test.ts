import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunPulse } from '../../../src/cli/live/live-state.js';
import type { SecondResult } from '../../../src/metrics/cell-result.js';
import type { CellMerger } from '../../../src/metrics/merge.js';
import type { Cell } from '../../../src/plan/cell.js';
import type { Plan } from '../../../src/plan/plan.js';
import type { ProgressState } from '../../../src/report/live/progress.js';
import { cellWith } from '../../plan/cell-builder.js';

const SECOND: SecondResult = {
  ...{ phase: 'measure', second: 0, planned: 10, sent: 9, answered: 8, received: 7, open: 1, inFlight: 0 },
  ...{ p50: null, p90: null, p99: null, max: null },
};

function merged(durationMs: number, second = SECOND): CellMerger {
  return { open: 1, durationMs, latest: () => second } as unknown as CellMerger;
}

/** What is shown once `seconds` of `cell` are over. */
function stateAfter(cell: Cell, seconds: readonly SecondResult[]): ProgressState {
  const pulse = new RunPulse({ cells: [cell], preWarm: null } as unknown as Plan);
  pulse.phase('measure', cell);
  for (const second of seconds) pulse.second(merged(cell.durationMs, second), cell);
  return pulse.state(cell);
}

test('the live rate is what was answered; what was sent where nothing is matched, received where nothing is sent', () => {
  const { reply } = cellWith();
  const rateOf = (cell: Cell) => stateAfter(cell, [SECOND]).ratePerSecond;
  assert.equal(rateOf(cellWith()), 8);
  assert.equal(rateOf(cellWith({ reply: { ...reply, match: 'none' } })), 9);
  assert.equal(rateOf(cellWith({ model: 'listen', rate: null })), 7);
});

test('says why there is no latency to show', () => {
  const { reply } = cellWith();
  const gapOf = (cell: Cell, seconds = [SECOND]) => stateAfter(cell, seconds).latencyGap;
  const answered = { ...SECOND, p50: 400, p90: 500, p99: 600, max: 700 };
  assert.equal(gapOf(cellWith()), 'nothing answered yet');
  assert.equal(gapOf(cellWith(), [answered, { ...SECOND, second: 1 }]), 'nothing answered in this second');
  assert.equal(gapOf(cellWith({ reply: { ...reply, match: 'none' } })), 'replies are not matched');
  assert.equal(gapOf(cellWith({ model: 'listen', rate: null })), 'nothing is sent');
});

test('a cell that goes on for longer than planned has that much more time left', () => {
  const cell = cellWith({ durationMs: 60_000 });
  const pulse = new RunPulse({ cells: [cell], preWarm: null } as unknown as Plan);
  pulse.phase('measure', cell);
  pulse.second(merged(3_600_000), cell);
  const { timeLeftMs, cellShare } = pulse.state(cell);
  assert.ok(timeLeftMs > 3_000_000, `${timeLeftMs} ms`);
  assert.ok(cellShare < 0.5, `${cellShare}`);
});
