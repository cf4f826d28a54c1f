/** Facts about a cell that are not in its lines: known at its end, and open while it still runs. */
import type { CellResult, ServerResult } from './cell-result.js';
import type { HostFacts } from './client-result.js';

/** What the merge cannot know from the workers' lines. */
export interface CellContext {
  readonly pacing: string;
  readonly interrupted: boolean;
  readonly phases: CellResult['phases'];
  readonly server: ServerResult;
  readonly host: HostFacts;
  /** Why restarts of the server failed, by the number of the event. */
  readonly restartProblems: ReadonlyMap<number, string>;
  /**
   * The workers' last words are lost, with what they counted apart and which connections answered the last ping: no law
   * can be checked. Absent where they are known.
   */
  readonly withoutTotals?: boolean;
}

/** The parts of a running cell's result that are needed. Each part costs more, the longer the cell has run. */
export interface PartAsked {
  /** Intervals of quantiles over all its seconds. */
  readonly intervals: boolean;
  /** How many of the newest seconds are listed. */
  readonly newestSeconds: number;
}

/** The cheapest part: counters, and quantiles without intervals. Its cost does not grow with the run. */
export const COUNTS_ALONE: PartAsked = { intervals: false, newestSeconds: 0 };

/** A running cell. Its `seconds` are the newest alone, its laws are not checked. */
export interface CellSoFar extends CellResult {
  /** Fewest connections held, over the seconds that every worker has reported; null before the first. */
  readonly heldSoFar: number | null;
}

/** What is not known before the end of the cell. */
export function stillRunning(measuredMs: number): CellContext {
  return {
    pacing: '',
    interrupted: true,
    phases: [{ name: 'measure', fromMs: 0, toMs: measuredMs }],
    server: { status: 'unavailable', engine: null, reason: 'the cell is still running' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
    restartProblems: new Map(),
  };
}
