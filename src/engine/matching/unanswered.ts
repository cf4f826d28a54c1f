import { C } from '../../metrics/counters.js';
import type { SecondBucket } from '../../metrics/touched-seconds.js';
import type { ConnectionProgress } from './connection-progress.js';
import { type InFlightTable, SLOT } from './in-flight.js';

export interface UnansweredOptions {
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
  /** Microseconds from the send. */
  readonly timeoutUs: number;
  /** Replies are matched by order. */
  readonly inOrder: boolean;
  /** The bucket of the message in a slot. */
  readonly bucketOf: (slot: number) => SecondBucket;
  /** Called when a message of this connection is settled, with the time of the engine's clock. */
  readonly settled: (connection: number, nowUs: number) => void;
  /** Called as soon as the order on this connection is lost. */
  readonly orderLost: (connection: number) => void;
}

/** Messages that get no reply in time: they time out, are lost with their connection, or are in flight at the end. */
export class Unanswered {
  readonly #o: UnansweredOptions;
  readonly #orderLost = new Set<number>();

  constructor(options: UnansweredOptions) {
    this.#o = options;
  }

  /**
   * Times out messages that were sent too long ago. The result depends on their timestamps only, not on when this runs.
   */
  expire(nowUs: number): void {
    const { table, timeoutUs } = this.#o;
    table.eachSentBefore(nowUs - timeoutUs, (connection, slot) => {
      if (table.state(slot) === SLOT.inFlight) this.timeOut(connection, slot, nowUs);
    });
  }

  /**
   * Times a message out. `state`: what it is from now on. With matching by order the next reply could belong to any
   * message, so the connection is ended.
   */
  timeOut(connection: number, slot: number, nowUs: number, state: number = SLOT.timedOut): void {
    const { table, inOrder, settled } = this.#o;
    this.#count(slot, C.timedOut);
    table.leave(slot, state);
    if (inOrder) this.#loseOrder(connection);
    else settled(connection, nowUs);
  }

  /**
   * Counts the messages in flight of a closed connection as lost. Returns how many of them were due in the measure
   * phase.
   */
  onClose(connection: number): number {
    const { table, bucketOf } = this.#o;
    let measured = 0;
    table.eachOf(connection, (slot) => {
      if (bucketOf(slot).phase === 'measure') measured++;
      this.#count(slot, C.lostOnClose);
      table.leave(slot, SLOT.lost);
    });
    return measured;
  }

  /** A connection has a new socket: a reply on it cannot belong to a message that was sent on the old one. */
  onReopen(connection: number): void {
    const { table, progress } = this.#o;
    table.forget(connection);
    progress.setHead(connection, progress.next(connection));
    this.#orderLost.delete(connection);
  }

  /** Ends the cell: messages still in flight stay unanswered. */
  abandon(): void {
    const { table } = this.#o;
    table.eachSentBefore(Number.POSITIVE_INFINITY, (_connection, slot) => {
      this.#count(slot, C.inFlightAtEnd);
      table.leave(slot, SLOT.lost);
    });
  }

  /** A connection loses its order only once, however many of its messages time out. */
  #loseOrder(connection: number): void {
    if (this.#orderLost.has(connection)) return;
    this.#orderLost.add(connection);
    this.#o.orderLost(connection);
  }

  /** Counts an event in the second in which its message was due. */
  #count(slot: number, counter: number): void {
    this.#o.bucketOf(slot).counters[counter]!++;
  }
}
