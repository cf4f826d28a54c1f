import type { SubscribersResult } from './fairness-result.js';
import type { SubscriberCounts, WorkerTotals } from './interval.js';

/** How many of those with the smallest share are named. */
export const WORST = 10;
/** Points of the curve over all connections. */
const CURVE_POINTS = 100;

/** One connection with the deliveries that it should have had and had. */
interface Subscriber {
  readonly connection: number;
  readonly delivered: number;
  /** Those that it missed included, those it was gone for not. */
  readonly owed: number;
  readonly p50Us?: number | null;
  readonly p99Us?: number | null;
}

/** How evenly deliveries came to the connections; null if no connection was owed any. */
export function subscribersOf(
  workers: readonly Pick<WorkerTotals, 'worker' | 'subscribers'>[],
  count: number,
): SubscribersResult | null {
  const all = workers.flatMap(({ worker, subscribers }) =>
    subscribers === undefined ? [] : own(worker, count, subscribers),
  );
  const owed = all.filter((each) => each.owed > 0);
  if (owed.length === 0) return null;
  const byShare = owed.map((each) => ({ ...each, share: each.delivered / each.owed }));
  byShare.sort((a, b) => a.share - b.share || a.connection - b.connection);
  const missing = byShare.filter(({ share }) => share < 1);
  return {
    count: owed.length,
    jain: jainOf(byShare.map(({ share }) => share)),
    missing: missing.length,
    unreached: missing.filter(({ delivered }) => delivered === 0).length,
    worst: missing.slice(0, WORST).map(({ connection, delivered, owed }) => ({ connection, delivered, owed })),
    curve: thinned(byShare.map(({ share }) => share)),
    ...slowestOf(owed),
  };
}

/** Those whose 99th percentile is the longest, and the curve over all; absent if the cell does not ask for it. */
function slowestOf(owed: readonly Subscriber[]): Pick<SubscribersResult, 'slowest' | 'p99CurveUs'> {
  const timed = owed.flatMap(({ connection, p50Us, p99Us }) =>
    p50Us == null || p99Us == null ? [] : [{ connection, p50Us, p99Us }],
  );
  if (timed.length === 0) return {};
  timed.sort((a, b) => b.p99Us - a.p99Us || a.connection - b.connection);
  return { slowest: timed.slice(0, WORST), p99CurveUs: thinned(timed.map(({ p99Us }) => p99Us).reverse()) };
}

/** Connection i of a worker is connection worker + i x workers of the cell. */
function own(worker: number, workers: number, { delivered, missed, p50Us, p99Us }: SubscriberCounts): Subscriber[] {
  return delivered.map((count, index) => ({
    connection: worker + index * workers,
    delivered: count,
    owed: count + missed[index]!,
    ...(p50Us === undefined ? {} : { p50Us: p50Us[index]!, p99Us: p99Us![index]! }),
  }));
}

/**
 * Jain's fairness index, (sum x)^2 / (n sum x^2): 1 if all have the same, 1 / n if one has all. Null if nobody has any, and
 * of fewer than two.
 */
export function jainOf(shares: readonly number[]): number | null {
  if (shares.length < 2) return null;
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? null : (sum * sum) / (shares.length * squares);
}

/** At most `CURVE_POINTS` of sorted values, first and last included. */
export function thinned(values: readonly number[]): number[] {
  if (values.length <= CURVE_POINTS) return [...values];
  const step = (values.length - 1) / (CURVE_POINTS - 1);
  return Array.from({ length: CURVE_POINTS }, (_, i) => values[Math.round(i * step)]!);
}
