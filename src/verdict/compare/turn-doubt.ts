/** Why a turn of an interleaved comparison is measured once more. */
import { medianOf } from '../../stats/moments.js';
import type { ComparedCell, ComparedRun } from './compared-run.js';
import { logMargin } from './comparison.js';
import { type ComparedMetric, comparedValue } from './metrics.js';
import { isUsable } from './usable.js';

/** With fewer earlier turns of a build nothing is known of how wide its brackets usually are. */
const FEWEST_EARLIER = 2;
/** A bracket so many times as wide as usual was disturbed: another try will do better. */
const UNUSUAL = 2;

/**
 * Its load was not delivered; or a bracket is wider than the margin and twice as wide as usual, so that something disturbed
 * this turn. What is as wide as ever is not repeated: it would come out the same. Null where the turn is as good as any.
 * `earlier`: the turns of the same build that are used.
 */
export function turnDoubt(
  run: ComparedRun,
  metrics: readonly ComparedMetric[],
  earlier: readonly ComparedRun[],
): string | null {
  return notDelivered(run) ?? tooWide(run, metrics, earlier);
}

/** What kept a cell from being measured at all. */
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
      return `${metric.title} is known to within ${now} only, usually to ${then}; ${margin} are asked for`;
    }
  }
  return null;
}

/** ln of measured over lower end; null where either is not known. */
function widthOf(cell: ComparedCell, { key }: ComparedMetric): number | null {
  const { measured, lower } = comparedValue(cell, key);
  if (measured === null || lower === null) return null;
  return lower === 0 ? Number.POSITIVE_INFINITY : Math.log(measured / lower);
}

function percentText(log: number): string {
  const share = Math.expm1(log) * 100;
  return share < 1000 ? `${Number(share.toPrecision(2))} %` : 'any';
}
