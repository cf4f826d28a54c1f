import { performance } from 'node:perf_hooks';

/** So long may questions be answered before timers and sockets have their turn, ms. */
const TURN_MS = 15;

/** What `Turns` knows of the event loop. Tests bring their own. */
export interface Loop {
  nowMs(): number;
  /** Calls in the next turn of the loop, after what timers and sockets have to do. */
  soon(call: () => void): void;
}

const REAL_LOOP: Loop = { nowMs: () => performance.now(), soon: (call) => void setImmediate(call) };

/**
 * Shares the event loop. A thousand questions that come at once are handled in one go, since whatever has come is read
 * before anything else: nothing else would happen for half a second. So once a turn of the loop has taken long, questions
 * wait in a queue for the next ones. First come, first served: whoever was passed by again and again would be asked a
 * second time.
 */
export class Turns {
  readonly #loop: Loop;
  #startMs = 0;
  /** This turn's start is known, and forgotten with the turn. */
  #isRunning = false;
  #queue: (() => void)[] = [];

  constructor(loop: Loop = REAL_LOOP) {
    this.#loop = loop;
  }

  /** Whether a new call has to wait: this turn has taken long, or others wait already. */
  get mustWait(): boolean {
    if (this.#queue.length > 0) return true;
    if (!this.#isRunning) this.#begin();
    return this.#isLong;
  }

  /** Calls in a turn that has not taken long yet, after all that wait already. */
  later(call: () => void): void {
    if (this.#queue.length === 0) this.#loop.soon(() => this.#serve());
    this.#queue.push(call);
  }

  #serve(): void {
    this.#begin();
    const waiting = this.#queue;
    let served = 0;
    while (served < waiting.length && !this.#isLong) waiting[served++]!();
    this.#queue = waiting.slice(served);
    if (this.#queue.length > 0) this.#loop.soon(() => this.#serve());
  }

  get #isLong(): boolean {
    return this.#loop.nowMs() - this.#startMs > TURN_MS;
  }

  #begin(): void {
    this.#startMs = this.#loop.nowMs();
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#loop.soon(() => {
      this.#isRunning = false;
    });
  }
}
