/** When the agents of a run hear that their coordinator is still there. */
import type { BusClock } from '../bus/clock.js';
import { BEAT_MS } from './orders.js';

/** A thousand beats at once would be answered at once, and keep the coordinator from all else for a while. */
const GROUPS_MOST = 10;

/** Calls `beat` for every one of them, once in BEAT_MS: in groups of about equal size, spread evenly over that time. */
export class Beats<Member> {
  readonly #groups: readonly (readonly Member[])[];
  readonly #beat: (member: Member) => void;
  readonly #clock: BusClock;
  #next = 0;
  #callOff: () => void = () => {};

  constructor(members: readonly Member[], beat: (member: Member) => void, clock: BusClock) {
    const groups = Math.max(1, Math.min(GROUPS_MOST, members.length));
    this.#groups = Array.from({ length: groups }, (_, group) => members.filter((__, at) => at % groups === group));
    this.#beat = beat;
    this.#clock = clock;
    this.#wait();
  }

  end(): void {
    this.#callOff();
  }

  /** From now: groups that are late stay apart. */
  #wait(): void {
    this.#callOff = this.#clock.after(BEAT_MS / this.#groups.length, () => {
      this.#wait();
      for (const member of this.#groups[this.#next]!) this.#beat(member);
      this.#next = (this.#next + 1) % this.#groups.length;
    });
  }
}
