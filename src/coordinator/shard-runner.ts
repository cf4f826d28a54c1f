import type { Interval, WorkerTotals } from '../metrics/interval.js';
import type { Shard } from '../plan/cell.js';

/** A moment on the runner's own clock: made by the runner, handed back to it, never looked into. */
export type Instant = { readonly opaque: unique symbol };

/** How one worker's part of a cell ended. */
export type ShardOutcome =
  | { readonly worker: number; readonly status: 'done'; readonly totals: WorkerTotals }
  | { readonly worker: number; readonly status: 'lost'; readonly error: string };

/**
 * Runs the shards of one cell at a time: threads of this process today, agents on other machines later. Plain data only
 * crosses this seam. Order of calls: prepare, connect, start, then `done`; `extend` and `restarted` while measuring,
 * `stop` at any time; `dispose` at the end.
 */
export interface ShardRunner {
  /** Hands out the shards; resolves when every worker is ready to connect. */
  prepare(shards: readonly Shard[], planHash: string, onInterval: (interval: Interval) => void): Promise<void>;
  instantIn(ms: number): Instant;
  /**
   * Resolves when every worker has opened its connections, failed to, or was lost; with the number open. `upTo`: only the
   * first so many connections of the cell. It may be called again, one call after the other: with a higher number it opens
   * those that are missing, with the same number it opens none and counts.
   */
  connect(at: Instant, upTo?: number): Promise<number>;
  start(t0: Instant): void;
  /** Sets a longer measured time, within `longestMs` of the shards. */
  extend(durationMs: number): void;
  /** The server that the cell's event of this number restarts takes connections again. */
  restarted(event: number): void;
  /** Stops sending, drains, closes and reports. A worker that has not ended after `deadlineMs` is cut off and lost. */
  stop(deadlineMs: number): void;
  /** Resolves once per prepared cell, with an outcome for every shard. Never rejects. */
  done(): Promise<readonly ShardOutcome[]>;
  dispose(): Promise<void>;
}
