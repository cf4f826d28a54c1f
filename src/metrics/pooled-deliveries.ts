import { bracketsOf } from './brackets.js';
import type { Brackets, Quantiles } from './cell-result.js';
import type { FanoutResult, FanoutTime } from './fanout-result.js';
import { Totals } from './histogram.js';
import { summarize } from './quantiles.js';

/** The deliveries of all requests of a cell together. */
export interface PooledDeliveries {
  readonly deliverUs: Quantiles;
  readonly serviceUs: Quantiles;
  /** Of `deliverUs`; absent where they are not known. */
  readonly brackets?: Brackets | undefined;
  readonly perSecond: number;
  readonly missed: number;
}

/** Null where no message reaches others. */
export function pooledDeliveries(fanouts: readonly FanoutResult[]): PooledDeliveries | null {
  const [first, ...others] = fanouts;
  if (first === undefined) return null;
  const sum = (of: (fanout: FanoutResult) => number) => fanouts.reduce((total, each) => total + of(each), 0);
  const counts = { perSecond: sum(({ perSecond }) => perSecond.delivered), missed: sum(missedOf) };
  if (others.length === 0) {
    const { deliverUs, serviceUs, brackets } = first;
    return { deliverUs, serviceUs, brackets, ...counts };
  }
  const times = { headline: totalsOf(fanouts, 'deliver'), service: totalsOf(fanouts, 'service') };
  const timeoutUs = timeoutOf(fanouts);
  const { missed } = counts;
  const censored =
    timeoutUs === null
      ? { timedOut: 0, otherCensored: missed, timeoutUs: 0 }
      : { timedOut: missed, otherCensored: 0, timeoutUs };
  const summary = (totals: Totals) => summarize(totals, { ...censored, seed: 0 });
  return {
    ...{ deliverUs: summary(times.headline), serviceUs: summary(times.service), ...counts },
    ...(fanouts.some(({ brackets }) => brackets === undefined)
      ? {}
      : { brackets: bracketsOf(times, censored, checkOf(first.brackets!)) }),
  };
}

const missedOf = ({ deliveries }: FanoutResult) => deliveries.missed;

function totalsOf(fanouts: readonly FanoutResult[], time: FanoutTime): Totals {
  const totals = new Totals();
  for (const { histograms } of fanouts) {
    const encoded = histograms[time];
    if (encoded !== null) totals.addTotals(Totals.decode(encoded));
  }
  return totals;
}

/** A quantile among missed deliveries is known to be at least the timeout, which is the same for all requests. */
function timeoutOf(fanouts: readonly FanoutResult[]): number | null {
  for (const { deliverUs } of fanouts) {
    const name = deliverUs.atLeast[0];
    if (name !== undefined) return deliverUs[name];
  }
  return null;
}

/** All requests of a cell have the same instrument check. */
function checkOf({ addedHistogram, missed, unknown }: Brackets): Parameters<typeof bracketsOf>[2] {
  if (unknown === 'off') return null;
  return { added: addedHistogram === null ? new Totals() : Totals.decode(addedHistogram), missed };
}
