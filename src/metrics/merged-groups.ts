import assert from 'node:assert/strict';
import type { Cell, Phase } from '../plan/cell.js';
import type { FinishedGroup } from './cell-laws.js';
import type { CellResult, WorkerResult } from './cell-result.js';
import { workersOf } from './client-result.js';
import { addCounters, COUNTERS, namedCounters } from './counters.js';
import type { FlowCounters } from './flow-totals.js';
import { type Group, type GroupEnd, LOCAL } from './group-end.js';
import type { ByteCounts, ConnectionCounts, Interval, WorkerSpan } from './interval.js';
import { LineCounts } from './line-counts.js';
import { type PlannedMessages, plannedOfWorkers } from './planned.js';

/** One machine in the coordinator: counts alone, no histograms. */
interface MergedGroup extends FinishedGroup {
  /** In-flight slots occupied, by the newest line of each of its sources. */
  inFlight: number;
  end: GroupEnd | null;
  lost: string | null;
}

/** The machines of one cell, as far as counters go: what their lines add up to, and how each of them ended. */
export class MergedGroups {
  readonly all: readonly MergedGroup[];
  /** How many workers the cell has. */
  readonly workers: number;
  /** By worker, or by the first of those that share their lines: connections open, slots in flight. */
  readonly #open: Float64Array;
  readonly #inFlight: Float64Array;
  readonly #byWorker: MergedGroup[] = [];

  /** `groups`: together they have all workers of the cell. */
  constructor(cell: Cell, groups: readonly Group[]) {
    const requests = (cell.wire?.requests ?? []).length;
    this.all = groups.map(({ name, workers }) => ({
      ...{ name, workers, inFlight: 0, end: null, lost: null },
      counts: new LineCounts(name === LOCAL ? 'all workers' : `agent ${name}`, cell.id, requests),
    }));
    this.workers = groups.reduce((most, { workers }) => Math.max(most, workers[1]), 0);
    for (const group of this.all) {
      for (let worker = group.workers[0]; worker < group.workers[1]; worker++) this.#byWorker[worker] = group;
    }
    this.#open = new Float64Array(this.workers);
    this.#inFlight = new Float64Array(this.workers);
  }

  add(line: Interval): void {
    const group = this.of(line.workers);
    assert(group.end === null && group.lost === null, `${group.counts.name} wrote a line after its end`);
    const [first] = line.workers;
    group.counts.add(line);
    this.#open[first] = line.open;
    group.inFlight += line.inFlight - this.#inFlight[first]!;
    this.#inFlight[first] = line.inFlight;
    group.counts.checkOccupied(line.line, group.inFlight);
  }

  /** A machine has told everything. */
  done(end: GroupEnd): void {
    const group = this.of(end.workers);
    group.end = end;
    group.counts.compare(end.written);
    group.counts.settle(end.closed);
  }

  /** Nothing more is heard of a machine: nothing of it is open or in flight any more. False if it has told everything. */
  leave(workers: WorkerSpan): boolean {
    const group = this.of(workers);
    if (group.end !== null) return false;
    const [from, to] = group.workers;
    this.#open.fill(0, from, to);
    this.#inFlight.fill(0, from, to);
    group.inFlight = 0;
    return true;
  }

  /** A machine is gone. `planned`: messages of its workers; null if it did not say how many. */
  lost(cell: Cell, workers: WorkerSpan, error: string, planned: PlannedMessages | null): void {
    const group = this.of(workers);
    group.lost = error;
    group.counts.giveUp(planned ?? plannedOfWorkers(cell, group.workers, this.workers));
  }

  /** Names of those that are agents. */
  get agents(): readonly string[] {
    return this.all.flatMap(({ name }) => (name === LOCAL ? [] : [name]));
  }

  /** Connections open now, according to the newest lines. */
  get open(): number {
    return this.#open.reduce((sum, open) => sum + open, 0);
  }

  /** The counters of a request, or of all messages (null), those of lost workers included. */
  countersOf(request: number | null): FlowCounters {
    const named = (phase: Phase) => {
      const sums = new Float64Array(COUNTERS.length);
      for (const { counts } of this.all) {
        addCounters(sums, (request === null ? counts : counts.requests[request]!).counters[phase]);
      }
      return namedCounters(sums);
    };
    return { warmup: named('warmup'), measure: named('measure') };
  }

  connections(): ConnectionCounts & { openAtEnd: number } {
    const sums = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0, openAtEnd: 0 };
    for (const { counts, end } of this.all) {
      for (const key of Object.keys(counts.connections) as (keyof ConnectionCounts)[]) {
        sums[key] += counts.connections[key];
      }
      sums.openAtEnd += end?.openAtEnd ?? 0;
    }
    return sums;
  }

  /** Connections alive at the end of the measure phase. */
  pinged(): number {
    return this.#sum(({ pinged }) => pinged);
  }

  /** Connections that did not answer a ping. */
  silent(): Pick<CellResult['connections'], 'withoutPong'> {
    const withoutPong = this.#sum((end) => end.withoutPong);
    return withoutPong === 0 ? {} : { withoutPong };
  }

  /** Payload bytes of the measured messages. */
  bytes(): ByteCounts {
    const sum = (way: keyof ByteCounts) => this.all.reduce((total, { counts }) => total + counts.bytes.measure[way], 0);
    return { sent: sum('sent'), received: sum('received') };
  }

  /** What is told by connection. */
  byConnection(): GroupEnd['byConnection'] {
    return this.all.flatMap(({ end }) => end?.byConnection ?? []);
  }

  /** Every worker. `known`: those whose machine has not ended. */
  results(known: readonly WorkerResult[]): WorkerResult[] {
    return this.all.flatMap((group) => workersOf(group, known));
  }

  #sum(of: (end: GroupEnd) => number): number {
    return this.all.reduce((sum, { end }) => sum + (end === null ? 0 : of(end)), 0);
  }

  /** The machine that has these workers. */
  of([from, to]: WorkerSpan): MergedGroup {
    const group = this.#byWorker[from];
    assert(
      group !== undefined && from < to && to <= group.workers[1],
      `the workers ${from} to ${to - 1} are of no group`,
    );
    return group;
  }
}
