import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import { type Cell, isRamp } from '../plan/cell.js';
import { headlineOf, plain } from '../verdict/cell-facts.js';
import type { CellSource } from './cell-source.js';

/** How sure a quantile must be: both ends of its 95 % interval within `share` of it. */
export interface PrecisionGoal {
  readonly quantile: 'p50' | 'p95' | 'p99';
  /** 0 to 1. */
  readonly share: number;
  /** Measured time that no cell goes beyond, ms. */
  readonly maxDurationMs: number;
}

const STEP_MS = 10_000;
/** A first look may be far too wide: what it asks for is not believed beyond this factor. */
const MOST_GROWTH = 4;
const MARK = '~';

/**
 * The cells of a plan, each measured anew and longer until its quantile is sure enough: messages of a cell are planned
 * before it starts, so that one cannot be prolonged while it runs. An interval shrinks with the square root of the time:
 * that gives the next duration, in steps of 10 s.
 */
export class UntilPrecise implements CellSource {
  readonly #cells: Cell[];
  readonly #goal: PrecisionGoal;
  #current: Cell | null = null;

  constructor(cells: readonly Cell[], goal: PrecisionGoal) {
    this.#cells = [...cells];
    this.#goal = goal;
  }

  next(results: readonly CellResult[]): Cell | null {
    const last = results.at(-1);
    const longer = this.#current === null || last === undefined ? null : longerCell(this.#current, last, this.#goal);
    this.#current = longer ?? this.#cells.shift() ?? null;
    return this.#current;
  }

  remaining(): readonly Cell[] {
    return this.#cells;
  }
}

/** The cell measured for longer; null where it is precise enough, may not be longer, or has no such quantile. */
function longerCell(cell: Cell, result: CellResult, goal: PrecisionGoal): Cell | null {
  if (isRamp(cell) || cell.durationMs >= goal.maxDurationMs) return null;
  const share = spreadOf(result, goal.quantile);
  if (share !== null && share <= goal.share) return null;
  const factor = share === null ? MOST_GROWTH : Math.min(MOST_GROWTH, (share / goal.share) ** 2);
  const steps = Math.max(1, Math.ceil((cell.durationMs * (factor - 1)) / STEP_MS));
  const durationMs = Math.min(goal.maxDurationMs, cell.durationMs + steps * STEP_MS);
  return { ...cell, id: `${plannedId(cell.id)}${MARK}${durationMs / 1000}s`, durationMs };
}

/** How far the farther end of the quantile's interval lies from it, as a share of it; null where it has none. */
export function spreadOf(result: CellResult, quantile: PrecisionGoal['quantile']): number | null {
  const headline = headlineOf(result);
  const us = headline === null ? null : plain(headline, quantile);
  const ci = headline?.ci[quantile];
  return us === null || ci === undefined ? null : Math.max(ci[1] - us, us - ci[0]) / us;
}

/** The id in the plan of a cell that was measured for longer. */
export function plannedId(id: string): string {
  return id.split(MARK, 1)[0]!;
}

/** The outcome with the longest look at each cell alone: the shorter ones before it are its preparation. */
export function longestLooks(outcome: RunOutcome): RunOutcome {
  const last = new Map(outcome.cells.map((cell) => [plannedId(cell.id), cell]));
  return { ...outcome, cells: [...last.values()] };
}
