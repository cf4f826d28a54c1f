import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imprecise, type PrecisionGoal, spreadOf, UntilPrecise } from '../../src/campaign/until-precise.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from '../verdict/cell-fixture.js';

const GOAL: PrecisionGoal = { quantile: 'p99', share: 0.05, maxDurationMs: 45_000 };
const CELL = cellWith({ durationMs: 10_000 });

/** A result whose p99 of 1 ms has an interval that shrinks with the square root of the time: `share` of it after 10 s. */
function measured(durationMs: number, share: number): CellResult {
  const half = 1000 * share * Math.sqrt(10_000 / durationMs);
  const cell = healthyCell();
  const flow = cell.flows[0]!;
  const response = { ...flow.latencyUs.response!, p99: 1000, ci: { p99: [1000 - half / 2, 1000 + half] as const } };
  return { ...cell, flows: [{ ...flow, latencyUs: { ...flow.latencyUs, response } }] };
}

/** Every duration that the cell is given, s. */
function durations(share: number, cell = CELL): number[] {
  const goal = new UntilPrecise(GOAL);
  const found: number[] = [cell.durationMs];
  while (found.at(-1)! < goal.longestMs(cell)) {
    const nowMs = found.at(-1)!;
    const durationMs = goal.durationMs(cell, nowMs, measured(nowMs, share));
    if (durationMs === nowMs) break;
    found.push(durationMs);
  }
  assert.deepEqual(goal.measured(cell), { ...cell, durationMs: found.at(-1) });
  return found.map((ms) => ms / 1000);
}

describe('a cell measured until it is precise', () => {
  it('takes its planned time where that is enough', () => {
    assert.deepEqual(durations(0.05), [10]);
  });

  it('goes on 10 s at a time until the farther end of the interval is near enough', () => {
    assert.ok(spreadOf(measured(20_000, 0.08), 'p99')! > 0.05);
    assert.ok(spreadOf(measured(30_000, 0.08), 'p99')! <= 0.05);
    assert.deepEqual(durations(0.08), [10, 20, 30]);
  });

  it('ends at the longest duration, and never before the planned one', () => {
    assert.deepEqual(durations(1), [10, 20, 30, 40, 45]);
    assert.deepEqual(durations(1, { ...CELL, durationMs: 60_000 }), [60]);
  });

  it('takes the planned time where there is no such quantile to wait for', () => {
    const goal = new UntilPrecise(GOAL);
    for (const changes of [
      { model: 'listen' as const, rate: null },
      { rate: { from: 0, to: 0 } },
      { rate: { from: 1, to: 100 } },
      { reply: { ...CELL.reply, match: 'none' as const } },
    ]) {
      assert.equal(goal.longestMs({ ...CELL, ...changes }), CELL.durationMs);
    }
    // No interval yet: a first look that was too short for one.
    assert.equal(goal.durationMs(CELL, 10_000, healthyCell({ rate: 1, durationMs: 2000 })), 20_000);
  });

  it('tells of cells that did not become so sure, but not of those that cannot, nor of one cut short', () => {
    const result = measured(10_000, 0.08);
    const told = (changes: Partial<typeof CELL> = {}, more: Partial<CellResult> = {}) =>
      imprecise([{ ...result, ...more }], [{ ...CELL, id: result.id, ...changes }], GOAL);
    assert.deepEqual(told(), [
      `${result.id}: p99 is not sure to 5 %: its interval reaches 8 % from it; a longer --max-duration may do`,
    ]);
    assert.deepEqual(told({ rate: { from: 0, to: 0 } }), []);
    assert.deepEqual(told({ rate: { from: 1, to: 100 } }), []);
    assert.deepEqual(told({}, { interrupted: true }), []);
  });
});
