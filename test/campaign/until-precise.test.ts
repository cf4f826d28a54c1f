import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  longestLooks,
  type PrecisionGoal,
  plannedId,
  spreadOf,
  UntilPrecise,
} from '../../src/campaign/until-precise.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from '../verdict/cell-fixture.js';

const GOAL: PrecisionGoal = { quantile: 'p99', share: 0.05, maxDurationMs: 120_000 };
const CELLS = [cellWith({ id: 'a/c1', durationMs: 10_000 }), cellWith({ id: 'b/c1', durationMs: 10_000 })];

/** A result whose p99 of 1 ms has an interval that shrinks with the square root of the time: `share` of it after 10 s. */
function measured({ id, durationMs }: Cell, share: number): CellResult {
  const half = 1000 * share * Math.sqrt(10_000 / durationMs);
  const cell = healthyCell({ id });
  const flow = cell.flows[0]!;
  const response = { ...flow.latencyUs.response!, p99: 1000, ci: { p99: [1000 - half / 2, 1000 + half] as const } };
  return { ...cell, flows: [{ ...flow, latencyUs: { ...flow.latencyUs, response } }] };
}

function run(shares: Readonly<Record<string, number>>, goal = GOAL): { cells: Cell[]; results: CellResult[] } {
  const source = new UntilPrecise(CELLS, goal);
  const results: CellResult[] = [];
  const cells: Cell[] = [];
  for (let cell = source.next(results); cell !== null; cell = source.next(results)) {
    cells.push(cell);
    results.push(measured(cell, shares[plannedId(cell.id)]!));
  }
  return { cells, results };
}

describe('a cell measured until it is precise', () => {
  it('is measured once where that is enough', () => {
    assert.deepEqual(run({ 'a/c1': 0.05, 'b/c1': 0.01 }).cells, CELLS);
  });

  it('is measured anew for as long as the width asks for, in steps of 10 s', () => {
    const { cells, results } = run({ 'a/c1': 0.08, 'b/c1': 0.01 });
    assert.deepEqual(
      cells.map(({ id, durationMs }) => [id, durationMs]),
      [
        ['a/c1', 10_000],
        ['a/c1~30s', 30_000],
        ['b/c1', 10_000],
      ],
    );
    assert.ok(spreadOf(results[1]!, 'p99')! <= 0.05);
  });

  it('grows fourfold at most, and never beyond the longest duration', () => {
    const durations = run({ 'a/c1': 1, 'b/c1': 0.01 }).cells.map(({ durationMs }) => durationMs / 1000);
    assert.deepEqual(durations, [10, 40, 120, 10]);
    const none = run({ 'a/c1': 1, 'b/c1': 0.01 }, { ...GOAL, maxDurationMs: 10_000 }).cells;
    assert.equal(none.length, 2);
  });

  it('speaks with its longest look alone', () => {
    const { results } = run({ 'a/c1': 1, 'b/c1': 0.01 });
    const outcome = longestLooks({ cells: results, notRun: [], interrupted: false, abortedBy: null });
    assert.deepEqual(
      outcome.cells.map(({ id }) => id),
      ['a/c1~120s', 'b/c1'],
    );
  });
});
