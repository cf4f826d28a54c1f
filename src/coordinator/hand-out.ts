import { type Problem, profileError } from '../errors.js';
import type { WorkerTotals } from '../metrics/interval.js';
import { type Cell, peakConnections } from '../plan/cell.js';
import { NOTHING_USED, NUMBERS, type Reuse, type Used } from '../plan/hand-out.js';
import type { Plan } from '../plan/plan.js';
import type { Profile } from '../profile/profile.js';

/** Gives each cell of a run the numbers and rows that follow those of the cells before it. */
export class HandOut {
  #used = NOTHING_USED;
  #before = NOTHING_USED;

  /** The numbers and rows used before the cell that begins now. */
  next(): Used {
    this.#before = this.#used;
    return this.#used;
  }

  /** Gives out the same ones again: a null twin sends the messages of its cell to another server. */
  again(): Pick<HandOut, 'next' | 'spend'> {
    return { next: () => this.#before, spend: () => {} };
  }

  /**
   * Notes what a finished cell used: the most that was told. A lost worker is assumed to have sent as many per connection
   * as the others.
   */
  spend(cell: Cell, told: readonly WorkerTotals['used'][]): void {
    const connections = peakConnections(cell);
    const ordinals = told.reduce((most, used) => Math.max(most, used.ordinals), 1);
    const lives = told.reduce((most, used) => Math.max(most, used.lives), 1);
    const numbers = this.#used.numbers + connections * ordinals;
    // At 100,000 messages a second the nine billion numbers last for a day. Then they start again.
    this.#used = { numbers: numbers < NUMBERS / 2 ? numbers : 0, rows: this.#used.rows + connections * lives };
  }
}

/** Throws WsurgeError 104 if a run has too few rows to open every connection once. */
export function refuseRowShortage(
  { data, dataReuse }: Pick<Profile, 'data' | 'dataReuse'>,
  { cells, preWarm, idleMemory }: Pick<Plan, 'cells' | 'preWarm' | 'idleMemory'>,
): void {
  const asides = [preWarm, idleMemory?.cell ?? null].filter((cell) => cell !== null);
  const shortage = rowShortage([...asides, ...cells], data.length, dataReuse);
  if (shortage !== null) throw profileError([shortage]);
}

/**
 * The problem of a plan that needs more rows than there are, if no row may be used twice. Null if there are enough to
 * open every connection once. `rows`: the number of rows.
 */
export function rowShortage(cells: readonly Cell[], rows: number, reuse: Reuse): Problem | null {
  if (rows === 0 || reuse === 'cycle') return null;
  const connections = cells.reduce((sum, cell) => sum + peakConnections(cell), 0);
  if (connections + 1 <= rows) return null;
  return {
    where: 'data',
    message: `${connections} connections and the test connection need a row each, and there are ${rows} (reuse: never)`,
    hint: 'give more rows, or say data: { file: ..., reuse: cycle }',
  };
}
