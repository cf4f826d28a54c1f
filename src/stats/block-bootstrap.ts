/**
 * Moving-block bootstrap over seconds: seconds next to each other are alike (a stall lasts), so they are drawn in blocks.
 * Source: H. R. Künsch, The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17 (1989).
 */
import { rankOf } from './quantile-interval.js';
import type { Rng } from './rng.js';

/** Resamples: enough for a 95 % percentile interval to settle, cheap enough for every distribution of every cell. */
const RESAMPLES = 200;

/**
 * Counts per row (second) and column (value class, rising). The last column holds what has no value and ranks last.
 * Kept as sums over all rows before and all columns up to one, so that a block of rows costs one subtraction.
 */
export class CountTable {
  readonly rows: number;
  readonly columns: number;
  readonly #sums: Float64Array;

  constructor(rows: number, columns: number, countsOf: (row: number, into: Float64Array) => void) {
    this.rows = rows;
    this.columns = columns;
    this.#sums = new Float64Array((rows + 1) * columns);
    const counts = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      counts.fill(0);
      countsOf(row, counts);
      const above = row * columns;
      let running = 0;
      for (let column = 0; column < columns; column++) {
        running += counts[column]!;
        this.#sums[above + columns + column] = this.#sums[above + column]! + running;
      }
    }
  }

  /** Samples in the given blocks of rows that lie in `column` or before. */
  upTo(column: number, starts: readonly number[], ends: readonly number[]): number {
    let sum = 0;
    for (let i = 0; i < starts.length; i++) {
      sum += this.#sums[ends[i]! * this.columns + column]! - this.#sums[starts[i]! * this.columns + column]!;
    }
    return sum;
  }
}

/** Rows per block: the cube root of their number, the usual order for a variance. */
export function blockLength(rows: number): number {
  return Math.max(1, Math.round(Math.cbrt(rows)));
}

/**
 * 95 % percentile interval of each quantile as columns [low, high] of the table; null where the table is empty.
 * Same table, same generator state, same answer.
 */
export function bootstrapColumns(
  table: CountTable,
  quantiles: readonly number[],
  rng: Rng,
): readonly (readonly [low: number, high: number] | null)[] {
  const found: number[][] = quantiles.map(() => []);
  const block = blockLength(table.rows);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const { starts, ends } = drawBlocks(table.rows, block, rng);
    const n = table.upTo(table.columns - 1, starts, ends);
    if (n === 0) continue;
    quantiles.forEach((q, i) => {
      found[i]!.push(columnOfRank(table, rankOf(n, q), starts, ends));
    });
  }
  return found.map(middle95);
}

/** Blocks [start, end) of neighbouring rows, drawn with replacement; as many rows in all as there are. */
export function drawBlocks(rows: number, block: number, rng: Rng): { starts: number[]; ends: number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let drawn = 0; drawn < rows; drawn += block) {
    const start = rng.below(rows - block + 1);
    starts.push(start);
    ends.push(start + Math.min(block, rows - drawn));
  }
  return { starts, ends };
}

/** The first column at which the running count reaches `rank`. */
function columnOfRank(table: CountTable, rank: number, starts: readonly number[], ends: readonly number[]): number {
  let low = 0;
  let high = table.columns - 1;
  while (low < high) {
    const half = (low + high) >> 1;
    if (table.upTo(half, starts, ends) >= rank) high = half;
    else low = half + 1;
  }
  return low;
}

function middle95(columns: number[]): readonly [number, number] | null {
  if (columns.length === 0) return null;
  columns.sort((a, b) => a - b);
  const last = columns.length - 1;
  return [columns[Math.floor(0.025 * last)]!, columns[Math.ceil(0.975 * last)]!];
}
