/**
 * The scalability law through the steps of a capacity search, drawn out: a curve, its band, and what it was fitted to.
 */

import type { CapacityDocument } from '../../documents/capacity-document.js';
import { scalabilityCurve } from '../../stats/scalability.js';
import { formatCount } from '../../units.js';
import type { Fact } from '../shared/page-parts.js';

export interface CapacityLaw {
  /** What stands for N. */
  readonly of: string;
  /** What is done: `msg/s`, `deliveries/s`. */
  readonly unit: string;
  readonly claim: string;
  /** In rising order of N. */
  readonly points: { readonly n: readonly number[]; readonly perSecond: readonly number[] };
  /** Empty where there is no fit. `high` is null where the band has no upper end. */
  readonly curve: {
    readonly n: readonly number[];
    readonly perSecond: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly (number | null)[];
  };
  /** N*; null where no peak is claimed. */
  readonly peak: number | null;
  readonly facts: readonly Fact[];
}

/** Points of the curve. It goes from the first step to the last, since nothing is known of other loads. */
const PLACES = 60;

export function capacityLaw({ model, search }: CapacityDocument): CapacityLaw {
  const unit = search.done === 'deliveries' ? 'deliveries/s' : 'msg/s';
  const points = [...(model.points ?? [])].sort(([a], [b]) => a - b);
  const first = points[0]?.[0] ?? 1;
  const last = points.at(-1)?.[0] ?? 1;
  const peak = model.fit?.peakAt?.value ?? null;
  const at = Array.from({ length: PLACES }, (_, i) => first + ((last - first) * i) / (PLACES - 1));
  const curve = model.fit === null ? [] : scalabilityCurve(points, at);
  return {
    of: model.of,
    unit,
    claim: model.claim,
    points: { n: points.map(([n]) => figures(n)), perSecond: points.map(([, x]) => figures(x)) },
    curve: {
      n: curve.map(({ n }) => figures(n)),
      perSecond: curve.map(({ throughput }) => figures(throughput)),
      low: curve.map(({ low }) => figures(low)),
      high: curve.map(({ high }) => (high === null ? null : figures(high))),
    },
    peak,
    facts: factsOf(model, unit),
  };
}

/** Five figures are more than any chart shows. */
function figures(value: number): number {
  return Number(value.toPrecision(5));
}

function factsOf({ fit, of }: CapacityDocument['model'], unit: string): Fact[] {
  if (fit === null) return [];
  const { lambda, sigma, kappa, peakAt, points } = fit;
  const estimate = ({ value, ci }: typeof lambda) =>
    `${shortNumber(value)} [${shortNumber(ci[0])}, ${shortNumber(ci[1])}]`;
  return [
    ['One alone (lambda)', `${estimate(lambda)} ${unit}`],
    ['Contention (sigma)', estimate(sigma)],
    ['Coherency (kappa)', estimate(kappa)],
    ['Peak (N*)', peakAt === null ? 'none is claimed' : `${estimate(peakAt)} ${of}`],
    ['Fitted to', `${points} steps`],
  ];
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1000 ? formatCount(value) : String(Number(value.toPrecision(3)));
}
