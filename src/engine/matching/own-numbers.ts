import { peakConnections } from '../../plan/cell.js';
import { connectionOf, FIRST_SEQUENCE, ordinalOf, sequenceOf } from '../../plan/sequence.js';
import type { ConnectionProgress } from './connection-progress.js';
import type { CorrelatorOptions } from './correlate.js';
import { type InFlightTable, SLOT } from './in-flight.js';

const NONE = -1;
/** How far the numbers of another worker may be above twice the highest number sent here. */
const AHEAD_MAX = 100;

/** Which message a number from a frame names. Connections are numbered within the worker. */
export class OwnNumbers {
  readonly #worker: number;
  readonly #workers: number;
  readonly #table: InFlightTable;
  readonly #progress: ConnectionProgress;
  readonly #connections: number;
  readonly #used: number;

  constructor({ cell, worker, workers, table, progress, usedNumbers = 0 }: CorrelatorOptions) {
    this.#worker = worker;
    this.#workers = workers;
    this.#table = table;
    this.#progress = progress;
    this.#connections = peakConnections(cell);
    this.#used = usedNumbers;
  }

  /** The number of message `ordinal` of a connection. */
  of(connection: number, ordinal: number): number {
    return sequenceOf(this.#inCell(connection), ordinal, this.#connections, this.#used);
  }

  /**
   * The ordinal of this connection's message with this number, if it was sent and its slot still holds it; else -1.
   */
  issued(connection: number, sequence: number): number {
    if (sequence < FIRST_SEQUENCE + this.#used) return NONE;
    if (connectionOf(sequence, this.#connections, this.#used) !== this.#inCell(connection)) return NONE;
    const ordinal = ordinalOf(sequence, this.#connections, this.#used);
    if (ordinal >= this.#progress.next(connection)) return NONE;
    return this.#table.holds(this.#table.slotOf(connection, ordinal), ordinal) ? ordinal : NONE;
  }

  isInFlight(connection: number, ordinal: number): boolean {
    return this.#table.state(this.#table.slotOf(connection, ordinal)) === SLOT.inFlight;
  }

  /**
   * The messages of this connection that the numbers name, each once: those in flight, else the first that was ever
   * sent. Other numbers of ten digits (a time in seconds, an order number) name no message.
   */
  ownOf(connection: number, numbers: readonly number[]): readonly number[] {
    const issued = numbers.map((number) => this.issued(connection, number)).filter((ordinal) => ordinal !== NONE);
    const inFlight = issued.filter((ordinal) => this.isInFlight(connection, ordinal));
    return inFlight.length > 0 ? [...new Set(inFlight)] : issued.slice(0, 1);
  }

  /** Whether one of the numbers belongs to a message of another connection. */
  isAnothers(connection: number, numbers: readonly number[]): boolean {
    // A connection of another worker may be ahead of ours. A number far above any plan is not a sequence number.
    const most = 2 * this.#progress.most() + AHEAD_MAX;
    return numbers.some((number) => {
      if (number < FIRST_SEQUENCE + this.#used) return false;
      const other = connectionOf(number, this.#connections, this.#used);
      if (other === this.#inCell(connection)) return false;
      const isOurs = other % this.#workers === this.#worker;
      const last = isOurs ? this.#progress.next((other - this.#worker) / this.#workers) - 1 : most;
      return ordinalOf(number, this.#connections, this.#used) <= last;
    });
  }

  #inCell(connection: number): number {
    return this.#worker + connection * this.#workers;
  }
}
