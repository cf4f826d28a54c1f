import type { ChurnLog } from '../../metrics/churn-log.js';
import type { Shard } from '../../plan/cell.js';
import type { Pool } from '../pool.js';
import type { Places } from './places.js';
import type { Timetable } from './timetable.js';

/**
 * What the plan does with connections beyond opening each of them once. The pool asks its policies, in order, whenever
 * a connection opens, closes or fails. Connections are numbered within the worker.
 */
export interface ConnectionPolicy {
  /** t0 is reached. */
  start(): void;
  /** A connection opened. */
  onOpen(connection: number): void;
  /** An open connection closed. Returns false to leave the matter to the next policy. */
  onClosed(closed: ClosedConnection): boolean;
  /** A connect failed. */
  onFailed(connection: number): void;
  /** True if an error of this connection is the plan's own doing. */
  excuses(connection: number): boolean;
  /** The measured time is over: from now on no connection is cut or reconnected, and no lifetime ends. */
  endMeasure(): void;
  /** No connection may be opened from now on. */
  stop(): void;
}

export interface ClosedConnection {
  readonly connection: number;
  /** Its messages of the measure phase that were in flight. */
  readonly lost: number;
  /** True if the server ended the session on purpose: with a close code that is not an error. */
  readonly byDesign: boolean;
}

/** What the policies of a worker share. Times are microseconds from t0. */
export interface ChurnTools {
  readonly shard: Shard;
  /** Connections of this worker. */
  readonly owned: number;
  readonly pool: Pool;
  readonly places: Places;
  readonly log: ChurnLog;
  readonly timetable: Timetable;
  /** Opens the next connection of this number. */
  readonly connect: (connection: number, plannedUs: number) => void;
  /** Called when a connection stops sending for good. */
  readonly onRetire: (connection: number) => void;
}
