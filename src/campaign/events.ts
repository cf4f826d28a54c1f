import type { CellResult } from '../metrics/cell-result.js';
import type { Interval } from '../metrics/interval.js';
import type { CellMerger } from '../metrics/merge.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import type { Cell } from '../plan/cell.js';

/** What a cell is doing, in this order. `warmup` is left out where a cell has none. */
export type Phase = 'connect' | 'warmup' | 'measure' | 'drain';

/** Why a cell runs: for its result, to warm up the server, or as the baseline of the cell before it. */
export type CellRole = 'measured' | 'pre-warm' | 'baseline';

/** Everything that happens while a campaign runs, in the order in which it happens. */
export type CampaignEvent =
  /** Before any load: idle connections are about to be held, and how many there will be in the end. */
  | { readonly type: 'idle-memory'; readonly connections: number; readonly of: number }
  /** A cell is about to run. `ordinal` counts from 0. Helper cells (pre-warm, baseline) have no such event. */
  | { readonly type: 'cell-start'; readonly cell: Cell; readonly ordinal: number }
  | { readonly type: 'phase'; readonly phase: Phase; readonly cell: Cell; readonly role: CellRole }
  /** A worker's line, as it arrives. Helper cells give none. */
  | { readonly type: 'line'; readonly line: Interval }
  /** The server's process and this machine in one second of the measured time. */
  | { readonly type: 'server-second'; readonly second: ServerSecond }
  /**
   * Once a second while a cell runs. `measuredMs`: how much of the measured time has passed; null outside of it.
   * `soFar` answers what the cell has come to, at the cost of what is asked for.
   */
  | {
      readonly type: 'second';
      readonly cell: Cell;
      readonly role: CellRole;
      readonly measuredMs: number | null;
      readonly soFar: Pick<CellMerger, 'soFar' | 'latest' | 'durationMs'>;
    }
  /** A cell has its result. */
  | { readonly type: 'cell'; readonly cell: Cell; readonly result: CellResult };

/** Takes every event. A sink never throws, never waits, and may not depend on the order of sinks. */
export type EventSink = (event: CampaignEvent) => void;

/** One sink that hands every event to each of `sinks`. */
export function toAll(sinks: readonly EventSink[]): EventSink {
  return (event) => {
    for (const sink of sinks) sink(event);
  };
}
