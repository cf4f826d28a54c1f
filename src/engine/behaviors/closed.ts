import { longestCell, ownedConnections, type Shard, sendingConnections } from '../../plan/cell.js';
import type { Behavior, BehaviorPort } from '../behavior.js';
import type { EndOfMeasure } from '../end-of-measure.js';
import { DueQueue } from './due-queue.js';

/**
 * Each connection keeps `inFlight` messages in flight: the next one is due `think` after the one before was settled. A
 * slow server delays the next message itself, so there is no response time from a planned instant.
 */
export class ClosedBehavior implements Behavior {
  readonly #port: BehaviorPort;
  readonly #inFlight: number;
  readonly #thinkUs: number;
  /**
   * No message is sent from the end on. Messages up to `#lastUs` are scheduled, because the end may move up to there.
   */
  readonly #end: EndOfMeasure;
  readonly #lastUs: number;
  /** In order of due times, because `think` is constant. */
  readonly #queue: DueQueue;
  /** Connections from this number on, within the worker, only listen. */
  readonly #senders: number;
  /** 1 for each connection that takes part. */
  readonly #live: Uint8Array;
  #started = false;

  constructor(shard: Shard, end: EndOfMeasure, port: BehaviorPort) {
    const { inFlight, thinkMs, warmupMs } = shard.cell;
    const owned = ownedConnections(shard);
    this.#port = port;
    this.#inFlight = inFlight;
    this.#thinkUs = thinkMs * 1000;
    this.#end = end;
    this.#lastUs = (warmupMs + longestCell(shard).durationMs) * 1000;
    this.#queue = new DueQueue(owned * inFlight);
    this.#live = new Uint8Array(owned);
    this.#senders = Math.max(0, Math.ceil((sendingConnections(shard.cell) - shard.worker) / shard.workers));
  }

  start(openConnections: readonly number[]): void {
    this.#started = true;
    for (const connection of openConnections) this.#begin(connection, 0);
  }

  nextDueUs(): number {
    const dueUs = this.#queue.firstDueUs;
    return dueUs < this.#end.endUs ? dueUs : Number.POSITIVE_INFINITY;
  }

  onDue(): void {
    const dueUs = this.#queue.firstDueUs;
    const connection = this.#queue.shift();
    this.#port.send(connection, dueUs);
  }

  onOpen(connection: number, nowUs: number): void {
    if (!this.#started) return;
    this.#begin(connection, nowUs);
    this.#port.replan(nowUs);
  }

  onSettled(connection: number, nowUs: number): void {
    if (this.#live[connection] === 0) return;
    this.#queueAt(connection, nowUs + this.#thinkUs);
    this.#port.replan(nowUs);
  }

  /** Removes messages scheduled for the old connection, so that they are not sent on the one that replaces it. */
  onClose(connection: number): void {
    if (this.#live[connection] === 0) return;
    this.#live[connection] = 0;
    this.#queue.remove(connection);
  }

  /** Never called back: in a closed loop a message that was not sent was never planned. */
  unsent(): void {
    this.#queue.clear();
  }

  #begin(connection: number, atUs: number): void {
    if (connection >= this.#senders) return;
    this.#live[connection] = 1;
    for (let i = 0; i < this.#inFlight; i++) this.#queueAt(connection, atUs);
  }

  #queueAt(connection: number, dueUs: number): void {
    if (dueUs < this.#lastUs) this.#queue.push(connection, dueUs);
  }
}
