import type { MessagePort } from 'node:worker_threads';
import type { BoardMemory } from '../engine/fanout/board.js';
import type { TruthEchoLink } from '../engine/instrument/instrument.js';
import type { MetronomeLink } from '../engine/pacing/wake.js';
import type { Interval } from '../metrics/interval.js';
import type { Shard } from '../plan/cell.js';
import type { PulseMemory } from '../script/pulse.js';

/** The task of one worker for one cell: its shard, and the port for messages. Its result is WorkerTotals. */
export interface WorkerTask {
  readonly shard: Shard;
  readonly agent: string;
  readonly port: MessagePort;
  /** How this worker reaches the metronome, if the shard is paced by it; else null. */
  readonly metronome: MetronomeLink | null;
  /** How this worker reaches the truth echo, if the instrument check is on; else null. */
  readonly instrument: TruthEchoLink | null;
  /** The board of the cell, shared by all its workers; null if it has no fan-out. */
  readonly board: BoardMemory | null;
  /** Absent where nobody must watch over the load. */
  readonly leash?: SharedArrayBuffer | undefined;
  /** The pulse of the worker, which runs a script; null or absent if the cell has none. */
  readonly pulse?: PulseMemory | null;
}

/**
 * From coordinator to worker. Times are those of the process's monotonic clock, which its threads share; microseconds.
 */
export type ToWorker =
  /** `upTo`: open only this many of the cell's connections. */
  | { readonly type: 'connect'; readonly atUs: number; readonly upTo?: number | undefined }
  | { readonly type: 'start'; readonly t0Us: number }
  /** Measure for this long, which is longer than before. */
  | { readonly type: 'extend'; readonly durationMs: number }
  /** The restart with this event number is over: the server accepts connections again. */
  | { readonly type: 'restarted'; readonly event: number }
  /** `isLeaving`: connections are closed with 1001. */
  | { readonly type: 'stop'; readonly isLeaving: boolean };

/** Worker to coordinator. */
export type FromWorker =
  /** `cellHash`: of the cell that the worker decoded and prepared (`cell-hash.ts`). The runner refuses another one. */
  | { readonly type: 'ready'; readonly cellHash: string }
  | { readonly type: 'connected'; readonly open: number }
  | { readonly type: 'interval'; readonly interval: Interval };
