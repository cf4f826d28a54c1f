/** The deliveries of the messages that were due in one second, over all requests and workers. */
import type { FanoutDelta, SparseCounts } from '../interval.js';
import { sumOfPairs } from '../pairs.js';
import { sparseQuantile } from '../sparse-quantile.js';
import { GrowingCounts, type Packer } from './second-counts.js';

/** Which of their times may be kept. */
export const FANOUT_TIMES = ['deliver', 'deliverService', 'first', 'last', 'spread'] as const;
export type FanoutTimeName = (typeof FANOUT_TIMES)[number];

/** What is read of such a second. */
export interface FanoutSecond {
  /** Messages that anybody should have received, those that anybody received in time, and everybody still there. */
  readonly messages: number;
  readonly reachedAny: number;
  readonly reachedAll: number;
  /** In microseconds, as in `FanoutDelta`. */
  counts(name: FanoutTimeName): SparseCounts;
}

export class FanoutSecondSums implements FanoutSecond {
  messages = 0;
  reachedAny = 0;
  reachedAll = 0;
  readonly #times: Readonly<Partial<Record<FanoutTimeName, GrowingCounts>>>;

  constructor(kept: readonly FanoutTimeName[]) {
    this.#times = Object.fromEntries(kept.map((name) => [name, new GrowingCounts()]));
  }

  add(delta: FanoutDelta, packers: ReadonlyMap<FanoutTimeName, Packer>): void {
    this.messages += delta.messages;
    this.reachedAny += delta.reachedAny;
    this.reachedAll += delta.reachedAll;
    for (const [name, packer] of packers) packer.add(this.#times[name]!, delta[name]);
  }

  /** Empty where the time is not kept. They are packed; each call unpacks them. */
  counts(name: FanoutTimeName): SparseCounts {
    return this.#times[name]?.counts ?? [];
  }
}

/** Quantile q, microseconds, of times and of those that have none and rank last; null where it lies among these. */
export function quantileAmong(times: SparseCounts, without: number, q: number): number | null {
  const count = sumOfPairs(times);
  const rank = Math.ceil(q * (count + without));
  return rank > count || count === 0 ? null : sparseQuantile(times, (rank - 0.5) / count);
}
