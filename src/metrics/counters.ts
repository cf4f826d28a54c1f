/**
 * The named counters of one flow of messages, kept as a flat array so that counting is one indexed add.
 * What each one means and which laws bind them: ARCHITECTURE.md ("Counters and their laws").
 */
export const COUNTERS = [
  'planned',
  'sent',
  'answered',
  'timedOut',
  'lostOnClose',
  'inFlightAtEnd',
  'dropped',
  'backpressure',
  'notConnected',
  'unsentAtStop',
  'lostWithWorker',
  'received',
  'unmatched',
  'late',
  'duplicated',
  'reordered',
  'corrupted',
  'misdelivered',
  'unexpected',
  'clamped',
] as const;

export type CounterName = (typeof COUNTERS)[number];

/** Index of each counter in the flat array. */
export const C = Object.freeze(
  Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Record<CounterName, number>,
);

/** A counter array as an object with names. `values` has one number per entry of COUNTERS. */
export function namedCounters(values: ArrayLike<number>): Record<CounterName, number> {
  return Object.fromEntries(COUNTERS.map((name, index) => [name, values[index] ?? 0])) as Record<CounterName, number>;
}
