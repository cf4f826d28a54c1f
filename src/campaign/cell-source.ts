import type { CellResult } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';

/** Decides which cell runs next; null ends the campaign. The result of a cell is told before the next is asked for. */
export interface CellSource {
  next(): Cell | null;
  /** Takes in the result of the cell that `next` gave last. Called once for each. */
  settle(result: CellResult): void;
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

  /** The list stays as it is, whatever came out. */
  settle(): void {}

  remaining(): readonly Cell[] {
    return this.#cells;
  }
}
