import type { MessagePort } from 'node:worker_threads';
import type { InstrumentSeat } from '../engine/instrument/instrument.js';
import type { MetronomeSeat } from '../engine/wake.js';
import type { Interval } from '../metrics/interval.js';
import type { Shard } from '../plan/cell.js';

/** The task of one worker for one cell: its shard, and the port they talk over. Its result is WorkerTotals. */
export interface WorkerTask {
  readonly shard: Shard;
  readonly planHash: string;
  readonly agent: string;
  readonly port: MessagePort;
  /** This worker's seat at the metronome, where the shard's pacing is by it. */
  readonly metronome: MetronomeSeat | null;
  /** This worker's seat at the truth echo, where the instrument check is on. */
  readonly instrument: InstrumentSeat | null;
}

/** Coordinator to worker. Instants are the process's monotonic clock, which its threads share; microseconds. */
export type ToWorker =
  /** `upTo`: only the first so many connections of the cell. */
  | { readonly type: 'connect'; readonly atUs: number; readonly upTo?: number | undefined }
  | { readonly type: 'start'; readonly t0Us: number }
  /** The measured time is to be so long, longer than said before. */
  | { readonly type: 'extend'; readonly durationMs: number }
  /** The cell's event of this number is over: the server takes connections again. */
  | { readonly type: 'restarted'; readonly event: number }
  | { readonly type: 'stop' };

/** Worker to coordinator. */
export type FromWorker =
  /** `planHash`: of the plan the worker prepared; the runner refuses another one. */
  | { readonly type: 'ready'; readonly planHash: string }
  | { readonly type: 'connected'; readonly open: number }
  | { readonly type: 'interval'; readonly interval: Interval };
