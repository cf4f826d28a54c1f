/** What the scalability law may say about the steps of a capacity search. */
import type { CellResult } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import { greatestOf } from '../stats/extremes.js';
import { fitScalability, type Scalability } from '../stats/scalability.js';
import { formatCount } from '../units.js';
import type { Asked } from './capacity-answer.js';
import { donePerSecond } from './done.js';

export interface CapacityModelled {
  /** What N counts: connections, or messages in flight. */
  readonly of: string;
  /** The points of the fit: N, and messages per second at N. */
  readonly points: readonly (readonly [n: number, perSecond: number])[];
  readonly fit: Scalability | null;
  readonly claim: string;
}

/**
 * Fits the law to the steps. N is the number of connections if those were searched, else the average number of messages
 * in flight: rate times mean response time (Little's law). Throughput is what the target really did. The caller leaves
 * out steps for which the generator may be to blame. If every step asked for the same rate there is no law, since the
 * plan set the throughput. No peak is claimed beyond the steps.
 */
export function modelOf(cells: readonly CellResult[], axis: Asked['axis']): CapacityModelled {
  const byConnections = axis === 'connections' || axis === 'subscribers';
  const of = byConnections ? 'connections' : 'messages in flight';
  const points = cells.flatMap((cell): [number, number][] => {
    const x = donePerSecond(cell);
    const n = byConnections ? cell.connections.held : (x * (headlineOf(flowOf(cell))?.mean ?? 0)) / 1e6;
    return n > 0 && x > 0 ? [[n, x]] : [];
  });
  const fit = isOneRate(cells) ? null : withinSteps(fitScalability(points), points);
  return { of, points, fit, claim: isOneRate(cells) ? ONE_RATE : claimOf(fit, of) };
}

const ONE_RATE = 'no law: every step asked for the same rate, so the plan set the throughput, not the target';

function isOneRate(cells: readonly CellResult[]): boolean {
  const rates = cells.map(({ rate }) => rate.askedPerSecond);
  return rates.length > 0 && rates.every((rate) => rate !== null && rate === rates[0]);
}

/** Drops a peak that lies beyond the steps, or above any throughput that was measured. */
function withinSteps(fit: Scalability | null, points: CapacityModelled['points']): Scalability | null {
  if (fit?.peakAt == null) return fit;
  const [mostN, mostX] = [0, 1].map((i) => greatestOf(points.map((point) => point[i]!))) as [number, number];
  const isSeen = fit.peakAt.value <= mostN && (fit.peakThroughput ?? 0) <= mostX * ABOVE_DONE;
  return isSeen ? fit : { ...fit, peakAt: null, peakThroughput: null };
}

/** A fitted curve may lie this much above the highest point. */
const ABOVE_DONE = 1.05;

function claimOf(fit: Scalability | null, of: string): string {
  if (fit === null) return 'too few different steps for a model';
  if (fit.peakAt === null) {
    return 'no peak within the steps that were run, and none is claimed beyond them';
  }
  const { value, ci } = fit.peakAt;
  const peak = fit.peakThroughput === null ? '' : `, about ${formatCount(fit.peakThroughput)} msg/s there`;
  return `throughput peaks at N* = ${formatCount(value)} ${of} [${formatCount(ci[0])}, ${formatCount(ci[1])}]${peak}`;
}
