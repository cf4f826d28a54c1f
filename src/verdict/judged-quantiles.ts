/** The quantiles of a cell that are judged: those in every table, and those that a threshold asks for. */
import { type CellResult, QUANTILES, type QuantileName } from '../metrics/cell-result.js';
import { METRICS } from '../profile/metrics.js';
import type { Threshold } from '../profile/profile.js';
import { TABLE_QUANTILES } from './limits.js';
import { select } from './selection.js';

/** In rising order. For a quantile that no result keeps (p97, p99.5) the next one above it is judged. */
export function judgedQuantiles(cell: CellResult, thresholds: readonly Threshold[]): QuantileName[] {
  const names = Object.keys(QUANTILES) as QuantileName[];
  const judged = new Set<QuantileName>(TABLE_QUANTILES);
  for (const threshold of thresholds) {
    const asked = isAbout(threshold, cell) ? quantileOf(threshold) : null;
    if (asked !== null) judged.add(names.find((name) => QUANTILES[name] >= asked) ?? names.at(-1)!);
  }
  return names.filter((name) => judged.has(name));
}

/** A request's quantiles have brackets of their own, whose two ends decide its thresholds. */
function isAbout(threshold: Threshold, cell: CellResult): boolean {
  if (threshold.selector['request'] !== undefined) return false;
  const { latency } = METRICS[threshold.metric];
  // The times of whole messages have ends of their own as well.
  if (latency === undefined || latency === 'first' || latency === 'last' || latency === 'spread') return false;
  return select(threshold, [cell]).cells.length > 0;
}

function quantileOf({ aggregation }: Threshold): number | null {
  return aggregation.kind === 'percentile' ? aggregation.quantile : null;
}

/** The share of messages beyond the highest printed quantile. A disturbance of fewer messages cannot move it. */
export function tailOf(printed: readonly QuantileName[]): number {
  return 1 - Math.max(...printed.map((name) => QUANTILES[name]));
}
