/** Why a turn of an interleaved comparison is measured again. */
import { medianOf } from '../../stats/moments.js';
import { formatPercent } from '../../units.js';
import type { ComparedCell, ComparedRun } from './compared-run.js';
import { logMargin } from './comparison.js';
import type { ComparedMetric } from './metrics.js';
import { isUsable } from './usable.js';
import { comparedValue } from './values.js';

/** With fewer earlier turns of a build, the usual width of its brackets is unknown. */
const FEWEST_EARLIER = 2;
/** A bracket this many times as wide as usual was disturbed: another attempt will be better. */
const UNUSUAL = 2;

/**
 * A turn is repeated if its load was not delivered, or if a bracket is wider than the margin and twice as wide as
 * usual, so that something disturbed this turn. A bracket of usual width is no reason: a repetition would give the
 * same. Null if the turn need not be repeated. `earlier`: the accepted turns of the same build.
 */
export function turnDoubt(
  run: ComparedRun,
  metrics: readonly ComparedMetric[],
  earlier: readonly ComparedRun[],
): string | null {
  return notDelivered(run) ?? tooWide(run, metrics, earlier);
}

/** Why a cell could not be measured at all, or null. */
export function notDelivered(run: ComparedRun): string | null {
  const cell = run.cells.find((each) => !each.interrupted && !isUsable(run, each));
  if (cell === undefined) return null;
  const reason = run.verdict.reasons.find(
    ({ side, severity, cell: of }) => side === 'client' && severity === 'invalid' && of === cell.id,
  );
  return reason === undefined ? 'invalid' : `${reason.code}: ${reason.message}`;
}

function tooWide(run: ComparedRun, metrics: readonly ComparedMetric[], earlier: readonly ComparedRun[]): string | null {
  for (const cell of run.cells.filter(({ ramp }) => !ramp)) {
    for (const metric of metrics.filter(({ gate }) => gate)) {
      const width = widthOf(cell, metric);
      const before = earlier.flatMap(({ cells }) => {
        const same = cells.find(({ id }) => id === cell.id);
        return (same === undefined ? null : widthOf(same, metric)) ?? [];
      });
      if (width === null || width <= logMargin(metric) || before.length < FEWEST_EARLIER) continue;
      const usual = medianOf(before);
      if (width <= UNUSUAL * usual) continue;
      const [now, then, margin] = [width, usual, logMargin(metric)].map(percentText);
      return `${metric.title} is known to within ${now} only (usually ${then}); the margin is ${margin}`;
    }
  }
  return null;
}

/** ln of the measured value over the lower end; null if one of them is unknown. */
function widthOf(cell: ComparedCell, { key }: ComparedMetric): number | null {
  const { measured, lower } = comparedValue(cell, key);
  if (measured === null || lower === null) return null;
  return lower === 0 ? Number.POSITIVE_INFINITY : Math.log(measured / lower);
}

function percentText(log: number): string {
  const share = Math.expm1(log);
  return share < 10 ? formatPercent(share, 2) : 'any';
}
