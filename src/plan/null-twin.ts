/**
 * The null twin of a cell: the same messages at the same instants from the same connections and workers, sent to an echo that
 * does nothing else. Its times are the floor: what generator and machine take by themselves at this load.
 */
import { type Cell, isRamp } from './cell.js';
import { preWarmCell, sends } from './cells.js';

const MARK = ' null twin';

/** The twin, or why there can be none. */
export type TwinPlan =
  | { readonly cell: Cell; readonly reason: null }
  | { readonly cell: null; readonly reason: string };

/** Seed, axes and payload stay, so that the shards are the same; only the id tells the two apart. */
export function twinOf(cell: Cell): TwinPlan {
  const reason = hindrance(cell);
  if (reason !== null) return { cell: null, reason };
  return { cell: { ...cell, id: `${cell.id}${MARK}` }, reason: null };
}

/** The cell that warms the echo up before the first null twin; null if no cell has one. */
export function twinPreWarm(cells: readonly Cell[]): Cell | null {
  const preWarm = preWarmCell(cells.filter((cell) => twinOf(cell).cell !== null));
  return preWarm === null ? null : { ...preWarm, id: `${preWarm.id}${MARK}` };
}

function hindrance(cell: Cell): string | null {
  if (isRamp(cell)) return 'a ramp has no quantiles that a floor could stand beside';
  if (cell.model === 'closed')
    return 'replies set the pace of a closed loop: against another server it is another load';
  if (!sends(cell)) return 'it sends nothing';
  if (cell.events.length > 0) return 'its events act on the server under test alone';
  return cell.reply.match === 'none' ? 'its replies are not matched, so it has no latency' : null;
}
