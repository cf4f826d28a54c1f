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
  /** The part of `totalMs` for the null twins; 0 without them. */
  readonly twinMs: number;
  /** The part of `totalMs` for connections held idle before the load; 0 without them. */
  readonly idleMs: number;
  /** The longest time with `--until-ci`; without it `totalMs`. */
  readonly longestMs: number;
  /** In-flight tables of all workers, bytes; null where it is not shown. */
  readonly memoryBytes: number | null;
}

export interface PlannedCell extends CellShape {
  readonly durationMs: number;
  /** Messages due in the measure phase; null where replies set the pace. */
  readonly messages: number | null;
}
