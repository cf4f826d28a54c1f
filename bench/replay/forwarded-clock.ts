import { type Clock, realClock, type Timer } from '../../src/engine/pacing/clock.js';

interface Pending {
  readonly dueUs: number;
  readonly callback: () => void;
}

/**
 * The real clock plus time that is skipped on request: reading the clock costs as much as in a run, but hours of the
 * plan pass at once. Calls back only in `forward`.
 */
export class ForwardedClock implements Clock {
  #aheadUs = 0;
  readonly #pending = new Set<Pending>();

  nowUs(): number {
    return realClock.nowUs() + this.#aheadUs;
  }

  after(ms: number, callback: () => void): Timer {
    return this.#add(this.nowUs() + ms * 1000, callback);
  }

  soon(callback: () => void): Timer {
    return this.#add(Number.NEGATIVE_INFINITY, callback);
  }

  /** Skips some time and makes every call that is now due, also those that such calls schedule. */
  async forward(us: number): Promise<void> {
    this.#aheadUs += us;
    for (let due = this.#due(); due.length > 0; due = this.#due()) {
      for (const pending of due) {
        if (this.#pending.delete(pending)) pending.callback();
      }
      // Code that waits for a promise must run before the next check.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #due(): Pending[] {
    const nowUs = this.nowUs();
    return [...this.#pending].filter(({ dueUs }) => dueUs <= nowUs).sort((a, b) => a.dueUs - b.dueUs);
  }

  #add(dueUs: number, callback: () => void): Timer {
    const pending = { dueUs, callback };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }
}
