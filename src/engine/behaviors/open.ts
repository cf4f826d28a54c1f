import { longestCell, type Shard } from '../../plan/cell.js';
import { type Cursor, pacerOf } from '../../plan/pacer.js';
import type { Behavior, BehaviorPort } from '../behavior.js';

/** Sends messages at the planned times, whatever the server does. */
export class OpenBehavior implements Behavior {
  readonly #port: BehaviorPort;
  readonly #workers: number;
  readonly #cursor: Cursor;
  #dueUs = NEVER;
  /** Messages due from here on are not part of the cell, unless it is extended. */
  #endUs: number;

  constructor(shard: Shard, port: BehaviorPort) {
    this.#port = port;
    this.#workers = shard.workers;
    this.#cursor = pacerOf(longestCell(shard)).cursor(shard.worker, shard.workers);
    this.#endUs = (shard.cell.warmupMs + shard.cell.durationMs) * 1000;
  }

  start(): void {
    this.#dueUs = this.#cursor.next();
  }

  nextDueUs(): number {
    return this.#dueUs < this.#endUs ? this.#dueUs : NEVER;
  }

  onDue(): void {
    const connection = Math.floor(this.#cursor.connection / this.#workers);
    const dueUs = this.#dueUs;
    this.#dueUs = this.#cursor.next();
    this.#port.send(connection, dueUs);
  }

  onOpen(): void {}
  onSettled(): void {}
  onClose(): void {}

  extend(endUs: number): void {
    this.#endUs = endUs;
  }

  unsent(untilUs: number, each: (dueUs: number) => void): void {
    for (; this.#dueUs < untilUs; this.#dueUs = this.#cursor.next()) each(this.#dueUs);
  }
}

const NEVER = Number.POSITIVE_INFINITY;
