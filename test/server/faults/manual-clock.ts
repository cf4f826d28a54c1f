import type { FaultClock } from '../../../src/server/faults/clock.js';

interface Call {
  readonly atUs: number;
  readonly call: () => void;
}

/** Time that moves only when told to. Timers fire up to `earlyUs` before they should, as Node's do. */
export class ManualClock implements FaultClock {
  #nowUs = 0;
  readonly #earlyUs: number;
  #calls: Call[] = [];

  constructor(earlyUs = 0) {
    this.#earlyUs = earlyUs;
  }

  get waiting(): number {
    return this.#calls.length;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, call: () => void): () => void {
    return this.#add(this.#nowUs + Math.max(0, delayMs * 1000 - this.#earlyUs), call);
  }

  /** A tick of the loop takes 100 us. */
  soon(call: () => void): () => void {
    return this.#add(this.#nowUs + 100, call);
  }

  /** Lets time pass up to `untilUs`, calling what falls due on the way. */
  passTo(untilUs: number): void {
    for (let next = this.#next(untilUs); next !== null; next = this.#next(untilUs)) {
      this.#calls.splice(this.#calls.indexOf(next), 1);
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.call();
    }
    this.#nowUs = untilUs;
  }

  /** The process stands still: time has passed, and no timer has fired yet. */
  jumpTo(atUs: number): void {
    this.#nowUs = atUs;
  }

  #add(atUs: number, call: () => void): () => void {
    const added = { atUs, call };
    this.#calls.push(added);
    return () => {
      this.#calls = this.#calls.filter((other) => other !== added);
    };
  }

  #next(untilUs: number): Call | null {
    const due = this.#calls.filter(({ atUs }) => atUs <= untilUs);
    return due.length === 0 ? null : due.reduce((a, b) => (b.atUs < a.atUs ? b : a));
  }
}
