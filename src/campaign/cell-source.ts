import type { CellResult } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';

/** Decides which cell runs next, knowing what came out so far; null ends the campaign. */
export interface CellSource {
  next(resultsSoFar: readonly CellResult[]): Cell | null;
  /** The cells still to come, as far as known. */
  remaining(): readonly Cell[];
}

/** The cells of a plan, one after the other. */
export class FixedList implements CellSource {
  readonly #cells: Cell[];

  constructor(cells: readonly Cell[]) {
    this.#cells = [...cells];
  }

  next(): Cell | null {
    return this.#cells.shift() ?? null;
  }

  remaining(): readonly Cell[] {
    return this.#cells;
  }
}
