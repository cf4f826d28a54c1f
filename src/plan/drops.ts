import { seedOf } from '../stats/rng.js';
import { type Cell, peakConnections } from './cell.js';

/**
 * The connections that the event with this number cuts, in rising order: its share of all connections, at least one.
 * The choice depends on the seed alone, so it is the same for any number of workers. Empty if the event cuts none.
 */
export function droppedBy(cell: Cell, event: number): number[] {
  const planned = cell.events[event];
  if (planned?.kind !== 'disconnect') return [];
  const connections = peakConnections(cell);
  const ranks = Array.from({ length: connections }, (_, c) => seedOf(cell.seed, 'drop', event, c));
  const drawn = ranks.map((_, c) => c).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  return drawn.slice(0, Math.max(1, Math.round(planned.share * connections))).sort((a, b) => a - b);
}
