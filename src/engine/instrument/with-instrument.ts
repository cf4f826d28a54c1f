import type { Behavior } from '../behavior.js';
import type { Instrument } from './instrument.js';

/** The behaviour of the load, with the messages of the instrument check added, each at its own time. */
export class WithInstrument implements Behavior {
  readonly #load: Behavior;
  readonly #instrument: Instrument;

  constructor(load: Behavior, instrument: Instrument) {
    this.#load = load;
    this.#instrument = instrument;
  }

  start(openConnections: readonly number[]): void {
    this.#load.start(openConnections);
  }

  nextDueUs(): number {
    return Math.min(this.#load.nextDueUs(), this.#instrument.nextDueUs);
  }

  onDue(): void {
    if (this.#instrument.nextDueUs < this.#load.nextDueUs()) this.#instrument.onDue();
    else this.#load.onDue();
  }

  onOpen(connection: number, nowUs: number): void {
    this.#load.onOpen(connection, nowUs);
  }

  onSettled(connection: number, nowUs: number): void {
    this.#load.onSettled(connection, nowUs);
  }

  onClose(connection: number): void {
    this.#load.onClose(connection);
  }

  unsent(untilUs: number, each: (connection: number, dueUs: number) => void): void {
    this.#load.unsent(untilUs, each);
  }
}
