/** What the scalability law may say about the steps of a capacity search. */
import type { CellResult } from '../metrics/cell-result.js';
import { fitScalability, type Scalability } from '../stats/scalability.js';
import { formatCount } from '../units.js';
import { headlineOf } from './cell-facts.js';

export interface CapacityModelled {
  /** What stands for N. */
  readonly of: string;
  /** What it was fitted to: N, and messages per second there. */
  readonly points: readonly (readonly [n: number, perSecond: number])[];
  readonly fit: Scalability | null;
  readonly claim: string;
}

/**
 * The law through the steps: N is the connections where those were searched; else the messages in flight on average, by
 * Little's law rate times mean response time. Steps of which the generator may be to blame must be left out by the
 * caller.
 */
export function modelOf(cells: readonly CellResult[], axis: 'connections' | 'rate' | 'both'): CapacityModelled {
  const byConnections = axis === 'connections';
  const of = byConnections ? 'connections' : 'messages in flight';
  const points = cells.flatMap((cell): [number, number][] => {
    const x = cell.rate.answeredPerSecond;
    const n = byConnections ? cell.connections.held : (x * (headlineOf(cell)?.mean ?? 0)) / 1e6;
    return n > 0 && x > 0 ? [[n, x]] : [];
  });
  const fit = fitScalability(points);
  return { of, points, fit, claim: claimOf(fit, of) };
}

function claimOf(fit: Scalability | null, of: string): string {
  if (fit === null) return 'too few different steps for a model';
  if (fit.peakAt === null) {
    return 'coherency (kappa) is not distinguishable from 0: no peak is claimed beyond the steps that were run';
  }
  const { value, ci } = fit.peakAt;
  const peak = fit.peakThroughput === null ? '' : `, about ${formatCount(fit.peakThroughput)} msg/s there`;
  return `throughput peaks at N* = ${formatCount(value)} ${of} [${formatCount(ci[0])}, ${formatCount(ci[1])}]${peak}`;
}
