import { seedOf } from '../stats/rng.js';
import { type Cell, peakConnections } from './cell.js';

/**
 * The connections that the cell's event number `event` cuts, rising: its share of them, at least one, drawn by the seed
 * alone, so that it is the same for any number of workers. None where the event cuts none.
 */
export function droppedBy(cell: Cell, event: number): number[] {
  const planned = cell.events[event];
  if (planned?.kind !== 'disconnect') return [];
  const connections = peakConnections(cell);
  const ranks = Array.from({ length: connections }, (_, c) => seedOf(cell.seed, 'drop', event, c));
  const drawn = ranks.map((_, c) => c).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  return drawn.slice(0, Math.max(1, Math.round(planned.share * connections))).sort((a, b) => a - b);
}
