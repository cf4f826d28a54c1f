import type { CellShape } from './table-shape.js';

/** What is about to run, as printed before any load and by `--dry-run`. Plain data. */
export interface PlanSummary {
  readonly name: string;
  /** URL of the target with secrets struck out, or what will be started. */
  readonly target: string;
  readonly cells: readonly PlannedCell[];
  /** Connections opened over the whole run, and the most at one time. */
  readonly connections: number;
  readonly peakConnections: number;
  /** Messages due; null where replies set the pace. */
  readonly messages: number | null;
  readonly workers: number;
  readonly pacing: string;
  /** The client's engine, e.g. `ws`. */
  readonly engine: string;
  readonly totalMs: number;
  /** Of it, for the null twins; 0 where none is run. */
  readonly twinMs: number;
  /** Of it, for connections held idle before the load; 0 where none are. */
  readonly idleMs: number;
  /** What it may come to where cells are measured until they are precise; else `totalMs`. */
  readonly longestMs: number;
  /** In-flight tables of all workers, bytes; null where nobody asked. */
  readonly memoryBytes: number | null;
}

export interface PlannedCell extends CellShape {
  readonly durationMs: number;
  /** Messages due in the measure phase; null where replies set the pace. */
  readonly messages: number | null;
}
