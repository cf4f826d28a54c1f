/**
 * Ids of 16 bits, for protocols whose replies name a message by such a one: the slot of the message in the ring of its
 * connection (see `InFlightTable`), plus one, for 0 is no id. A slot has one message at a time, so no two messages in
 * flight have the same id, however many there were: ids come round as slots do.
 *
 *     ordinal   0  1  ...  32767  32768  32769         with a ring of 32,768 slots
 *     id        1  2  ...  32768      1      2
 */

/** The largest ring whose slots have such ids: the largest power of two below 65,535. */
export const ID_SLOTS_MAX = 2 ** 15;
export const ID_BYTES = 2;

/** The id of message `ordinal` of a connection. `slots`: of the ring, a power of two. */
export function idOf(ordinal: number, slots: number): number {
  return (ordinal & (slots - 1)) + 1;
}
