/**
 * Fewer points for a chart, without losing an extreme: in a day of seconds, a reader looks for the one that stands out.
 */

import type { Numbers } from '../shared/chart-numbers.js';

/** Columns of equal length, over one axis `atS`. */
interface Columns {
  readonly atS: Numbers;
}

/** How many of `rows` are drawn as one pair of points; 1: every row is drawn. */
export function rowsPerPair(rows: number, most: number): number {
  return rows <= most ? 1 : Math.ceil(rows / Math.max(1, Math.floor(most / 2)));
}

/**
 * At most about `most` rows: stretches of equal length become two rows each, one with the least and one with the most
 * of every column, in the order in which they came. No stretch reaches over the start of the measured time, at 0.
 */
export function thinned<T extends Columns>(columns: T, most: number): T {
  const { atS } = columns;
  const perPair = rowsPerPair(atS.length, most);
  if (perPair === 1) return columns;
  const stretches = stretchesOf(atS, perPair);
  const entries = Object.entries(columns) as [string, Numbers][];
  const thin = entries.map(([name, values]) => {
    const two = name === 'atS' ? places : ends;
    return [name, stretches.flatMap((each) => two(values, each))];
  });
  return { ...columns, ...Object.fromEntries(thin) };
}

/** From the first row, to before the last. */
type Stretch = readonly [from: number, to: number];

function stretchesOf(atS: Numbers, rows: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let from = 0; from < atS.length; ) {
    let to = from + 1;
    while (to < atS.length && to - from < rows && (atS[to] ?? 0) < 0 === (atS[from] ?? 0) < 0) to++;
    stretches.push([from, to]);
    from = to;
  }
  return stretches;
}

/** Where the two rows of a stretch lie: at its first row and in its middle. */
function places(values: Numbers, [from, to]: Stretch): (number | null)[] {
  return to - from === 1 ? [values[from]!] : [values[from]!, values[Math.floor((from + to) / 2)]!];
}

function ends(values: Numbers, [from, to]: Stretch): (number | null)[] {
  if (to - from === 1) return [values[from]!];
  let [low, high]: [number | null, number | null] = [null, null];
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value === null) continue;
    if (low === null || value < values[low]!) low = i;
    if (high === null || value > values[high]!) high = i;
  }
  if (low === null || high === null) return [null, null];
  return low <= high ? [values[low]!, values[high]!] : [values[high]!, values[low]!];
}
