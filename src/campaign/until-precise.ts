import type { Extension } from '../coordinator/coordinator.js';
import type { CellResult } from '../metrics/cell-result.js';
import { type Cell, isRamp } from '../plan/cell.js';
import { sends } from '../plan/cells.js';
import { headlineOf, plain } from '../verdict/cell-facts.js';

/** How sure a quantile must be: both ends of its 95 % interval within `share` of it. */
export interface PrecisionGoal {
  readonly quantile: 'p50' | 'p95' | 'p99';
  /** 0 to 1. */
  readonly share: number;
  /** Measured time that no cell goes beyond, ms. */
  readonly maxDurationMs: number;
}

const STEP_MS = 10_000;

/** Keeps a cell going, 10 s at a time, until its quantile is sure enough. A cell without such a quantile takes its planned time. */
export class UntilPrecise implements Extension {
  readonly #goal: PrecisionGoal;
  readonly #durationsMs = new Map<string, number>();

  constructor(goal: PrecisionGoal) {
    this.#goal = goal;
  }

  longestMs(cell: Cell): number {
    return hasQuantiles(cell) ? Math.max(cell.durationMs, this.#goal.maxDurationMs) : cell.durationMs;
  }

  /** Messages in flight at this moment rank last in `soFar`, so it errs towards going on. */
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

/** Whether there is a quantile to become sure of. */
function hasQuantiles(cell: Cell): boolean {
  return !isRamp(cell) && sends(cell) && cell.reply.match !== 'none';
}

/** How far the farther end of the quantile's interval lies from it, as a share of it; null where it has none. */
export function spreadOf(result: CellResult, quantile: PrecisionGoal['quantile']): number | null {
  const headline = headlineOf(result);
  const us = headline === null ? null : plain(headline, quantile);
  const ci = headline?.ci[quantile];
  return us === null || ci === undefined ? null : Math.max(ci[1] - us, us - ci[0]) / us;
}

/** Cells that did not become as sure as was asked for, of those planned ones that could. */
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
