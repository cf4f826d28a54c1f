/**
 * Sequence numbers on the wire. Message k of connection c in a cell of N connections carries `FIRST_SEQUENCE + used + k
 * N + c`, where `used` is how many numbers the cells before have used up: ten digits, rising on each connection, the
 * same for any number of workers, never twice in a run, and it names its connection. For constant arrivals `k N + c` is
 * the global index of the message.
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
