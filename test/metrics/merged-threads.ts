import type { CellResult } from '../../src/metrics/cell-result.js';
import { localGroup } from '../../src/metrics/group-end.js';
import { GroupSums } from '../../src/metrics/group-sums.js';
import type { Interval, WorkerTotals } from '../../src/metrics/interval.js';
import { CellMerger } from '../../src/metrics/merge.js';
import type { CellContext, CellSoFar, PartAsked } from '../../src/metrics/so-far.js';
import type { Cell } from '../../src/plan/cell.js';

/** A cell as the threads of one machine tell of it: one group, whose lines are those of its workers. */
export class MergedThreads {
  readonly #sums: GroupSums;
  readonly #merger: CellMerger;
  #isDone = false;

  constructor(cell: Cell, workers: number) {
    const group = localGroup(workers);
    this.#sums = new GroupSums(cell, group, workers);
    this.#merger = new CellMerger(cell, [group], () => this.#sums.results());
  }

  get open(): number {
    return this.#merger.open;
  }

  get durationMs(): number {
    return this.#merger.durationMs;
  }

  add(line: Interval): void {
    this.#sums.add(line);
    this.#merger.add(line);
  }

  extend(durationMs: number): void {
    this.#sums.extend(durationMs);
    this.#merger.extend(durationMs);
  }

  workerDone(totals: WorkerTotals): void {
    this.#sums.workerDone(totals);
  }

  workerLost(worker: number, error: string): void {
    this.#sums.workerLost(worker, error);
  }

  latest() {
    return this.#merger.latest();
  }

  second(...asked: Parameters<CellMerger['second']>) {
    return this.#merger.second(...asked);
  }

  soFar(measuredMs: number, asked: PartAsked): CellSoFar {
    return this.#merger.soFar(measuredMs, asked);
  }

  finish(context: CellContext): CellResult {
    if (!this.#isDone && context.withoutTotals !== true) this.#merger.groupDone(this.#sums.end(context.interrupted));
    this.#isDone = true;
    return this.#merger.finish(context);
  }
}
