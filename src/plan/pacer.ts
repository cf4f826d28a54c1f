import assert from 'node:assert/strict';
import { Rng, seedOf } from '../stats/rng.js';
import { type Cell, isRamp, type Phase, peakConnections, sendingConnections } from './cell.js';
import { openConnectionsAt } from './connects.js';
import { MODELS } from './models.js';

/**
 * Walks the messages of one worker in the order in which they are due. Instants are microseconds from t0, fixed by the
 * plan. A cursor never looks at a clock and never adds up gaps, so nothing drifts.
 */
export interface Cursor {
  /** Connection (numbered over the whole cell) of the message `next` returned last. */
  readonly connection: number;
  /** Moves to the next message and returns when it is due, us from t0; Infinity past the end. */
  next(): number;
}

/**
 * When messages are due and on which connection. At a constant rate R on N connections:
 *
 *     message i is due at i / R, on connection i mod N
 *
 *     messages                      / rate R
 *        |                     o  /
 *        |                  o  /            o  a message, due where it stands; i counts from 0
 *        |               o  /               The line never bends: a message that goes out late is late,
 *        |            o  /                  and those after it are due when they were before.
 *        |         o  /
 *        |      o  /
 *        +-----------------------> time since t0
 *
 * Connection c belongs to worker c mod W, for any number W of workers. So a worker finds its own messages without
 * asking anybody, and those of all workers together are the whole load. Example: R = 10/s, N = 4, W = 2.
 *
 *     message     0    1    2    3    4    5    6  ...
 *     due, ms     0  100  200  300  400  500  600
 *     connection  0    1    2    3    0    1    2
 *     worker      0    1    0    1    0    1    0
 *
 * With W = 1 or W = 3 only the last line changes: the target sees the same messages at the same instants.
 */
export interface Pacer {
  cursor(worker: number, workers: number): Cursor;
}

/**
 * The pacer of an open cell. A cell without messages (rate 0, closed, listen) has a pacer that is past its end at once.
 */
export function pacerOf(planned: Cell): Pacer {
  const cell = ofSenders(planned);
  const { rate } = cell;
  if (MODELS[cell.model].pacedBy !== 'plan' || rate === null || (rate.from === 0 && rate.to === 0)) {
    return { cursor: () => ({ connection: 0, next: () => Number.POSITIVE_INFINITY }) };
  }
  const Kind = cell.arrival === 'poisson' ? PoissonCursor : isRamp(cell) ? RampCursor : ConstantCursor;
  return {
    cursor: (worker, workers) => {
      // Any other number would send messages that belong to no worker, or to two.
      assert(Number.isInteger(worker) && worker >= 0 && worker < workers, `worker ${worker} of ${workers}`);
      return new Kind(cell, worker, workers);
    },
  };
}

/** The cell as far as messages go: where only some connections send, as if there were no others. */
function ofSenders(cell: Cell): Cell {
  const senders = sendingConnections(cell);
  if (senders === peakConnections(cell)) return cell;
  const { from, to } = cell.connections;
  return { ...cell, connections: { from: Math.min(from, senders), to: Math.min(to, senders) } };
}

/**
 * How many messages a cell plans in each phase, without a walk: for constant rates and ramps. Null where only a walk
 * tells (poisson), and where no plan says when messages are due.
 */
export function plannedInClosedForm(planned: Cell): Record<Phase, number> | null {
  const cell = ofSenders(planned);
  const { rate, warmupMs, durationMs } = cell;
  if (MODELS[cell.model].pacedBy !== 'plan' || rate === null || cell.arrival === 'poisson') return null;
  const warmup = rate.from === 0 ? 0 : plannedConstant(rate.from, warmupMs * 1000);
  if (isRamp(cell)) return { warmup, measure: plannedRamp(cell) };
  return { warmup, measure: rate.from === 0 ? 0 : plannedConstant(rate.from, (warmupMs + durationMs) * 1000) - warmup };
}

/** Messages of a steady stretch: the smallest n with `n / rate` not before its end. */
function plannedConstant(ratePerSecond: number, lengthUs: number): number {
  let count = Math.round((ratePerSecond * lengthUs) / 1e6);
  while (count > 0 && dueAtConstant(count - 1, ratePerSecond) >= lengthUs) count--;
  while (dueAtConstant(count, ratePerSecond) < lengthUs) count++;
  return count;
}

function dueAtConstant(index: number, ratePerSecond: number): number {
  return (index * 1e6) / ratePerSecond;
}

/** Message i is due at i / R on connection i mod N. */
class ConstantCursor implements Cursor {
  connection = 0;
  readonly #ratePerSecond: number;
  readonly #connections: number;
  readonly #worker: number;
  readonly #workers: number;
  readonly #count: number;
  #index: number;

  constructor(cell: Cell, worker: number, workers: number) {
    this.#ratePerSecond = cell.rate!.from;
    this.#connections = cell.connections.from;
    this.#worker = worker;
    this.#workers = workers;
    const owned = worker < this.#connections;
    this.#count = owned ? plannedConstant(this.#ratePerSecond, (cell.warmupMs + cell.durationMs) * 1000) : 0;
    this.#index = worker;
    this.connection = worker;
  }

  next(): number {
    const index = this.#index;
    if (index >= this.#count) return Number.POSITIVE_INFINITY;
    this.connection = index % this.#connections;
    const following = this.connection + this.#workers;
    this.#index =
      following < this.#connections
        ? index + this.#workers
        : index - this.connection + this.#connections + this.#worker;
    return dueAtConstant(index, this.#ratePerSecond);
  }
}

/**
 * The rate moves linearly from a to b over the measure phase D (the warm-up runs at a): message i of the phase is due
 * at the t that solves `a t + (b - a) t^2 / 2D = i`. Messages go round the connections planned open at that instant.
 */
class RampCursor implements Cursor {
  connection = 0;
  readonly #cell: Cell;
  readonly #worker: number;
  readonly #workers: number;
  readonly #warmupCount: number;
  readonly #count: number;
  #index = 0;

  constructor(cell: Cell, worker: number, workers: number) {
    this.#cell = cell;
    this.#worker = worker;
    this.#workers = workers;
    const { from } = cell.rate!;
    this.#warmupCount = from === 0 ? 0 : plannedConstant(from, cell.warmupMs * 1000);
    this.#count = this.#warmupCount + plannedRamp(cell);
  }

  next(): number {
    while (this.#index < this.#count) {
      const index = this.#index++;
      const dueUs = this.#dueAt(index);
      const connection = index % openConnectionsAt(this.#cell, dueUs);
      if (connection % this.#workers !== this.#worker) continue;
      this.connection = connection;
      return dueUs;
    }
    return Number.POSITIVE_INFINITY;
  }

  #dueAt(index: number): number {
    const { from, to } = this.#cell.rate!;
    if (index < this.#warmupCount) return dueAtConstant(index, from);
    const i = index - this.#warmupCount;
    const seconds = this.#cell.durationMs / 1000;
    const divisor = from + Math.sqrt(from * from + (2 * (to - from) * i) / seconds);
    return this.#cell.warmupMs * 1000 + (i === 0 ? 0 : ((2 * i) / divisor) * 1e6);
  }
}

/** Messages of the measure phase of a ramp: the floor of the rate's integral over it. */
export function plannedRamp(cell: Cell): number {
  const { from, to } = cell.rate!;
  return Math.floor(((from + to) / 2) * (cell.durationMs / 1000) + 1e-9);
}

/** One stream of exponential gaps per connection, each with a seed of its own, merged through a heap. */
class PoissonCursor implements Cursor {
  connection = 0;
  readonly #meanGapUs: number;
  readonly #endUs: number;
  readonly #workers: number;
  readonly #worker: number;
  readonly #streams: Rng[] = [];
  /** Due instants and stream indices, a binary heap by due instant. */
  readonly #dueUs: number[] = [];
  readonly #stream: number[] = [];

  constructor(cell: Cell, worker: number, workers: number) {
    const connections = peakConnections(cell);
    this.#meanGapUs = (connections * 1e6) / cell.rate!.from;
    this.#endUs = (cell.warmupMs + cell.durationMs) * 1000;
    this.#worker = worker;
    this.#workers = workers;
    for (let c = worker; c < connections; c += workers) {
      const rng = new Rng(seedOf(cell.seed, 'arrival', c));
      this.#streams.push(rng);
      this.#dueUs.push(this.#gapUs(rng));
      this.#stream.push(this.#streams.length - 1);
    }
    for (let i = (this.#dueUs.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  next(): number {
    if (this.#dueUs.length === 0) return Number.POSITIVE_INFINITY;
    const dueUs = this.#dueUs[0]!;
    if (dueUs >= this.#endUs) return Number.POSITIVE_INFINITY;
    const stream = this.#stream[0]!;
    this.connection = this.#worker + stream * this.#workers;
    this.#dueUs[0] = dueUs + this.#gapUs(this.#streams[stream]!);
    this.#sink(0);
    return dueUs;
  }

  #gapUs(rng: Rng): number {
    return -Math.log(1 - rng.next()) * this.#meanGapUs;
  }

  #sink(start: number): void {
    const due = this.#dueUs;
    const stream = this.#stream;
    let at = start;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= due.length) return;
      const right = left + 1;
      const least = right < due.length && due[right]! < due[left]! ? right : left;
      if (due[least]! >= due[at]!) return;
      [due[at], due[least]] = [due[least]!, due[at]!];
      [stream[at], stream[least]] = [stream[least]!, stream[at]!];
      at = least;
    }
  }
}
