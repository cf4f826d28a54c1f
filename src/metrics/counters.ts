import assert from 'node:assert/strict';

/**
 * The named counters of one flow of messages, kept as a flat array, so that counting is one indexed addition. Their
 * laws: `laws.ts`, and ARCHITECTURE.md ("Laws").
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
  'failed',
  'trailers',
  'duties',
  'counted',
  'blocked',
  'delivered',
  'missed',
  'gone',
  'deliveredLate',
  'redelivered',
  'replayed',
  'unawaited',
] as const;

export type CounterName = (typeof COUNTERS)[number];

/** What each counter counts: for docs/reference/counters.md. */
export const COUNTER_MEANINGS: Readonly<Record<CounterName, string>> = {
  planned: 'messages that became due, or would have',
  sent: 'messages handed to the socket',
  answered: 'messages whose reply came within the timeout',
  timedOut: 'messages not answered within the timeout',
  lostOnClose: 'messages in flight when their connection closed',
  inFlightAtEnd: 'messages in flight when the drain was cut short',
  dropped: 'not sent: the in-flight cap, or the ring of the connection, was full',
  backpressure: 'not sent: over 1 MiB (four messages, if that is more) still waited in the socket',
  notConnected: 'not sent: the connection was not open',
  unsentAtStop: 'not sent when the grace ended, or when the run was stopped',
  lostWithWorker: 'planned for a worker that died',
  received: 'data frames received',
  unmatched: 'sent where replies are not matched, or where there is none: reply: none',
  late: 'answered after the timeout; part of timedOut',
  duplicated: 'frames that repeat an answer',
  reordered: 'answered messages whose number is below the highest seen on the connection',
  corrupted: 'answered messages with different content',
  misdelivered: 'frames that belong to another connection',
  unexpected: 'frames that belong to no message',
  clamped: 'latencies outside 1 us to 1 h, recorded at the end of the range',
  failed: 'answered messages whose reply says no',
  trailers: 'messages that follow a reply and belong to it',
  duties: 'messages that oblige the client to answer at once: heartbeats',
  counted: 'messages that nobody asked for and that are expected, as the rules of the profile or the protocol say',
  blocked: 'not sent: a value that an earlier reply had to bring did not come within the timeout',
  delivered: 'deliveries that came within their timeout: one for each message and each connection that it reaches',
  missed: 'deliveries that did not come within the timeout',
  gone: 'deliveries whose connection closed before they came',
  deliveredLate: 'deliveries after the timeout; part of missed',
  redelivered: 'deliveries that repeat one',
  replayed: 'deliveries of messages that were sent before their connection was open: history',
  unawaited: 'planned messages that have no reply of their own, where others have one: reply: none',
};

/** Counters that results of older versions do not have. */
export const LATER_COUNTERS: ReadonlySet<CounterName> = new Set([
  ...(['failed', 'trailers', 'duties', 'counted', 'blocked'] as const),
  ...(['delivered', 'missed', 'gone', 'deliveredLate', 'redelivered', 'replayed', 'unawaited'] as const),
]);

/** Counters of a saved result, with the later ones at 0 where a result of an older version lacks them. */
export function allCounters<T extends Readonly<Record<CounterName, number>>>(counters: T): T {
  if (Object.hasOwn(counters, 'unawaited')) return counters;
  const none = Object.fromEntries([...LATER_COUNTERS].map((name) => [name, 0]));
  return { ...none, ...counters };
}

/** Index of each counter in the flat array. */
export const C = Object.freeze(
  Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Record<CounterName, number>,
);

/** Lines of older versions have fewer numbers. */
export function addCounters(sums: Float64Array, added: ArrayLike<number>): void {
  for (let i = 0; i < added.length; i++) sums[i]! += added[i]!;
}

/** Counters only grow, so a line never adds less than nothing. */
export function assertGrowing(added: ArrayLike<number>): void {
  if (added.length > COUNTERS.length) assert.fail(`${added.length} counters, but only ${COUNTERS.length} are known`);
  for (let i = 0; i < added.length; i++) {
    if (!(added[i]! >= 0)) assert.fail(`a line adds ${added[i]} to ${COUNTERS[i]}`);
  }
}

/** A counter array as an object with names. `values` has one number per entry of COUNTERS. */
export function namedCounters(values: ArrayLike<number>): Record<CounterName, number> {
  return Object.fromEntries(COUNTERS.map((name, index) => [name, values[index] ?? 0])) as Record<CounterName, number>;
}
