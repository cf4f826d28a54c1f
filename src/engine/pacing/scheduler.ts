import type { Behavior } from '../behavior.js';
import type { Clock } from './clock.js';
import type { Leash } from './leash.js';
import type { Wake } from './wake.js';

/** At most this many sends per tick, then reads are served. Messages that become due by a reply are sent at once. */
export const SENDS_PER_TICK = 64;

/**
 * Fires messages in order of their due times: never early, never twice, and never skipped. A late message is sent at
 * once and keeps its planned time. The behaviour provides the times; the clock only tells which of them have come.
 *
 * One tick of the event loop, with messages due at a, b and c:
 *
 *     wake-up is near a,    tick: read the clock once      next wake-up is
 *     may be early          a and b have come: fire both   armed for c
 *          |                          |                        |
 *     -----+----a---b-----------------+------------------------+-----c----->  time
 *               |<---- send lag ----->|
 *
 * If the wake-up comes before a, nothing is fired and the same time is armed again. If more than 64 are due, the rest
 * goes out in the next tick, so that replies are read in between.
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #wake: Wake;
  readonly #behavior: Behavior;
  readonly #endTick: () => void;
  readonly #leash: Leash | null;
  #running = false;
  #t0Us = 0;
  /** The time of the armed wake-up; Infinity if none is armed. */
  #armedUs = Number.POSITIVE_INFINITY;

  /** `endTick` is called when everything due in a tick has been fired. `leash`: if it is over, nothing is fired. */
  constructor(clock: Clock, wake: Wake, behavior: Behavior, endTick: () => void, leash?: Leash | null) {
    this.#leash = leash ?? null;
    this.#clock = clock;
    this.#wake = wake;
    this.#behavior = behavior;
    this.#endTick = endTick;
  }

  /** `t0Us`: t0 on the engine's clock. */
  start(t0Us: number): void {
    this.#t0Us = t0Us;
    this.#running = true;
    this.#tick();
  }

  stop(): void {
    this.#running = false;
    this.#armedUs = Number.POSITIVE_INFINITY;
    this.#wake.disarm();
  }

  /** Must be called when the behaviour's next due time has become earlier. Messages due by `nowUs` are sent at once. */
  replan(nowUs: number): void {
    if (!this.#running) return;
    this.#fireDue(nowUs);
    this.#plan();
  }

  readonly #tick = (): void => {
    if (!this.#running) return;
    this.#armedUs = Number.POSITIVE_INFINITY;
    this.#fireDue(this.#clock.nowUs());
    this.#plan();
  };

  /** The clock is read once per tick. Messages that become due meanwhile are sent in the next tick. */
  #fireDue(nowUs: number): void {
    if (this.#leash?.isOver(nowUs)) return this.stop();
    for (let sends = 0; sends < SENDS_PER_TICK && this.#dueUs() <= nowUs; sends++) this.#behavior.onDue();
    this.#endTick();
  }

  /**
   * Arms the next wake-up, unless the armed one is early enough. A closed loop plans after every reply, and arming is
   * expensive.
   */
  #plan(): void {
    if (!this.#running) return;
    const nextUs = this.#dueUs();
    if (nextUs >= this.#armedUs) return;
    this.#armedUs = nextUs;
    if (nextUs <= this.#clock.nowUs()) this.#wake.soon(this.#tick);
    else this.#wake.arm(nextUs, this.#tick);
  }

  #dueUs(): number {
    return this.#t0Us + this.#behavior.nextDueUs();
  }
}
