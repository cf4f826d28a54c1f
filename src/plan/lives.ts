import { seedOf } from '../stats/rng.js';
import { type Cell, peakConnections } from './cell.js';
import { type Cursor, type Pacer, pacerOf } from './pacer.js';

/**
 * When the lives of a cell's connections end, us from t0: N connections that live for L end N / L times a second, so their
 * ends are paced as messages are. Fixed lives: connection c ends for the first time after (c + 1/2) L / N, which is what is
 * left of a life that began at any time before t0, and then every L. Exponential lives: a stream of gaps for each connection,
 * whose first is the rest of a life, since such lives have no memory. An end stays where the plan put it, however long the
 * connect before it took. Past the last one where connections stay.
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

/** Another cursor's instants, all later by the same, up to an end. */
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
