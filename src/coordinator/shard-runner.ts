import type { Interval, WorkerTotals } from '../metrics/interval.js';
import type { Shard } from '../plan/cell.js';

/** A time on the runner's own clock. The runner creates it, and only the runner reads it. */
export type Instant = { readonly opaque: unique symbol };

/** How one worker's part of a cell ended. */
export type ShardOutcome =
  | { readonly worker: number; readonly status: 'done'; readonly totals: WorkerTotals }
  | { readonly worker: number; readonly status: 'lost'; readonly error: string };

/** How long a runner's workers need to hear of something, ms. */
export interface RunnerTiming {
  /** t0 is published at least this long ahead. */
  readonly leadMs: number;
  /** An extension is decided this long before the planned end. */
  readonly decisionMs: number;
  /** After a stop, a worker may take as long as the drain and this much more to close and report. */
  readonly stopAllowanceMs: number;
}

/** Of threads in this process. */
export const THREADS_TIMING: RunnerTiming = { leadMs: 60, decisionMs: 1000, stopAllowanceMs: 5000 };

/**
 * Runs the shards of one cell at a time on workers of this machine. All arguments are plain data. Order of calls: prepare, connect, start, then `done`; `extend` and `restarted` during measuring; `stop`
 * at any time; `dispose` at the end.
 */
export interface ShardRunner {
  readonly timing: RunnerTiming;
  /** Passes the shards to the workers. Resolves when every worker is ready to connect. */
  prepare(shards: readonly Shard[], onInterval: (interval: Interval) => void): Promise<void>;
  instantIn(ms: number): Instant;
  /**
   * Resolves with the number of open connections, when every worker has opened its connections, has failed to, or is
   * lost. `upTo`: open only this many of the cell's connections. It may be called again after it has resolved: with a
   * higher number it opens the missing ones; with the same number it only counts.
   */
  connect(at: Instant, upTo?: number): Promise<number>;
  /** Resolves when every worker that is not lost has heard it. */
  start(t0: Instant): Promise<void> | void;
  /** Sets a longer measured time, up to `longestMs` of the shards. */
  extend(durationMs: number): void;
  /** Tells the workers that the server accepts connections again after the restart with this event number. */
  restarted(event: number): void;
  /**
   * Stops sending, drains, closes and reports. A worker that has not ended after `deadlineMs` is ended and counts as
   * lost. `isLeaving`: it goes away before the load is over, and says so to the server by the close code.
   */
  stop(deadlineMs: number, isLeaving?: boolean): void;
  /** Resolves once per prepared cell, with an outcome for every shard. Never rejects. */
  done(): Promise<readonly ShardOutcome[]>;
  dispose(): Promise<void>;
}
