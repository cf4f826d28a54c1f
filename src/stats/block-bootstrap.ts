/**
 * Moving-block bootstrap over seconds. Neighbouring seconds are alike (a stall lasts), so they are drawn in blocks.
 * Source: H. R. Künsch, The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17
 * (1989).
 */
import type { Range } from './intervals.js';
import { rankOf } from './quantile-interval.js';
import type { Rng } from './rng.js';

/** Resamples: enough for a 95 % percentile interval to settle, cheap enough for every distribution of every cell. */
const RESAMPLES = 200;

/**
 * Counts per row (second) and column (value class, rising). The last column counts samples without a value, which rank
 * last. Stored as sums over all earlier rows and columns, so that a block of rows costs one subtraction.
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

  /** The number of samples in the given blocks of rows that lie in `column` or an earlier one. */
  upTo(column: number, starts: readonly number[], ends: readonly number[]): number {
    let sum = 0;
    for (let i = 0; i < starts.length; i++) {
      sum += this.#sums[ends[i]! * this.columns + column]! - this.#sums[starts[i]! * this.columns + column]!;
    }
    return sum;
  }
}

/** Rows per block: the cube root of the number of rows, the usual order for a variance. */
export function blockLength(rows: number): number {
  return Math.max(1, Math.round(Math.cbrt(rows)));
}

/** Resampled rows: blocks [start, end) of neighbours. */
export interface DrawnRows {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The value of a statistic for each resample. The same rows and generator state give the same answer. */
export function resampleRows<T>(
  rows: number,
  rng: Rng,
  statistic: (drawn: DrawnRows) => T,
  resamples = RESAMPLES,
): readonly T[] {
  const block = blockLength(rows);
  return Array.from({ length: resamples }, () => statistic(drawBlocks(rows, block, rng)));
}

/** The column that holds quantile q of the drawn rows; null if they hold no samples. */
export function quantileColumn(table: CountTable, q: number, { starts, ends }: DrawnRows): number | null {
  const n = table.upTo(table.columns - 1, starts, ends);
  return n === 0 ? null : columnOfRank(table, rankOf(n, q), starts, ends);
}

/** 95 % percentile interval of each quantile as columns [low, high] of the table; null if the table is empty. */
export function bootstrapColumns(
  table: CountTable,
  quantiles: readonly number[],
  rng: Rng,
): readonly (readonly [low: number, high: number] | null)[] {
  const resamples = resampleRows(table.rows, rng, (drawn) => quantiles.map((q) => quantileColumn(table, q, drawn)));
  return quantiles.map((_, i) => middle95(resamples.flatMap((columns) => columns[i] ?? [])));
}

/** Draws blocks [start, end) of neighbouring rows with replacement, until there are as many rows as in the table. */
export function drawBlocks(rows: number, block: number, rng: Rng): DrawnRows {
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

/** The middle 95 % of values; null if there are none. */
export function middle95(values: readonly number[]): Range | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const last = sorted.length - 1;
  return [sorted[Math.floor(0.025 * last)]!, sorted[Math.ceil(0.975 * last)]!];
}
