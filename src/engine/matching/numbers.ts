import { connectionOf, FIRST_SEQUENCE, ordinalOf, sequenceOf } from '../../plan/sequence.js';
import type { ConnectionProgress } from './connection-progress.js';
import type { InFlightTable } from './in-flight.js';

/** The number names no message of the connection. */
export const NO_ORDINAL = -1;
/** How far the numbers of another worker may be above twice the highest number sent here. */
const AHEAD_MAX = 100;

export interface NumbersOptions {
  readonly worker: number;
  readonly workers: number;
  /** Connections of the whole cell. */
  readonly connections: number;
  /** The numbers that earlier cells used. */
  readonly used: number;
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
}

/** Which messages the numbers in frames name. Connections are numbered within the worker. */
export class Numbers {
  readonly #o: NumbersOptions;
  readonly #connections: number;
  readonly #used: number;

  constructor(options: NumbersOptions) {
    this.#o = options;
    this.#connections = options.connections;
    this.#used = options.used;
  }

  /** The number of message `ordinal` of a connection. */
  of(connection: number, ordinal: number): number {
    const { worker, workers } = this.#o;
    return sequenceOf(worker + connection * workers, ordinal, this.#connections, this.#used);
  }

  /**
   * The messages of this connection that the numbers name, each once: those in flight, else the first that was ever
   * sent. Other numbers of ten digits (a time in seconds, an order number) name no message.
   */
  ownOf(connection: number, numbers: readonly number[]): readonly number[] {
    const issued = numbers.map((number) => this.issued(connection, number)).filter((ordinal) => ordinal !== NO_ORDINAL);
    const inFlight = issued.filter((ordinal) => this.isInFlight(connection, ordinal));
    return inFlight.length > 0 ? [...new Set(inFlight)] : issued.slice(0, 1);
  }

  /**
   * The ordinal of this connection's message with this number, if it was sent and its slot still holds it; else NO_ORDINAL.
   */
  issued(connection: number, sequence: number): number {
    const { worker, workers, progress, table } = this.#o;
    if (sequence < FIRST_SEQUENCE + this.#used) return NO_ORDINAL;
    if (connectionOf(sequence, this.#connections, this.#used) !== worker + connection * workers) return NO_ORDINAL;
    const ordinal = ordinalOf(sequence, this.#connections, this.#used);
    if (ordinal >= progress.next(connection)) return NO_ORDINAL;
    return table.holds(table.slotOf(connection, ordinal), ordinal) ? ordinal : NO_ORDINAL;
  }

  /** The ordinal of the message in the slot that an id names (`packet-ids.ts`); NO_ORDINAL for none. */
  inSlot(connection: number, id: number): number {
    const { table } = this.#o;
    const { slotsPerConnection } = table;
    return id > slotsPerConnection ? NO_ORDINAL : table.ordinalIn(connection * slotsPerConnection + id - 1);
  }

  isInFlight(connection: number, ordinal: number): boolean {
    const { table } = this.#o;
    return table.isInFlight(table.slotOf(connection, ordinal), ordinal);
  }

  /** Whether one of the numbers belongs to a message of another connection. */
  isAnothers(connection: number, numbers: readonly number[]): boolean {
    const { worker, workers, progress } = this.#o;
    // A connection of another worker may be ahead of ours. A number far above any plan is not a sequence number.
    const most = 2 * progress.most() + AHEAD_MAX;
    return numbers.some((number) => {
      if (number < FIRST_SEQUENCE + this.#used) return false;
      const other = connectionOf(number, this.#connections, this.#used);
      if (other === worker + connection * workers) return false;
      const last = other % workers === worker ? progress.next((other - worker) / workers) - 1 : most;
      return ordinalOf(number, this.#connections, this.#used) <= last;
    });
  }
}
