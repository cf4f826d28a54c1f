import type { Clock } from '../pacing/clock.js';
import { Timers } from '../pacing/timers.js';

/** When churn happens. All times are microseconds from t0, like the plan's. */
export class Timetable {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #t0Us = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timers = new Timers(clock);
  }

  /** t0 is reached. No other method may be called before. */
  start(t0Us: number): void {
    this.#t0Us = t0Us;
  }

  /** The time of the engine's clock at `atUs` from t0. */
  onClock(atUs: number): number {
    return this.#t0Us + atUs;
  }

  nowUs(): number {
    return this.#clock.nowUs() - this.#t0Us;
  }

  /** Calls back at a time, never earlier: Node's timers may be early. If the time has come, calls back at once. */
  at(atUs: number, callback: () => void): void {
    if (atUs <= this.nowUs()) callback();
    else this.#later(atUs, callback);
  }

  /** Calls back in a later tick, when the caller has finished what it is doing. */
  soon(callback: () => void): void {
    this.#later(this.nowUs(), callback);
  }

  cancelAll(): void {
    this.#timers.cancelAll();
  }

  #later(atUs: number, callback: () => void): void {
    this.#timers.after(Math.ceil((atUs - this.nowUs()) / 1000), () => this.at(atUs, callback));
  }
}
