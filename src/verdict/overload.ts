/** Does the target fall behind? If it does, the number of messages in flight grows. */
import type { CellResult } from '../metrics/cell-result.js';
import { awaitedOf } from '../metrics/censored.js';
import type { DeliverGrowth, FanoutResult } from '../metrics/fanout-result.js';
import { flowOf } from '../metrics/flow.js';
import { formatCount, formatMs } from '../units.js';
import { measuredMs, percent } from './cell-facts.js';
import { TARGET_LIMITS } from './limits.js';

/** True if the number of messages in flight grows to the end of the measure phase. */
export function isBacklogGrowing(cell: CellResult): boolean {
  const { backlog } = cell.overload;
  if (backlog === null) return false;
  const { shareOfRate, messages, r2 } = TARGET_LIMITS.target_backlog;
  const leastPerSecond = shareOfRate * awaitedPerSecond(cell);
  const grown = (backlog.perSecond * measuredMs(cell)) / 1000;
  return (
    backlog.perSecond > leastPerSecond && backlog.latePerSecond > leastPerSecond && grown > messages && backlog.r2 > r2
  );
}

/** Planned messages a second that have a reply of their own. */
export function awaitedPerSecond(cell: CellResult): number {
  const { messages } = flowOf(cell);
  return messages.planned === 0 ? 0 : (cell.rate.plannedPerSecond * awaitedOf(messages)) / messages.planned;
}

/** The request whose deliveries take longer and longer, to the end of the measure phase; null if there is none. */
export function slowingFanout(cell: CellResult): (FanoutResult & { readonly growth: DeliverGrowth }) | null {
  const { usPerSecond, deliveries, r2 } = TARGET_LIMITS.target_deliver;
  const seconds = measuredMs(cell) / 1000;
  for (const fanout of cell.fanout ?? []) {
    const { growth } = fanout;
    if (growth === null || growth === undefined) continue;
    const grown = (growth.usPerSecond / 1e6) * seconds * fanout.perSecond.delivered;
    const isGrowing = growth.usPerSecond > usPerSecond && growth.lateUsPerSecond > usPerSecond;
    if (isGrowing && growth.r2 > r2 && grown > deliveries) return { ...fanout, growth };
  }
  return null;
}

/** `deliveries took 48 ms longer every second`; null if the target keeps up with them. */
export function slowingText(cell: CellResult): string | null {
  const slowing = slowingFanout(cell);
  return slowing === null ? null : `deliveries took ${formatMs(slowing.growth.usPerSecond)} ms longer every second`;
}

/**
 * Deliveries a second that a request of the cell got done. A queue that takes in L a second and lets out M grows longer
 * by L / M - 1 seconds every second.
 */
export function keptUpPerSecond({ growth, perSecond }: FanoutResult, isSlowing: boolean): number {
  return isSlowing && growth !== null ? perSecond.delivered / (1 + growth.usPerSecond / 1e6) : perSecond.delivered;
}

/** What tells that the target falls behind; null if it keeps up. */
export function overloadText(cell: CellResult): string | null {
  const texts = [backlogText(cell), slowingText(cell)].filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join('; ');
}

/** `backlog grew by 312 messages/s; 18 % unanswered`; null if the target keeps up with replies. */
export function backlogText(cell: CellResult): string | null {
  const { backlog, unanswered } = cell.overload;
  if (backlog === null || !isBacklogGrowing(cell)) return null;
  const grew = `backlog grew by ${formatCount(Math.round(backlog.perSecond))} messages/s`;
  return unanswered === null || unanswered === 0
    ? `${grew}; all answered in the end`
    : `${grew}; ${percent(unanswered)} unanswered`;
}
