/** What a search raises. `subscribers`: those of a room, or all connections if there are no rooms. */
export type Axis = 'connections' | 'subscribers' | 'rate' | 'both';

/** Whether a level of this axis is a rate, and not a count of connections. */
export function raisesRate(axis: Axis): boolean {
  return axis === 'rate' || axis === 'both';
}
