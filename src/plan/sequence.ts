/**
 * Sequence numbers on the wire. Message k of connection c in a cell of N connections carries
 * `FIRST_SEQUENCE + used + k N + c`, where `used` counts the numbers of earlier cells. Example: N = 3, nothing used.
 *
 *     connection 0   1000000000  1000000003  1000000006  ...
 *     connection 1   1000000001  1000000004  1000000007  ...
 *     connection 2   1000000002  1000000005  1000000008  ...
 *
 * So a number has ten digits, rises on its connection, names its connection and message, occurs once in a run, and is the
 * same for any number of workers. For constant arrivals `k N + c` is the index of the message over all connections.
 */

/** Ten digits from here on, so that the width is fixed and JSON stays valid. */
export const FIRST_SEQUENCE = 1_000_000_000;
export const SEQUENCE_DIGITS = 10;

export function sequenceOf(connection: number, ordinal: number, connections: number, used = 0): number {
  return FIRST_SEQUENCE + used + ordinal * connections + connection;
}

/** For numbers of this cell only, from `FIRST_SEQUENCE + used` on. */
export function connectionOf(sequence: number, connections: number, used = 0): number {
  return (sequence - FIRST_SEQUENCE - used) % connections;
}

export function ordinalOf(sequence: number, connections: number, used = 0): number {
  return Math.floor((sequence - FIRST_SEQUENCE - used) / connections);
}
