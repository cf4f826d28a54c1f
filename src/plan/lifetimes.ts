import { seedOf } from '../stats/rng.js';
import { type Cell, peakConnections } from './cell.js';
import { type Cursor, type Pacer, pacerOf } from './pacer.js';

/**
 * When the connections of a cell end, us from t0. N connections with a lifetime of L end N / L times a second, so their
 * ends are paced like messages.
 * - Fixed lifetimes: connection c ends at (c + 1/2) L / N, as if it had opened at any time before t0, then every L.
 *   Example: 4 connections of 2 s end at 0.25, 0.75, 1.25, 1.75, 2.25, ... s.
 * - Exponential lifetimes: each connection has a stream of random gaps.
 * An end stays where the plan put it, however long the connect before it took. Without lifetimes there are no ends.
 */
export function lifeEnds(cell: Cell): Pacer {
  const { lifetime } = cell;
  if (lifetime === null) return { cursor: () => ({ connection: 0, next: () => Number.POSITIVE_INFINITY }) };
  const perSecond = (peakConnections(cell) * 1000) / lifetime.meanMs;
  const isFixed = lifetime.kind === 'fixed';
  const pacer = pacerOf({
    ...cell,
    model: 'open',
    rate: { from: perSecond, to: perSecond },
    arrival: isFixed ? 'constant' : 'poisson',
    seed: seedOf(cell.seed, 'life'),
  });
  if (!isFixed) return pacer;
  const endUs = (cell.warmupMs + cell.durationMs) * 1000;
  return { cursor: (worker, workers) => new LaterCursor(pacer.cursor(worker, workers), 5e5 / perSecond, endUs) };
}

/** The instants of another cursor, all shifted by the same time, up to an end. */
class LaterCursor implements Cursor {
  readonly #cursor: Cursor;
  readonly #byUs: number;
  readonly #endUs: number;

  constructor(cursor: Cursor, byUs: number, endUs: number) {
    this.#cursor = cursor;
    this.#byUs = byUs;
    this.#endUs = endUs;
  }

  get connection(): number {
    return this.#cursor.connection;
  }

  next(): number {
    const atUs = this.#cursor.next() + this.#byUs;
    return atUs < this.#endUs ? atUs : Number.POSITIVE_INFINITY;
  }
}
