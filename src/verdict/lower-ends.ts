/**
 * The lower end of a latency that a threshold limits: the part of the service time that the way back cannot explain.
 */
import { lowerEndsOf } from '../metrics/brackets.js';
import type { CellResult } from '../metrics/cell-result.js';
import { unansweredOf } from '../metrics/censored.js';
import { flowOf } from '../metrics/flow.js';
import { Totals } from '../metrics/histogram.js';

/**
 * Quantiles that split the distribution of a cell into parts. Every message of a part is at least as slow as its start.
 */
const GRID = [
  ...Array.from({ length: 19 }, (_, i) => i / 20),
  ...[0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 0.9995, 1],
];

interface Part {
  readonly service: Totals;
  readonly unanswered: number;
  readonly cell: CellResult;
}

/** The lower end of quantile q over all messages of the cells, microseconds; null if none was answered. */
export function lowerEndOf(cells: readonly CellResult[], q: number): number | null {
  const parts = partsOf(cells);
  const [first, ...others] = parts;
  if (first === undefined) return null;
  if (others.length === 0) return lowerEndsOf(first.service, first.unanswered, first.cell.brackets)(q);
  if (parts.every(({ cell }) => cell.brackets === undefined || cell.brackets.unknown !== null))
    return measured(parts, q);
  const steps = parts.flatMap(stepsOf).sort((a, b) => a.us - b.us);
  const rank = q * parts.reduce((sum, { service, unanswered }) => sum + service.count + unanswered, 0);
  let seen = 0;
  for (const { us, count } of steps) {
    seen += count;
    if (seen >= rank) return us;
  }
  return steps.at(-1)!.us;
}

/** The quantile of all service times as they were measured. */
function measured(parts: readonly Part[], q: number): number {
  const totals = new Totals();
  for (const { service } of parts) totals.addTotals(service);
  const unanswered = parts.reduce((sum, part) => sum + part.unanswered, 0);
  return lowerEndsOf(totals, unanswered, undefined)(q);
}

/** The lower end of the mean: the mean without what the way back added on average. Null if no message was answered. */
export function lowerMeanOf(cells: readonly CellResult[]): number | null {
  const parts = partsOf(cells);
  let sum = 0;
  let count = 0;
  for (const { service, cell } of parts) {
    const { brackets } = cell;
    const known = brackets !== undefined && brackets.unknown === null ? brackets.addedHistogram : null;
    const added = known === null ? 0 : (Totals.decode(known).mean ?? 0);
    sum += Math.max(0, service.mean! - added) * service.count;
    count += service.count;
  }
  return count === 0 ? null : sum / count;
}

function partsOf(cells: readonly CellResult[]): Part[] {
  return cells.flatMap((cell) => {
    const { histograms, messages, waitAndService = histograms.service } = flowOf(cell);
    if (waitAndService === null) return [];
    const service = Totals.decode(waitAndService);
    return service.count === 0 ? [] : [{ service, unanswered: unansweredOf(messages), cell }];
  });
}

/** The answered messages of a cell in steps: `count` messages that took at least `us`. */
function stepsOf({ service, unanswered, cell }: Part): { readonly us: number; readonly count: number }[] {
  const n = service.count + unanswered;
  const at = lowerEndsOf(service, unanswered, cell.brackets);
  return GRID.slice(0, -1).flatMap((q, i) => {
    const count = Math.min(GRID[i + 1]! * n, service.count) - q * n;
    return count <= 0 ? [] : [{ us: q === 0 ? 0 : at(q), count }];
  });
}
