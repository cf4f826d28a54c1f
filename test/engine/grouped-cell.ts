/** A cell that was run, told once more as if its workers were on several machines. */
import assert from 'node:assert/strict';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Group } from '../../src/metrics/group-end.js';
import { groupEndProblem, plannedProblem } from '../../src/metrics/group-end-check.js';
import { GroupSums } from '../../src/metrics/group-sums.js';
import type { Interval, WorkerTotals } from '../../src/metrics/interval.js';
import { lineProblem } from '../../src/metrics/interval-check.js';
import { LineSum } from '../../src/metrics/line-sum.js';
import { CellMerger } from '../../src/metrics/merge.js';
import { plannedOfWorkers } from '../../src/metrics/planned.js';
import type { CellContext } from '../../src/metrics/so-far.js';
import type { Cell } from '../../src/plan/cell.js';
import type { Rng } from '../../src/stats/rng.js';

/** What reached the coordinator of a cell, whose workers are threads of one machine. */
export interface ToldCell {
  /** With the measured time that it had in the end. */
  readonly cell: Cell;
  readonly workers: number;
  /** In the order in which they came. */
  readonly lines: readonly Interval[];
  /** By worker; null for one that died. */
  readonly totals: readonly (WorkerTotals | null)[];
  readonly context: CellContext;
}

/** Splits workers into one to four machines, each with consecutive ones. */
export function randomGroups(workers: number, rng: Rng): Group[] {
  const groups: Group[] = [];
  for (let from = 0; from < workers; ) {
    const to = from + 1 + rng.below(workers - from);
    groups.push({ name: `m${groups.length}`, workers: [from, to] });
    from = to;
  }
  return groups;
}

/**
 * The result of the same cell with its workers on these machines. Their lines are added up at random moments. `killed`: a
 * machine that is gone after so many lines of the whole cell.
 */
export function grouped(
  { cell, workers, lines, totals, context }: ToldCell,
  groups: readonly Group[],
  rng: Rng,
  killed: { readonly group: number; readonly afterLines: number } | null = null,
): CellResult {
  const merger = new CellMerger(cell, groups);
  const machines = groups.map((group) => ({
    group,
    sums: new GroupSums(cell, group, workers),
    lines: new LineSum({ agent: group.name, cell: cell.id, workers: group.workers }),
  }));
  const flush = (machine: (typeof machines)[number]) => {
    for (const line of machine.lines.take()) {
      const sent = overTheBus(line);
      assert.equal(lineProblem(sent, cell, machine.group.workers), null);
      merger.add(sent);
    }
  };
  for (const [i, line] of lines.entries()) {
    const number = groups.findIndex((group) => line.workers[0] < group.workers[1]);
    if (killed !== null && number === killed.group && i >= killed.afterLines) continue;
    const machine = machines[number]!;
    machine.sums.add(line);
    machine.lines.add(line);
    if (rng.below(3) === 0) flush(machine);
  }
  for (const [number, machine] of machines.entries()) {
    const { workers: span } = machine.group;
    if (killed !== null && number === killed.group) {
      const planned = overTheBus(plannedOfWorkers(cell, span, workers));
      assert.equal(plannedProblem(planned, cell), null);
      merger.groupLost(span, 'killed', rng.below(2) === 0 ? planned : null);
      continue;
    }
    flush(machine);
    for (let worker = span[0]; worker < span[1]; worker++) {
      const told = totals[worker]!;
      if (told === null) machine.sums.workerLost(worker, 'died');
      else machine.sums.workerDone(told);
    }
    const end = overTheBus(machine.sums.end(context.interrupted, machine.lines.count));
    assert.equal(groupEndProblem(end, cell, span), null);
    merger.groupDone(end);
  }
  return merger.finish(context);
}

/** A result without what depends on which of two machines was heard first, and without their names. */
export function comparable(result: CellResult): unknown {
  const workers = result.client.workers.map(({ agent: _, ...worker }) => worker);
  const errors = sorted(result.errors.map(({ said: _, ...error }) => error));
  const { closeCodes, ruled = [] } = result;
  const client = { ...result.client, workers };
  return { ...result, client, errors, closeCodes: sorted(closeCodes), ruled: sorted(ruled) };
}

function sorted<T>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function overTheBus<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
