import type { Clock, Timer } from './clock.js';

/** The pending calls of one owner. They can be cancelled together. */
export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back after at least roughly this long, never at once. */
  after(ms: number, callback: () => void): Timer {
    const timer = this.#clock.after(Math.max(0, ms), () => {
      this.#pending.delete(timer);
      callback();
    });
    this.#pending.add(timer);
    return timer;
  }

  /** Calls back again and again, roughly so long after the call before. */
  every(ms: number, callback: () => void): void {
    this.after(ms, () => {
      callback();
      this.every(ms, callback);
    });
  }

  cancelAll(): void {
    for (const timer of this.#pending) timer.cancel();
    this.#pending.clear();
  }
}
