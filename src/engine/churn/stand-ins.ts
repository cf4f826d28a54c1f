import type { ChurnLog } from '../../metrics/churn-log.js';
import type { Pool } from '../pool.js';
import { PLACE, type Places } from './places.js';

const NONE = -1;

export type Send = (connection: number, dueUs: number) => void;

export interface StandInsOptions {
  /** Connections of this worker. */
  readonly owned: number;
  readonly pool: Pool;
  readonly places: Places;
  readonly log: ChurnLog;
  readonly isPacedByPlan: boolean;
  readonly send: Send;
  /** Counts a message of exactly this connection that cannot be sent. */
  readonly notConnected: Send;
}

/**
 * Chooses the connection that sends a message: the planned one if it can. In the open model, while the planned one is
 * between two lifetimes, another open one sends it, because the load must not depend on the churn. If none can, the
 * message counts as not connected.
 */
export class StandIns {
  readonly #o: StandInsOptions;
  /** The connection that stood in last. */
  #last = 0;

  constructor(options: StandInsOptions) {
    this.#o = options;
  }

  /** Sends a message of `connection`, due at `dueUs` from t0. */
  send(connection: number, dueUs: number): void {
    const sender = this.#senderFor(connection);
    if (sender !== NONE) this.#o.send(sender, dueUs);
    else this.#countNotConnected(connection, dueUs);
  }

  #senderFor(connection: number): number {
    if (this.#canSend(connection)) return connection;
    const place = this.#o.places.of(connection);
    const isBetweenLifetimes = place === PLACE.retiring || place === PLACE.replacing;
    return isBetweenLifetimes && this.#o.isPacedByPlan ? this.#nextOpen() : NONE;
  }

  /** The open connections stand in one after the other, so that no single one sends all messages of the others. */
  #nextOpen(): number {
    const { owned } = this.#o;
    for (let i = 0; i < owned; i++) {
      this.#last = this.#last + 1 < owned ? this.#last + 1 : 0;
      if (this.#canSend(this.#last)) return this.#last;
    }
    return NONE;
  }

  #canSend(connection: number): boolean {
    const { places, pool } = this.#o;
    return places.of(connection) === PLACE.open && pool.at(connection)?.canSend === true;
  }

  #countNotConnected(connection: number, dueUs: number): void {
    const { notConnected, log } = this.#o;
    notConnected(connection, dueUs);
    log.notConnected(dueUs);
  }
}
