import { type Row, type Rows, rowAt } from './rows.js';
import { FIRST_SEQUENCE, SEQUENCE_DIGITS } from './sequence.js';

/**
 * Sequence numbers and rows of data. Each is given out once in a run; both continue from cell to cell.
 * - Message k of connection c out of N has number `k N + c`, counted from the numbers of earlier cells.
 * - Life l of connection c has row `l N + c`, counted from the rows of earlier cells.
 *
 * So both are the same for any number of workers. Example: the first cell has 4 connections, and
 * connection 2 is replaced once. Their first lives have rows 0 to 3, the second life of connection 2 has row 6, and the
 * next cell begins with row 8.
 *
 * The test connection takes the last numbers and the last row, so that the first cell begins with the first of each.
 */

/** `cycle`: after the last row comes the first again. `never`: each row is used once in a run. */
export type Reuse = 'cycle' | 'never';

/** How many numbers and rows the cells before have used. */
export interface Used {
  readonly numbers: number;
  readonly rows: number;
}

export const NOTHING_USED: Used = { numbers: 0, rows: 0 };
/** All numbers of ten digits. */
export const NUMBERS = 10 ** SEQUENCE_DIGITS - FIRST_SEQUENCE;

/**
 * The test connections of a run take the last numbers, which no cell reaches. `left`: how many are still to be sent.
 * `largest`: the largest number that the protocol may have.
 */
export function usedBeforeCanary(left: number, largest = 10 ** SEQUENCE_DIGITS - 1): Used {
  return { numbers: largest - FIRST_SEQUENCE + 1 - left, rows: 0 };
}

/** The row of the test connection; undefined if there are no rows. */
export function canaryRow(data: readonly Row[]): Row | undefined {
  return data[data.length - 1];
}

/** How many of all rows the cells of a run may use. */
function rowsForCells(total: number, reuse: Reuse): number {
  return reuse === 'never' ? Math.max(0, total - 1) : total;
}

/** Which row each connection of a cell has now. Connections are numbered over the cell. */
export class RowBook {
  readonly #data: Rows;
  readonly #reuse: Reuse;
  readonly #used: number;
  /** Lives begun on each connection. */
  readonly #lives: Uint32Array;
  #most = 0;

  constructor(data: Rows, reuse: Reuse, used: Used, connections: number) {
    this.#data = data;
    this.#reuse = reuse;
    this.#used = used.rows;
    this.#lives = new Uint32Array(connections);
  }

  /** Begins a life of the connection; false if no row is left for it. */
  begin(connection: number): boolean {
    const lives = this.#lives[connection]! + 1;
    this.#lives[connection] = lives;
    if (lives > this.#most) this.#most = lives;
    return this.#reuse === 'cycle' || this.at(connection) < rowsForCells(this.#data.total, this.#reuse);
  }

  /** The number of the connection's row. */
  at(connection: number): number {
    const lives = Math.max(1, this.#lives[connection]!);
    const row = this.#used + (lives - 1) * this.#lives.length + connection;
    return this.#reuse === 'cycle' && this.#data.total > 0 ? row % this.#data.total : row;
  }

  /** Undefined if there are no rows. */
  row(connection: number): Row | undefined {
    return rowAt(this.#data, this.at(connection));
  }

  /** The most lives any connection had. */
  get most(): number {
    return this.#most;
  }
}
