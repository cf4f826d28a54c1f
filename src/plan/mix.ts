import { seedOf, seedOfNumbers } from '../stats/rng.js';
import type { Cell } from './cell.js';

/** No request: the cell sends its one kind of message. */
export const NO_REQUEST = -1;

/** Which request message `ordinal` of a connection (numbered over the whole cell) is: its index. */
export type Mix = (connection: number, ordinal: number) => number;

/**
 * The mix of a cell's requests. It depends on nothing but the cell, the connection and the ordinal, so it is the same
 * for any number of workers. Example: two requests, weights 1 and 4.
 *
 *     in turn     message k of every connection is request k mod 2
 *     weighted    a hash of (seed, connection, k) falls into [0, 5): below 1 it is the first, else the second
 *
 * Null if the cell has no requests.
 */
export function mixOf({ wire, seed }: Pick<Cell, 'wire' | 'seed'>): Mix | null {
  const requests = wire?.requests ?? [];
  if (requests.length === 0) return null;
  const count = requests.length;
  if (count === 1) return () => 0;
  if (wire!.pick === 'in turn') return (_, ordinal) => ordinal % count;
  let total = 0;
  const ends = requests.map(({ weight }) => {
    total += weight;
    return total;
  });
  const ofMix = seedOf(seed, 'mix') | 0;
  return (connection, ordinal) => {
    const at = (seedOfNumbers(ofMix, connection, ordinal) / 2 ** 32) * total;
    let request = 0;
    while (request < count - 1 && at >= ends[request]!) request++;
    return request;
  };
}
