/**
 * The lower end of a time that a threshold limits: the part of it, from the send, that the way back cannot explain.
 */
import { lowerEndsOf, type WaysBack } from '../metrics/brackets.js';
import type { Brackets, CellResult } from '../metrics/cell-result.js';
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

/** Times of one cell from the send, with what the instrument check found there. */
export interface ServedPart extends WaysBack {
  /** Not empty. */
  readonly service: Totals;
  readonly unanswered: number;
  readonly brackets: Brackets | undefined;
}

/** The lower end of quantile q over all messages of the cells, microseconds; null if none was answered. */
export function lowerEndOf(cells: readonly CellResult[], q: number): number | null {
  return lowerEndOfParts(partsOf(cells), q);
}

/** The lower end of the mean: the mean without what the way back added on average. Null if no message was answered. */
export function lowerMeanOf(cells: readonly CellResult[]): number | null {
  return lowerMeanOfParts(partsOf(cells));
}

/** The lower end of quantile q over all parts, microseconds; null without parts. */
export function lowerEndOfParts(parts: readonly ServedPart[], q: number): number | null {
  const [first, ...others] = parts;
  if (first === undefined) return null;
  if (others.length === 0) return lowerEnds(first)(q);
  if (parts.every(({ brackets }) => brackets === undefined || brackets.unknown !== null)) return measured(parts, q);
  const steps = parts.flatMap(stepsOf).sort((a, b) => a.us - b.us);
  const rank = q * parts.reduce((sum, { service, unanswered }) => sum + service.count + unanswered, 0);
  let seen = 0;
  for (const { us, count } of steps) {
    seen += count;
    if (seen >= rank) return us;
  }
  return steps.at(-1)!.us;
}

/** The mean without what the way back added on average, microseconds; null without parts. */
export function lowerMeanOfParts(parts: readonly ServedPart[]): number | null {
  let sum = 0;
  let count = 0;
  for (const { service, brackets, draws = 1 } of parts) {
    const known = brackets !== undefined && brackets.unknown === null ? brackets.addedHistogram : null;
    const added = known === null ? 0 : (Totals.decode(known).mean ?? 0);
    // The slowest of some takes no longer than all of them together.
    sum += Math.max(0, service.mean! - added * draws) * service.count;
    count += service.count;
  }
  return count === 0 ? null : sum / count;
}

/** The quantile of all service times as they were measured. */
function measured(parts: readonly ServedPart[], q: number): number {
  const totals = new Totals();
  for (const { service } of parts) totals.addTotals(service);
  const unanswered = parts.reduce((sum, part) => sum + part.unanswered, 0);
  return lowerEndsOf(totals, unanswered, undefined)(q);
}

function partsOf(cells: readonly CellResult[]): ServedPart[] {
  return cells.flatMap((cell) => {
    const { histograms, messages, waitAndService = histograms.service } = flowOf(cell);
    if (waitAndService === null) return [];
    const service = Totals.decode(waitAndService);
    return service.count === 0 ? [] : [{ service, unanswered: unansweredOf(messages), brackets: cell.brackets }];
  });
}

function lowerEnds({ service, unanswered, brackets, ...waysBack }: ServedPart): (q: number) => number {
  return lowerEndsOf(service, unanswered, brackets, waysBack);
}

/** The answered messages of a cell in steps: `count` messages that took at least `us`. */
function stepsOf(part: ServedPart): { readonly us: number; readonly count: number }[] {
  const { service, unanswered } = part;
  const n = service.count + unanswered;
  const at = lowerEnds(part);
  return GRID.slice(0, -1).flatMap((q, i) => {
    const count = Math.min(GRID[i + 1]! * n, service.count) - q * n;
    return count <= 0 ? [] : [{ us: q === 0 ? 0 : at(q), count }];
  });
}
