/** Interleaved rounds of a whole plan: every metric of every cell, judged together. */
import type { CellResult } from '../../metrics/cell-result.js';
import { asFamily } from './family.js';
import { type ComparedMetric, comparedValue } from './metrics.js';
import { type Pair, type PairedComparison, pairedComparison } from './paired.js';

/** What both builds did in one round: the same cells, in one order. */
export interface CellPairs {
  readonly a: readonly CellResult[];
  readonly b: readonly CellResult[];
}

export interface CellComparison extends PairedComparison {
  readonly cell: string;
  readonly of: ComparedMetric;
  /** Why no round had a value on both sides; null where one had. */
  readonly missing: string | null;
}

/** Cells as they stand in the first round, the metrics of each in their order. `decides`: this is a look. */
export function pairedCells(
  rounds: readonly CellPairs[],
  metrics: readonly ComparedMetric[],
  decides: boolean,
): CellComparison[] {
  const cells = rounds[0]?.a.map(({ id }) => id) ?? [];
  return asFamily(cells.flatMap((cell) => metrics.map((metric) => compareCell(rounds, cell, metric, decides))));
}

function compareCell(
  rounds: readonly CellPairs[],
  cell: string,
  metric: ComparedMetric,
  decides: boolean,
): CellComparison {
  const pairs: Pair[] = [];
  let missing = 'no round was measured';
  for (const round of rounds) {
    const [a, b] = [valueIn(round.a, cell, metric), valueIn(round.b, cell, metric)];
    if (a.value !== null && b.value !== null) pairs.push({ a: a.value, b: b.value });
    else missing = a.reason ?? b.reason ?? missing;
  }
  const comparison = pairedComparison(pairs, metric, decides && pairs.length > 0);
  return { ...comparison, cell, of: metric, missing: pairs.length > 0 ? null : missing };
}

function valueIn(cells: readonly CellResult[], id: string, { key }: ComparedMetric): ReturnType<typeof comparedValue> {
  const cell = cells.find((one) => one.id === id);
  return cell === undefined ? { value: null, reason: 'the cell was not run' } : comparedValue(cell, key);
}

/** Nothing that decides is open any more. A metric that no round had a value for is no question that rounds could answer. */
export function isSettled(comparisons: readonly CellComparison[]): boolean {
  return !comparisons.some(({ of, missing, word }) => of.gate && missing === null && word === 'INCONCLUSIVE');
}
