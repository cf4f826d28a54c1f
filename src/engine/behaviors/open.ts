import { longestCell, type Shard } from '../../plan/cell.js';
import { type Cursor, pacerOf } from '../../plan/pacer.js';
import type { Behavior, BehaviorPort } from '../behavior.js';
import type { EndOfMeasure } from '../end-of-measure.js';

/** Sends messages at the planned times, whatever the server does. */
export class OpenBehavior implements Behavior {
  readonly #port: BehaviorPort;
  readonly #workers: number;
  readonly #cursor: Cursor;
  readonly #end: EndOfMeasure;
  #dueUs = NEVER;

  constructor(shard: Shard, end: EndOfMeasure, port: BehaviorPort) {
    this.#port = port;
    this.#end = end;
    this.#workers = shard.workers;
    this.#cursor = pacerOf(longestCell(shard)).cursor(shard.worker, shard.workers);
  }

  start(): void {
    this.#dueUs = this.#cursor.next();
  }

  nextDueUs(): number {
    return this.#dueUs < this.#end.endUs ? this.#dueUs : NEVER;
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

  unsent(untilUs: number, each: (connection: number, dueUs: number) => void): void {
    for (; this.#dueUs < untilUs; this.#dueUs = this.#cursor.next()) {
      each(Math.floor(this.#cursor.connection / this.#workers), this.#dueUs);
    }
  }
}

const NEVER = Number.POSITIVE_INFINITY;
