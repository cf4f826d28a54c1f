import assert from 'node:assert/strict';
import type { MachinesResult } from '../metrics/agent-result.js';
import type { WorkerResult } from '../metrics/cell-result.js';
import { type Group, type GroupEnd, localGroup } from '../metrics/group-end.js';
import { GroupSums } from '../metrics/group-sums.js';
import type { Interval, WorkerSpan } from '../metrics/interval.js';
import type { PlannedMessages } from '../metrics/planned.js';
import type { Shard } from '../plan/cell.js';
import type { AgentLeft } from './cell-events.js';
import type { Instant, ShardOutcome, ShardRunner } from './shard-runner.js';

/** How one machine's part of a cell ended. */
export type GroupOutcome =
  | { readonly status: 'done'; readonly end: GroupEnd }
  /** `planned`: messages of its workers; null if it did not say how many. */
  | {
      readonly status: 'lost';
      readonly workers: WorkerSpan;
      readonly error: string;
      readonly planned: PlannedMessages | null;
    };

/**
 * Runs one cell at a time on groups of workers: the threads of this process are one group, and each agent of a fleet is
 * one. What a machine knows of its workers stays there; what it tells are lines, and a `GroupEnd`. Calls in the order of
 * `ShardRunner`.
 */
export interface GroupRunner extends Omit<ShardRunner, 'done' | 'prepare'> {
  /**
   * As `ShardRunner`. `onLeft`: an agent ends its part of this cell before its time. It is told at most once as leaving,
   * then as lost: nothing more will be heard of its workers in this cell.
   */
  prepare(
    shards: readonly Shard[],
    onLine: (line: Interval) => void,
    onLeft?: (left: AgentLeft) => void,
  ): Promise<void>;
  /** The groups of a cell with so many workers, which have all of them together. */
  groups(workers: number): readonly Group[];
  /** Of the prepared cell: aborted when no group works on it any more. Null: that is known by `done` alone. */
  readonly over: AbortSignal | null;
  /** What is known of workers while they run; those of other machines are not. */
  workersNow(): readonly WorkerResult[];
  /**
   * Resolves once per prepared cell, with an outcome for every group. Never rejects. `interrupted`: the load was cut short
   * by this coordinator.
   */
  done(interrupted: boolean): Promise<readonly GroupOutcome[]>;
  /** After `done`: the machines that made the load. Null: it was this one. */
  machines(): MachinesResult | null;
}

/** The worker threads of this process, as the one group of a cell. */
export class LocalGroup implements GroupRunner {
  readonly #threads: ShardRunner;
  #sums: GroupSums | null = null;

  constructor(threads: ShardRunner) {
    this.#threads = threads;
  }

  readonly over = null;

  get timing() {
    return this.#threads.timing;
  }

  groups(workers: number): readonly Group[] {
    return [localGroup(workers)];
  }

  async prepare(shards: readonly Shard[], onLine: (line: Interval) => void): Promise<void> {
    const [first] = shards;
    assert(first !== undefined, 'a cell has a shard');
    const sums = new GroupSums(first.cell, localGroup(shards.length), shards.length);
    this.#sums = sums;
    await this.#threads.prepare(shards, (line) => {
      sums.add(line);
      onLine(line);
    });
  }

  instantIn(ms: number): Instant {
    return this.#threads.instantIn(ms);
  }

  connect(at: Instant, upTo?: number): Promise<number> {
    return this.#threads.connect(at, upTo);
  }

  start(t0: Instant): Promise<void> | void {
    return this.#threads.start(t0);
  }

  extend(durationMs: number): void {
    this.#sums?.extend(durationMs);
    this.#threads.extend(durationMs);
  }

  restarted(event: number): void {
    this.#threads.restarted(event);
  }

  stop(deadlineMs: number): void {
    this.#threads.stop(deadlineMs);
  }

  workersNow(): readonly WorkerResult[] {
    return this.#sums?.results() ?? [];
  }

  async done(interrupted: boolean): Promise<readonly GroupOutcome[]> {
    const outcomes = await this.#threads.done();
    const sums = this.#sums;
    assert(sums !== null, 'a cell is prepared');
    endWorkers(sums, outcomes);
    return [{ status: 'done', end: sums.end(interrupted) }];
  }

  machines(): null {
    return null;
  }

  async dispose(): Promise<void> {
    await this.#threads.dispose();
  }
}

/** Tells the sums of a machine how its workers ended. */
export function endWorkers(sums: GroupSums, outcomes: readonly ShardOutcome[]): void {
  for (const outcome of outcomes) {
    if (outcome.status === 'done') sums.workerDone(outcome.totals);
    else sums.workerLost(outcome.worker, outcome.error);
  }
}
