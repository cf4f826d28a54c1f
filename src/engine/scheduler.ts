import type { Behavior } from './behavior.js';
import type { Clock } from './clock.js';
import type { Wake } from './wake.js';

/** At most this many sends in one tick, then reads are served. Replies that make messages due send them at once. */
export const SENDS_PER_TURN = 64;

/**
 * Fires what is due, in order, never before its instant, never twice, never skipped: a late message goes out at once
 * with the instant it was meant for. Instants come from the behaviour; the clock only says which of them have come.
 */
export class Scheduler {
  readonly #clock: Clock;
  readonly #wake: Wake;
  readonly #behavior: Behavior;
  readonly #endTurn: () => void;
  #running = false;
  #t0Us = 0;
  /** The instant of the wake-up that is armed; Infinity if none is. */
  #armedUs = Number.POSITIVE_INFINITY;

  /** `endTurn` is called when all that a turn fires has been fired. */
  constructor(clock: Clock, wake: Wake, behavior: Behavior, endTurn: () => void) {
    this.#clock = clock;
    this.#wake = wake;
    this.#behavior = behavior;
    this.#endTurn = endTurn;
  }

  /** `t0Us`: t0 on the engine's clock. */
  start(t0Us: number): void {
    this.#t0Us = t0Us;
    this.#running = true;
    this.#turn();
  }

  stop(): void {
    this.#running = false;
    this.#armedUs = Number.POSITIVE_INFINITY;
    this.#wake.disarm();
  }

  /**
   * To be called when the behaviour's next instant has come nearer than it was; what is due by `nowUs` goes out at
   * once.
   */
  replan(nowUs: number): void {
    if (!this.#running) return;
    this.#fireDue(nowUs);
    this.#plan();
  }

  readonly #turn = (): void => {
    if (!this.#running) return;
    this.#armedUs = Number.POSITIVE_INFINITY;
    this.#fireDue(this.#clock.nowUs());
    this.#plan();
  };

  /** The clock is read once a tick. Messages that become due meanwhile go out in the next tick. */
  #fireDue(nowUs: number): void {
    for (let sends = 0; sends < SENDS_PER_TURN && this.#dueUs() <= nowUs; sends++) this.#behavior.onDue();
    this.#endTurn();
  }

  /** Arms the next wake-up, unless the armed one comes early enough: a closed loop plans after every reply, and arming costs time. */
  #plan(): void {
    const nextUs = this.#dueUs();
    if (nextUs >= this.#armedUs) return;
    this.#armedUs = nextUs;
    if (nextUs <= this.#clock.nowUs()) this.#wake.soon(this.#turn);
    else this.#wake.arm(nextUs, this.#turn);
  }

  #dueUs(): number {
    return this.#t0Us + this.#behavior.nextDueUs();
  }
}
