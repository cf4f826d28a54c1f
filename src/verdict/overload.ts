/** Does the target fall behind? If it does, the number of messages in flight grows. */
import type { CellResult } from '../metrics/cell-result.js';
import { awaitedOf } from '../metrics/censored.js';
import { flowOf } from '../metrics/flow.js';
import { formatCount } from '../units.js';
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

/** `backlog grew by 312 messages/s; 18 % unanswered`; null if the target keeps up. */
export function overloadText(cell: CellResult): string | null {
  const { backlog, unanswered } = cell.overload;
  if (backlog === null || !isBacklogGrowing(cell)) return null;
  const grew = `backlog grew by ${formatCount(Math.round(backlog.perSecond))} messages/s`;
  return unanswered === null || unanswered === 0
    ? `${grew}; all answered in the end`
    : `${grew}; ${percent(unanswered)} unanswered`;
}
