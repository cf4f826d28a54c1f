import type { Clock, Timer } from './clock.js';

/** Wakes the scheduler near an instant; how near is what the ways to wake differ in. */
export interface Wake {
  /** Calls `turn` at or shortly before `dueUs` (the scheduler re-reads the clock and never sends early). */
  arm(dueUs: number, turn: () => void): void;
  /** Calls `turn` as soon as pending reads have been served. */
  soon(turn: () => void): void;
  disarm(): void;
}

/** setTimeout: a grain of 1 ms, the cheapest. Aims a millisecond early for the longer waits, then at the next grain. */
export class TimerWake implements Wake {
  readonly #clock: Clock;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  arm(dueUs: number, turn: () => void): void {
    this.disarm();
    const waitMs = (dueUs - this.#clock.nowUs()) / 1000;
    const delayMs = waitMs > 2 ? Math.min(Math.floor(waitMs) - 1, MAX_DELAY_MS) : 1;
    this.#timer = this.#clock.after(delayMs, turn);
  }

  soon(turn: () => void): void {
    this.disarm();
    this.#timer = this.#clock.soon(turn);
  }

  disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

/** A far instant is approached in steps; setTimeout overflows at 2^31 ms. */
const MAX_DELAY_MS = 60_000;
