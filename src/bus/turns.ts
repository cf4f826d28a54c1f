import { performance } from 'node:perf_hooks';

/** So long may questions be answered before timers and sockets have their turn, ms. */
const TURN_MS = 15;

/**
 * Shares the event loop. A thousand questions that come at once are handled in one go, since whatever has come is read
 * before anything else: nothing else would happen for half a second. So the questions wait for the next turn of the loop
 * once this one has taken long.
 */
export class Turns {
  #startMs = Number.NEGATIVE_INFINITY;
  /** This turn's start is known, and forgotten with the turn. */
  #isRunning = false;

  /** Whether this turn of the loop has taken long. */
  get isOver(): boolean {
    if (!this.#isRunning) this.#begin();
    return performance.now() - this.#startMs > TURN_MS;
  }

  /** Resolves in a turn that has not taken long yet. First come, first served. */
  async next(): Promise<void> {
    while (this.isOver) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #begin(): void {
    this.#isRunning = true;
    this.#startMs = performance.now();
    setImmediate(() => {
      this.#isRunning = false;
    });
  }
}
