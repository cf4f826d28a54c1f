/** When further rounds of an interleaved comparison cannot change its exit code. */
import { studentQuantile } from '../../stats/student-t.js';
import type { CellComparison } from './compare-runs.js';
import { logMargin, type MetricComparison, worsening } from './comparison.js';
import { LOOK_CONFIDENCE } from './looks.js';
import type { ComparedMetric } from './metrics.js';
import { mayHideChange } from './readings.js';

/**
 * Called at a look. True if B is already worse, or if no gating metric can turn out worse by the last look, at `most`
 * rounds. A metric that is open otherwise (better, or equal) is no reason to go on.
 */
export function isSettled(cells: readonly CellComparison[], metrics: readonly ComparedMetric[], most: number): boolean {
  const gating = new Map(metrics.filter(({ gate }) => gate).map((metric) => [metric.key, metric]));
  if (cells.some(({ gates }) => gates.some(({ worse }) => worse))) return true;
  const asked = cells.flatMap((cell) =>
    cell.metrics.flatMap((one) => {
      const metric = gating.get(one.metric);
      return metric === undefined ? [] : [{ one, metric }];
    }),
  );
  if (asked.some(({ one }) => one.word === 'REGRESSED')) return true;
  return !asked.some(({ one, metric }) => canRegress(one, metric, most));
}

/** True if the metric is open, and not only because of the way back, which more rounds cannot separate. */
function canRegress(one: MetricComparison, metric: ComparedMetric, most: number): boolean {
  if (one.word !== 'INCONCLUSIVE' || one.readings?.disagree === true || mayHideChange(one)) return false;
  return one.interval === null || worstAtTheEnd(one, one.interval, metric, most) > logMargin(metric);
}

/**
 * The mild end of the range after `most` rounds, if the true change were at the worse end of today's range and the
 * spread stayed the same: ln of the worsening.
 */
function worstAtTheEnd(
  { aCount }: MetricComparison,
  interval: readonly [number, number],
  metric: ComparedMetric,
  most: number,
): number {
  const ends = interval.map((end) => worsening(Math.log(end), metric));
  const half = Math.abs(ends[0]! - ends[1]!) / 2;
  const share = halfWidth(most) / halfWidth(Math.min(aCount, most));
  return Math.max(...ends) - half * share;
}

/** Half the width of a range over this many rounds, in standard deviations of one round. */
function halfWidth(rounds: number): number {
  return studentQuantile((1 + LOOK_CONFIDENCE) / 2, rounds - 1) / Math.sqrt(rounds);
}
