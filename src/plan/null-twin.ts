/**
 * The null twin of a cell: the same messages at the same instants from the same connections and workers, sent to an
 * echo that does nothing else. Its times are the floor: what generator and machine take by themselves at this load.
 */
import { type Cell, isMatched, isRamp } from './cell.js';
import { preWarmCell, sends } from './cells.js';
import { MODELS } from './models.js';

/** Ends a twin's id, so that messages can tell it from its cell. */
const MARK = ' null twin';

/** The twin, or the reason why a cell cannot have one. */
export type TwinPlan =
  | { readonly cell: Cell; readonly reason: null }
  | { readonly cell: null; readonly reason: string };

/** Seed, axes and payload stay, so that the shards are the same. */
export function twinOf(cell: Cell): TwinPlan {
  const reason = hindrance(cell);
  if (reason !== null) return { cell: null, reason };
  return { cell: asTwin(cell), reason: null };
}

/** The cell that warms the echo up before the first null twin; null if no cell has one. */
export function twinPreWarm(cells: readonly Cell[]): Cell | null {
  const preWarm = preWarmCell(cells.filter((cell) => twinOf(cell).cell !== null));
  return preWarm === null ? null : asTwin(preWarm);
}

function asTwin(cell: Cell): Cell {
  return { ...cell, id: `${cell.id}${MARK}`, twinOf: cell.id };
}

function hindrance(cell: Cell): string | null {
  if (isRamp(cell)) return 'a ramp has no quantiles that a floor could stand beside';
  const { noFloor } = MODELS[cell.model];
  if (noFloor !== null) return noFloor;
  if (!sends(cell)) return 'it sends nothing';
  if (cell.wire !== undefined) return 'it has a protocol, a session or requests, and the echo speaks none';
  if (cell.events.length > 0) return 'its events act on the server under test alone';
  return isMatched(cell) ? null : 'its replies are not matched, so it has no latency';
}
