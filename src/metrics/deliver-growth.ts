import { leastSquares } from '../stats/least-squares.js';
import { middleOfBucket } from './buckets.js';
import type { DeliverGrowth } from './fanout-result.js';
import type { SparseCounts } from './interval.js';

/** A line through fewer seconds says little. */
const FEWEST_SECONDS = 5;

interface SecondSum {
  us: number;
  count: number;
  late: number;
}

/** How the time from send to delivery grows from second to second, by the second in which a message was due. */
export class DeliverGrowthTotals {
  readonly #seconds = new Map<number, SecondSum>();

  /** Adds deliveries of messages that were due in this second of the measure phase, and how many came too late. */
  add(second: number, service: SparseCounts, late: number): void {
    const sum = this.#seconds.get(second) ?? { us: 0, count: 0, late: 0 };
    for (let i = 0; i < service.length; i += 2) {
      sum.us += middleOfBucket(service[i]!) * service[i + 1]!;
      sum.count += service[i + 1]!;
    }
    sum.late += late;
    this.#seconds.set(second, sum);
  }

  /**
   * Deliveries that came too late count as if they had taken the timeout. Those that never came tell of no time: a
   * target that stops to pass messages on does not slow down. Null with too few seconds.
   */
  result(timeoutUs: number): DeliverGrowth | null {
    const points = [...this.#seconds]
      .filter(([, { count, late }]) => count + late > 0)
      .sort(([a], [b]) => a - b)
      .map(([second, { us, count, late }]) => [second, (us + late * timeoutUs) / (count + late)] as const);
    if (points.length < FEWEST_SECONDS) return null;
    const whole = leastSquares(points);
    const late = leastSquares(points.slice(Math.floor(points.length / 2)));
    if (whole === null || late === null) return null;
    return { usPerSecond: whole.slope, r2: whole.r2, lateUsPerSecond: late.slope };
  }
}
