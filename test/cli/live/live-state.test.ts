import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CampaignEvent, CellRole } from '../../../src/campaign/events.js';
import { LiveState } from '../../../src/cli/live/live-state.js';
import type { CellProgress } from '../../../src/coordinator/cell-events.js';
import type { SecondResult } from '../../../src/metrics/cell-result.js';
import type { Cell } from '../../../src/plan/cell.js';
import type { Plan } from '../../../src/plan/plan.js';
import type { ProgressState } from '../../../src/report/live/progress.js';
import { NO_PROGRESS } from '../../campaign/events-fixture.js';
import { cellWith } from '../../plan/cell-builder.js';

const SECOND: SecondResult = {
  ...{ phase: 'measure', second: 0, planned: 10, sent: 9, answered: 8, received: 7, open: 1, inFlight: 0 },
  ...{ p50: null, p90: null, p99: null, max: null },
};

/** A cell that measures, and its seconds one after the other. */
function* eventsOf(
  cell: Cell,
  seconds: readonly SecondResult[],
  { durationMs = cell.durationMs, role = 'measured' as CellRole } = {},
): Generator<CampaignEvent> {
  let latest: SecondResult | null = null;
  const progress: CellProgress = { ...NO_PROGRESS, open: 1, durationMs, latest: () => latest };
  yield { type: 'phase', phase: 'measure', atMs: 0, cell, role, progress };
  for (const [i, second] of seconds.entries()) {
    latest = second;
    const atMs = (i + 1) * 1000;
    yield { type: 'second', phase: 'measure', atMs, measuredMs: atMs, cell, role, progress };
  }
}

/** What is shown once `seconds` of `cell` are over. */
function stateAfter(
  cell: Cell,
  seconds: readonly SecondResult[],
  more: Parameters<typeof eventsOf>[2] = {},
  plan: Partial<Plan> = {},
): ProgressState {
  const state = new LiveState({ cells: [cell], preWarm: null, ...plan } as unknown as Plan);
  for (const event of eventsOf(cell, seconds, more)) state.sink(event);
  return state.state()!;
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
  const { timeLeftMs, cellShare } = stateAfter(cell, [SECOND], { durationMs: 3_600_000 });
  assert.ok(timeLeftMs > 3_500_000, `${timeLeftMs} ms`);
  assert.ok(cellShare < 0.01, `${cellShare}`);
});

test('a measured cell has its null twin still before it, the twin itself has not', () => {
  const cell = cellWith();
  const plan = { cells: [], nullTwin: true };
  const leftOf = (role: CellRole) => stateAfter(cell, [SECOND], { role }, plan).timeLeftMs;
  assert.equal(leftOf('measured'), 2 * leftOf('baseline') + 1000);
});

test('keeps the p99 of the newest seconds, one for each, however long the cell runs', () => {
  const answered = (second: number) => ({ ...SECOND, second, p50: 1, p90: 1, p99: second, max: second });
  const seconds = Array.from({ length: 1000 }, (_, i) => answered(i));
  const { p99HistoryUs } = stateAfter(cellWith(), seconds);
  assert.deepEqual(
    p99HistoryUs,
    seconds.slice(-60).map(({ p99 }) => p99),
  );
  const grown = { ...answered(1), p99: 77 };
  assert.deepEqual(stateAfter(cellWith(), [answered(0), answered(1), grown]).p99HistoryUs, [0, 77]);
});

test('is nothing before the first cell and after the last', () => {
  const cell = cellWith();
  const state = new LiveState({ cells: [cell] } as unknown as Plan);
  assert.equal(state.state(), null);
  for (const event of eventsOf(cell, [SECOND])) state.sink(event);
  assert.equal(state.state()!.cell, cell.id);
  state.end();
  assert.equal(state.state(), null);
});
