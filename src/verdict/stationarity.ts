/** Did a steady load meet a steady latency? If not, no single number describes it. */
import type { CellResult, Stationarity } from '../metrics/cell-result.js';
import { disjoint } from '../stats/intervals.js';
import { formatMs } from '../units.js';
import { measuredMs } from './cell-facts.js';
import { LIMITS } from './limits.js';
import { isBacklogGrowing } from './overload.js';
import type { CellReason } from './verdict.js';

const { measureMs, halves, trend, unanswered } = LIMITS.non_stationary;

/**
 * Degraded if the latency moved. A target that falls behind is overloaded instead. `accuracyUs`: smaller movements do
 * not count; null if the error of the figures is not known.
 */
export function stationarityReasons(cell: CellResult, accuracyUs: number | null): CellReason[] {
  const { stationarity } = cell;
  if (stationarity === null || measuredMs(cell) < measureMs || isFallingBehind(cell)) return [];
  const moved = movement(stationarity, Math.max(halves.us, accuracyUs ?? 0));
  if (moved === null) return [];
  const fix =
    moved.factor < 1
      ? 'it was still warming up: warm up longer, -W 10s or more, and measure longer, -d'
      : 'measure longer (-d) until it settles; a server that gets slower all the time has no single percentile';
  return [
    {
      code: 'non_stationary',
      side: 'client',
      severity: 'degraded',
      cell: cell.id,
      message: moved.message,
      fix,
      measure: Math.max(moved.factor, 1 / moved.factor),
    },
  ];
}

function isFallingBehind(cell: CellResult): boolean {
  return isBacklogGrowing(cell) || (cell.overload.unanswered ?? 0) > unanswered;
}

function movement(
  { halves: [first, second], trend: found }: Stationarity,
  leastUs: number,
): { factor: number; message: string } | null {
  if (first.p50 === null || second.p50 === null) return null;
  const difference = Math.abs(second.p50 - first.p50);
  const enough = Math.max(halves.share * first.p50, leastUs);
  const factor = second.p50 / first.p50;
  const values = `p50 was ${formatMs(first.p50)} ms in the first half and ${formatMs(second.p50)} ms in the second`;
  const isApart = first.ci !== null && second.ci !== null && disjoint(first.ci, second.ci);
  if (isApart && difference > enough) return { factor, message: values };
  const isProven =
    found !== null && Math.abs(found.rho) > trend.rho && found.p < trend.p && found.windows >= trend.windows;
  // Under a steady drift, the medians of the halves differ by half of the whole drift.
  if (!isProven || 2 * difference <= enough) return null;
  const way = found.rho > 0 ? 'rose' : 'fell';
  return { factor, message: `p50 ${way} all along (rho ${found.rho.toFixed(2)}): ${values.replace('p50', 'it')}` };
}
