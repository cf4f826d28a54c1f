import type { Shard } from '../../plan/cell.js';
import { type Cursor, pacerOf } from '../../plan/pacer.js';
import type { Behavior, BehaviorPort } from '../behavior.js';

/** Messages go out when the plan says, whatever the server does. */
export class OpenBehavior implements Behavior {
  readonly #port: BehaviorPort;
  readonly #workers: number;
  readonly #cursor: Cursor;
  #dueUs = Number.POSITIVE_INFINITY;

  constructor(shard: Shard, port: BehaviorPort) {
    this.#port = port;
    this.#workers = shard.workers;
    this.#cursor = pacerOf(shard.cell).cursor(shard.worker, shard.workers);
  }

  start(): void {
    this.#dueUs = this.#cursor.next();
  }

  nextDueUs(): number {
    return this.#dueUs;
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

  unsent(untilUs: number, each: (dueUs: number) => void): void {
    for (; this.#dueUs < untilUs; this.#dueUs = this.#cursor.next()) each(this.#dueUs);
    this.#dueUs = Number.POSITIVE_INFINITY;
  }
}
