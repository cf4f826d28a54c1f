import type { MessagePort } from 'node:worker_threads';
import { METRONOME_GAP_US, type Pacing } from '../../plan/pacing.js';
import type { Clock, Timer } from './clock.js';
import { WakeRequests } from './metronome.js';

/**
 * Wakes the scheduler near a given time. The pacings differ in how near. Wake-ups (|) for a message that is due at D:
 *
 *     timer       ------------------------------------|-----D|---->   1 to 2 ms before D, then every 1 ms
 *     metronome   ------------------------------------------D|---->   once: a helper thread sleeps until D
 *     spin        |||||||||||||||||||||||||||||||||||||||||||D|--->   in every tick of the event loop
 *
 * After each wake-up the scheduler reads the clock again. So a message is never sent before D, whatever woke it.
 */
export interface Wake {
  /** Calls `tick` near `dueUs` or earlier. The scheduler reads the clock again, never sends early, and arms again. */
  arm(dueUs: number, tick: () => void): void;
  /** Calls `tick` as soon as pending reads have been served. */
  soon(tick: () => void): void;
  disarm(): void;
}

/** How a worker reaches the metronome: the shared memory for its requests, and the port that delivers its wake-ups. */
export interface MetronomeLink {
  readonly shared: SharedArrayBuffer;
  /** The number of the worker. */
  readonly worker: number;
  readonly port: MessagePort;
}

export function wakeOf(pacing: Pacing, clock: Clock, link: MetronomeLink | null): Wake {
  if (pacing === 'timer') return new TimerWake(clock);
  if (pacing === 'spin') return new SpinWake(clock);
  if (link === null) throw new Error('pacing by metronome needs a link to it');
  return new MetronomeWake(clock, link);
}

/** Pacing `timer`: setTimeout with its grain of 1 ms, the cheapest. Aims 1 ms early, then at the next grain. */
export class TimerWake implements Wake {
  readonly #clock: Clock;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  arm(dueUs: number, tick: () => void): void {
    this.disarm();
    const waitMs = (dueUs - this.#clock.nowUs()) / 1000;
    const delayMs = waitMs > 2 ? Math.min(Math.floor(waitMs) - 1, MAX_DELAY_MS) : 1;
    this.#timer = this.#clock.after(delayMs, tick);
  }

  soon(tick: () => void): void {
    this.disarm();
    this.#timer = this.#clock.soon(tick);
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

  arm(_dueUs: number, tick: () => void): void {
    this.soon(tick);
  }

  soon(tick: () => void): void {
    this.disarm();
    this.#timer = this.#clock.soon(tick);
  }

  disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

/** Pacing `metronome`: a helper thread sleeps more precisely than timers can, and wakes this thread by a message. */
export class MetronomeWake implements Wake {
  readonly #clock: Clock;
  readonly #requests: WakeRequests;
  readonly #worker: number;
  #tick: (() => void) | null = null;
  #timer: Timer | null = null;
  /** When the last wake-up came, us of the clock. */
  #wokenUs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, { shared, worker, port }: MetronomeLink) {
    this.#clock = clock;
    this.#requests = new WakeRequests(shared);
    this.#worker = worker;
    port.on('message', () => this.#wake());
    port.unref();
  }

  arm(dueUs: number, tick: () => void): void {
    this.#cancelSoon();
    this.#tick = tick;
    this.#requests.add(this.#worker, Math.max(dueUs, this.#wokenUs + METRONOME_GAP_US), this.#clock.nowUs());
  }

  soon(tick: () => void): void {
    this.disarm();
    this.#timer = this.#clock.soon(tick);
  }

  disarm(): void {
    this.#cancelSoon();
    this.#tick = null;
    this.#requests.cancel(this.#worker);
  }

  #wake(): void {
    if (this.#tick === null) return;
    this.#wokenUs = this.#clock.nowUs();
    this.#tick();
  }

  #cancelSoon(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
