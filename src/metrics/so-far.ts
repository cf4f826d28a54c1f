/** Facts about a cell that its lines do not contain. They are known at its end, and unknown while it runs. */
import type { AgentResult } from './agent-result.js';
import type { CellResult, ServerResult } from './cell-result.js';
import type { HostFacts } from './client-result.js';

/** The facts that the workers' lines do not contain. */
export interface CellContext {
  readonly pacing: string;
  readonly interrupted: boolean;
  readonly phases: CellResult['phases'];
  readonly server: ServerResult;
  readonly host: HostFacts;
  /** The agents that made the load; absent if this machine made it. */
  readonly agents?: readonly AgentResult[];
  /** Why restarts of the server failed, by event number. */
  readonly restartProblems: ReadonlyMap<number, string>;
  /**
   * True if the workers' totals are lost, with their own counts and the connections that answered the last ping: then
   * no law can be checked. Absent if the totals are known.
   */
  readonly withoutTotals?: boolean;
}

/** The requested parts of a running cell's result. Their cost grows with the time that the cell has run. */
export interface PartAsked {
  /** Intervals of quantiles over all seconds. */
  readonly intervals: boolean;
  /** How many of the newest seconds to list. */
  readonly newestSeconds: number;
  /** The histograms as texts, and the brackets. Without them, the texts are null or empty, and there are no brackets. */
  readonly histograms: boolean;
  /** What each worker tells of itself. Without it, `client.workers` is empty. */
  readonly client: boolean;
}

/** The cheapest request: counters, and quantiles without intervals. Its cost does not grow with the run. */
export const COUNTS_ALONE: PartAsked = { intervals: false, newestSeconds: 0, histograms: false, client: false };

/** A running cell. `seconds` holds only the newest ones, and laws are not checked. */
export interface CellSoFar extends CellResult {
  /** Fewest connections held, over the seconds that every worker has reported; null before the first. */
  readonly heldSoFar: number | null;
}

/** The facts of a cell that is still running. */
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
