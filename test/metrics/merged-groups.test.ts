/** Two machines of one cell, one of which is lost half-way. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GroupSums } from '../../src/metrics/group-sums.js';
import type { Interval } from '../../src/metrics/interval.js';
import { CellMerger } from '../../src/metrics/merge.js';
import { stillRunning } from '../../src/metrics/so-far.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { linesOf, totalsOf } from './made-lines.js';

const GROUPS = [
  { name: 'one', workers: [0, 1] },
  { name: 'two', workers: [1, 2] },
] as const;
const SECONDS = 4;

function cellOf(): Cell {
  return cellWith({
    connections: { from: 20, to: 20 },
    rate: { from: 40, to: 40 },
    warmupMs: 0,
    durationMs: 1000 * SECONDS,
  });
}

/** The lines of the second machine end with the first second. */
function mergedUntilLost(merger: CellMerger, cell: Cell): readonly Interval[] {
  const [mine, others] = [0, 1].map((worker) => linesOf(cell, worker, 2)) as [Interval[], Interval[]];
  for (const line of mine.slice(0, -1)) merger.add(line);
  const isBefore = ({ stage, second }: Interval) => stage === 'connect' || (stage === 'measure' && second! < 1);
  for (const line of others.filter(isBefore)) merger.add(line);
  return mine;
}

describe('a machine that is lost', () => {
  test('holds nothing any more: neither now, nor in the seconds after its last line', () => {
    const cell = cellOf();
    const merger = new CellMerger(cell, GROUPS);
    const mine = mergedUntilLost(merger, cell);
    const open = () => Array.from({ length: SECONDS }, (_, second) => merger.second('measure', second)!.open);
    assert.deepEqual([merger.open, open()], [20, [20, 20, 20, 20]], 'it may just be late');
    merger.groupGone([1, 2]);
    assert.deepEqual([merger.open, open()], [10, [20, 10, 10, 10]]);
    merger.groupLost([1, 2], 'killed', null);
    merger.add(mine.at(-1)!);
    const sums = new GroupSums(cell, GROUPS[0], 2);
    for (const line of mine) sums.add(line);
    sums.workerDone(totalsOf(cell, 2, mine));
    merger.groupDone(sums.end(false));
    const result = merger.finish({ ...stillRunning(1000 * SECONDS), withoutTotals: false });
    assert.equal(result.connections.held, 10);
    assert.deepEqual(
      result.seconds.map((second) => second.open),
      [20, 10, 10, 10],
    );
    assert.equal(merger.open, 0, 'the other one has closed its own');
    assert.deepEqual(result.laws, []);
  });

  test('after it has told everything changes nothing', () => {
    const cell = cellOf();
    const merger = new CellMerger(cell, GROUPS);
    const lines = [0, 1].map((worker) => linesOf(cell, worker, 2));
    for (const line of lines.flat()) merger.add(line);
    for (const [worker, own] of lines.entries()) {
      const sums = new GroupSums(cell, GROUPS[worker]!, 2);
      for (const line of own) sums.add(line);
      sums.workerDone(totalsOf(cell, 2, own));
      merger.groupDone(sums.end(false));
    }
    const before = merger.finish({ ...stillRunning(1000 * SECONDS), withoutTotals: false });
    merger.groupGone([1, 2]);
    assert.deepEqual(merger.finish({ ...stillRunning(1000 * SECONDS), withoutTotals: false }), before);
    assert.equal(before.connections.held, 20);
  });
});
