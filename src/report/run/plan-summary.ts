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
  /** How many agents share the workers; absent where this machine makes the load. */
  readonly agents?: number;
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
  /** Memory in which deliveries are followed, bytes; 0 or absent if nothing is sent to many. */
  readonly boardBytes?: number;
}

export interface PlannedCell extends CellShape {
  readonly durationMs: number;
  /** Messages due in the measure phase; null where replies set the pace. */
  readonly messages: number | null;
  /** With `--dry-run`: what connection 0 would say; null where the profile has no word about it. */
  readonly says?: Spoken | null;
}

/** What one connection would say. Texts are safe to print: escaped, secrets struck out. */
export interface Spoken {
  readonly protocol: string;
  readonly pick: 'weighted' | 'in turn';
  /** True if a script says more than is shown. */
  readonly hasScript: boolean;
  readonly steps: readonly SpokenStep[];
  readonly requests: readonly SpokenRequest[];
}

export interface SpokenStep {
  readonly name: string;
  /** Null: it only waits. */
  readonly sends: string | null;
  /** Completes "a message that ..."; null: it is done when sent. */
  readonly expects: string | null;
  /** Names of the values that it captures. */
  readonly captures: readonly string[];
  readonly waitMs: number;
  readonly repeat: number;
}

export interface SpokenRequest {
  readonly name: string;
  readonly weight: number;
  /** With the number of the first such message of the connection; null if a script builds it. */
  readonly sends: string | null;
  readonly expects: string | null;
  readonly captures: readonly string[];
  /**
   * How many messages of it are due, over all connections; null where replies set the pace, or if there are too many
   * to be counted.
   */
  readonly planned: { readonly warmup: number; readonly measure: number } | null;
  /** True: it has no reply of its own. */
  readonly silent?: true;
  /** Absent if it is not sent to many. */
  readonly reaches?: SpokenReach;
}

/** Who receives a message that is sent to many, with all connections open. */
export interface SpokenReach {
  readonly whom: 'all' | 'room' | 'others';
  /** False if the load has no rooms. */
  readonly isInRooms: boolean;
  /** Of the message with the fewest receivers, and of the one with the most. */
  readonly fewest: number;
  readonly most: number;
  /** True if not all connections are open all the time, so that fewer deliveries are owed. */
  readonly isAtMost: boolean;
  /** Null as `planned`. */
  readonly deliveries: { readonly warmup: number; readonly measure: number } | null;
}
