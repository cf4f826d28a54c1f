import type { Clock } from './clock.js';
import type { Timers } from './timers.js';

/** Waits for instants that may move meanwhile; until it is stopped. */
export class Instants {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #isStopped = false;
  #cutShort: (() => void) | null = null;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Resolves at this time of the clock, microseconds, or when all waiting is stopped. */
  async until(instantUs: () => number): Promise<void> {
    while (!this.#isStopped && this.#clock.nowUs() < instantUs()) {
      await new Promise<void>((resolve) => {
        const timer = this.#timers.after(Math.ceil((instantUs() - this.#clock.nowUs()) / 1000), resolve);
        this.#cutShort = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#cutShort = null;
  }

  /**
   * The same, once everything has been heard that was told before. After a stall, timers run before messages of the
   * coordinator, which may move the instant.
   */
  async untilAndHeard(instantUs: () => number): Promise<void> {
    do {
      await this.until(instantUs);
      await new Promise<void>((resolve) => this.#clock.soon(resolve));
    } while (!this.#isStopped && this.#clock.nowUs() < instantUs());
  }

  /** The instant that is waited for may have moved. */
  lookAgain(): void {
    this.#cutShort?.();
  }

  /** Waits for nothing from now on. */
  stop(): void {
    this.#isStopped = true;
    this.lookAgain();
  }
}
