import type { MessagePort } from 'node:worker_threads';
import { METRONOME_GAP_US, type Pacing } from '../../plan/pacing.js';
import type { Clock, Timer } from './clock.js';
import { MetronomeBoard } from './metronome.js';

/** Wakes the scheduler near a given time. The pacings differ in how near. */
export interface Wake {
  /** Calls `turn` near `dueUs` or earlier. The scheduler reads the clock again, never sends early, and arms again. */
  arm(dueUs: number, turn: () => void): void;
  /** Calls `turn` as soon as pending reads have been served. */
  soon(turn: () => void): void;
  disarm(): void;
}

/** The place of a worker at the metronome. The port delivers its wake-ups. */
export interface MetronomeSeat {
  readonly shared: SharedArrayBuffer;
  readonly seat: number;
  readonly port: MessagePort;
}

export function wakeOf(pacing: Pacing, clock: Clock, seat: MetronomeSeat | null): Wake {
  if (pacing === 'timer') return new TimerWake(clock);
  if (pacing === 'spin') return new SpinWake(clock);
  if (seat === null) throw new Error('pacing by metronome needs a seat at it');
  return new MetronomeWake(clock, seat);
}

/** Pacing `timer`: setTimeout with its grain of 1 ms, the cheapest. Aims 1 ms early, then at the next grain. */
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

/** A distant time is approached in steps, because setTimeout overflows at 2^31 ms. */
const MAX_DELAY_MS = 60_000;

/** Pacing `spin`: setImmediate again and again. Wakes within microseconds and uses a whole core. */
export class SpinWake implements Wake {
  readonly #clock: Clock;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  arm(_dueUs: number, turn: () => void): void {
    this.soon(turn);
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

/** Pacing `metronome`: a helper thread sleeps more precisely than timers can, and wakes this thread by a message. */
export class MetronomeWake implements Wake {
  readonly #clock: Clock;
  readonly #board: MetronomeBoard;
  readonly #seat: number;
  #turn: (() => void) | null = null;
  #timer: Timer | null = null;
  /** When the last wake-up came, us of the clock. */
  #wokenUs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, { shared, seat, port }: MetronomeSeat) {
    this.#clock = clock;
    this.#board = new MetronomeBoard(shared);
    this.#seat = seat;
    port.on('message', () => this.#wake());
    port.unref();
  }

  arm(dueUs: number, turn: () => void): void {
    this.#cancelSoon();
    this.#turn = turn;
    this.#board.ask(this.#seat, Math.max(dueUs, this.#wokenUs + METRONOME_GAP_US), this.#clock.nowUs());
  }

  soon(turn: () => void): void {
    this.disarm();
    this.#timer = this.#clock.soon(turn);
  }

  disarm(): void {
    this.#cancelSoon();
    this.#turn = null;
    this.#board.leave(this.#seat);
  }

  #wake(): void {
    if (this.#turn === null) return;
    this.#wokenUs = this.#clock.nowUs();
    this.#turn();
  }

  #cancelSoon(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
