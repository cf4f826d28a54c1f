/** What a target does that is overloaded by messages that reach many: deliveries are missed, or take longer and longer. */
import type { CellResult } from '../metrics/cell-result.js';
import { flowOf } from '../metrics/flow.js';
import { formatCount } from '../units.js';
import { hasFanout } from './cell-facts.js';
import { deliveriesText } from './deliveries-text.js';
import { TARGET_LIMITS } from './limits.js';
import { keptUpPerSecond, slowingFanout, slowingText } from './overload.js';
import type { CellReason } from './verdict.js';

/** None without messages that reach others. `side`: `unknown` if the generator may be to blame as well. */
export function deliveryReasons(cell: CellResult, side: 'target' | 'unknown'): CellReason[] {
  if (!hasFanout(cell)) return [];
  return [...missedReasons(cell, side), ...slowingReasons(cell, side)];
}

/** No load is so low that this would help: it is mostly the profile. */
const NOTHING_CAME =
  'no delivery came that has a number of these messages: join in session, and put {{sequence}} into what the server passes on';

/** A few missed deliveries are a fault, which the gate tells; many are what too much load looks like. */
function missedReasons(cell: CellResult, side: 'target' | 'unknown'): CellReason[] {
  const { delivered, missed } = flowOf(cell).messages;
  const share = missed === 0 ? 0 : missed / (delivered + missed);
  if (share <= TARGET_LIMITS.target_missed.share) return [];
  const fix = delivered === 0 ? NOTHING_CAME : 'lower the rate or the number of connections, or raise deliver.timeout';
  const message = deliveriesText(cell, 'missed');
  return [{ code: 'target_missed', side, severity: 'note', cell: cell.id, message, fix, measure: share }];
}

function slowingReasons(cell: CellResult, side: 'target' | 'unknown'): CellReason[] {
  const slowing = slowingFanout(cell);
  if (slowing === null) return [];
  const { growth } = slowing;
  const keptUp = keptUpPerSecond(slowing, true);
  const message = slowingText(cell)!;
  const fix = `lower the rate or the number of connections: it kept up with about ${formatCount(Math.floor(keptUp))} deliveries/s`;
  return [{ code: 'target_deliver', side, severity: 'note', cell: cell.id, message, fix, measure: growth.usPerSecond }];
}
