import { type Cell, hasChurn, peakConnections } from './cell.js';
import type { Reuse, Used } from './hand-out.js';

/** Some of the workers of a cell: `from` up to, but not with, `to` of `workers`. */
export interface WorkerRange {
  readonly cell: Cell;
  readonly from: number;
  readonly to: number;
  readonly workers: number;
}

/**
 * The numbers of all rows that the connections of some workers can get in a cell, ascending. `used`: what the cells
 * before have used. Without churn a connection has one life, so one row. With churn it may have any number of lives: its
 * row moves on by the number of connections with each of them.
 *
 * Example: of 4 connections and 10 rows, worker 1 of 2 has connections 1 and 3. Its rows are 1 and 3; with churn 1, 3, 5,
 * 7 and 9.
 */
export function rowNumbers(range: WorkerRange, total: number, reuse: Reuse, used: Used): number[] {
  const { cell, from, to, workers } = range;
  const connections = peakConnections(cell);
  const stride = hasChurn(cell) ? strideOf(connections, total, reuse) : Number.POSITIVE_INFINITY;
  const numbers = new Set<number>();
  const add = (first: number) => {
    if (reuse === 'never') for (let row = first; row < total; row += stride) numbers.add(row);
    else if (total === 0 || numbers.has(first % total)) return;
    else if (stride === Number.POSITIVE_INFINITY) numbers.add(first % total);
    else for (let row = first % stride; row < total; row += stride) numbers.add(row);
  };
  for (let worker = from; worker < to; worker++) {
    for (let connection = worker; connection < connections; connection += workers) add(used.rows + connection);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** How far apart the rows of one connection are: with a cycle it comes to rows between those of the first round. */
function strideOf(connections: number, total: number, reuse: Reuse): number {
  return reuse === 'never' ? connections : greatestDivisor(connections, total);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
