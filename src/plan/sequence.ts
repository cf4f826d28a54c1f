/**
 * Sequence numbers on the wire. Message k of connection c in a cell of N connections carries `FIRST_SEQUENCE + k N +
 * c`: ten digits, rising on each connection, the same for any number of workers, and it names its connection. For
 * constant arrivals it is the global index of the message.
 */

/** Ten digits from here on, so that the width is fixed and JSON stays valid. */
export const FIRST_SEQUENCE = 1_000_000_000;
export const SEQUENCE_DIGITS = 10;

export function sequenceOf(connection: number, ordinal: number, connections: number): number {
  return FIRST_SEQUENCE + ordinal * connections + connection;
}

export function connectionOf(sequence: number, connections: number): number {
  return (sequence - FIRST_SEQUENCE) % connections;
}

export function ordinalOf(sequence: number, connections: number): number {
  return Math.floor((sequence - FIRST_SEQUENCE) / connections);
}
