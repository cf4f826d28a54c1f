import type { Clock, Timer } from '../../src/engine/pacing/clock.js';

interface Pending {
  readonly atUs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that moves only when told to. Timers fire in order; between two of them promises get to run. */
export class ManualClock implements Clock {
  #nowUs: number;
  #order = 0;
  readonly #pending: Pending[] = [];

  constructor(startUs = 1_000_000) {
    this.#nowUs = startUs;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  /** Pending timers. */
  get timers(): number {
    return this.#pending.length;
  }

  after(ms: number, callback: () => void): Timer {
    return this.#add(this.#nowUs + ms * 1000, callback);
  }

  soon(callback: () => void): Timer {
    return this.#add(this.#nowUs, callback);
  }

  /** Moves on by hand without firing anything: time that passes while code runs. */
  stall(us: number): void {
    this.#nowUs += us;
  }

  /** Runs everything due up to an instant. */
  async runUntil(untilUs: number): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#pending[0];
      if (next === undefined || next.atUs > untilUs) break;
      this.#pending.shift();
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.callback();
      await settle();
    }
    this.#nowUs = Math.max(this.#nowUs, untilUs);
  }

  /** Runs until a promise is settled; throws where nothing is left that could settle it. */
  async runUntilSettled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    promise.then(
      () => (done = true),
      () => (done = true),
    );
    await settle();
    while (!done) {
      const next = this.#pending[0];
      if (next !== undefined) await this.runUntil(next.atUs);
      // A long chain of promises may still come to its end.
      else await settle();
      if (next === undefined && !done) throw new Error('nothing left to do, and the promise is still open');
    }
    return promise;
  }

  #add(atUs: number, callback: () => void): Timer {
    const entry: Pending = { atUs, order: this.#order++, callback };
    let low = 0;
    let high = this.#pending.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#pending[middle]!.atUs <= atUs) low = middle + 1;
      else high = middle;
    }
    this.#pending.splice(low, 0, entry);
    return {
      cancel: () => {
        const index = this.#pending.indexOf(entry);
        if (index >= 0) this.#pending.splice(index, 1);
      },
    };
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) await null;
}
