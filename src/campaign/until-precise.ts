import type { Extension } from '../coordinator/coordinator.js';
import type { CellResult } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import { type Cell, hasReplies, isRamp } from '../plan/cell.js';
import { sends } from '../plan/cells.js';
import { plain } from '../verdict/cell-facts.js';

/** How sure a quantile must be: both ends of its 95 % interval within `share` of it. */
export interface PrecisionGoal {
  readonly quantile: 'p50' | 'p95' | 'p99';
  /** 0 to 1. */
  readonly share: number;
  /** The longest measured time of a cell, ms. */
  readonly maxDurationMs: number;
}

const STEP_MS = 10_000;

/** Extends a cell, 10 s at a time, until its interval is narrow enough. A cell without the quantile is not extended. */
export class UntilPrecise implements Extension {
  readonly #goal: PrecisionGoal;
  readonly #durationsMs = new Map<string, number>();

  constructor(goal: PrecisionGoal) {
    this.#goal = goal;
  }

  longestMs(cell: Cell): number {
    return hasQuantiles(cell) ? Math.max(cell.durationMs, this.#goal.maxDurationMs) : cell.durationMs;
  }

  /** Messages still in flight rank last in `soFar`, so the decision errs towards measuring longer. */
  durationMs(cell: Cell, nowMs: number, soFar: CellResult): number {
    const share = spreadOf(soFar, this.#goal.quantile);
    const isEnough = share !== null && share <= this.#goal.share;
    const durationMs = isEnough ? nowMs : Math.min(this.longestMs(cell), nowMs + STEP_MS);
    this.#durationsMs.set(cell.id, durationMs);
    return durationMs;
  }

  measured(cell: Cell): Cell {
    return { ...cell, durationMs: this.#durationsMs.get(cell.id) ?? cell.durationMs };
  }
}

/** True if the cell has the quantile at all. */
function hasQuantiles(cell: Cell): boolean {
  return !isRamp(cell) && sends(cell) && hasReplies(cell);
}

/** How far the farther end of the quantile's interval lies from it, as a share of it; null where it has none. */
export function spreadOf(result: CellResult, quantile: PrecisionGoal['quantile']): number | null {
  const headline = headlineOf(flowOf(result));
  const us = headline === null ? null : plain(headline, quantile);
  const ci = headline?.ci[quantile];
  return us === null || ci === undefined ? null : Math.max(ci[1] - us, us - ci[0]) / us;
}

/** Cells whose interval is wider than asked for, among the planned cells that have the quantile. */
export function imprecise(
  results: readonly CellResult[],
  planned: readonly Cell[],
  { quantile, share }: PrecisionGoal,
): string[] {
  const percent = (value: number) => Number((value * 100).toPrecision(2));
  const aiming = new Set(planned.filter(hasQuantiles).map(({ id }) => id));
  return results.flatMap((result) => {
    const spread = spreadOf(result, quantile);
    if (result.interrupted || !aiming.has(result.id) || (spread !== null && spread <= share)) return [];
    const text = spread === null ? 'it has no interval' : `its interval reaches ${percent(spread)} % from it`;
    return [`${result.id}: ${quantile} is not sure to ${percent(share)} %: ${text}; a longer --max-duration may do`];
  });
}
