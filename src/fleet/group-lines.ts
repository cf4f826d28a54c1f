import type { Clock, Timer } from '../engine/pacing/clock.js';
import type { Interval } from '../metrics/interval.js';
import { LineSum, type SumAuthor } from '../metrics/line-sum.js';

/** How long a line waits for those of the other workers, ms. */
const WAIT_MS = 300;

/**
 * Makes the lines of an agent of those of its workers. A line is written when every worker has written since the last
 * one, or a while later without those who have not: they are late, or gone, and their lines come with the next.
 */
export class GroupLines {
  readonly #clock: Clock;
  readonly #sum: LineSum;
  readonly #workers: number;
  readonly #write: (line: Interval) => void;
  readonly #written = new Set<number>();
  #timer: Timer | null = null;

  constructor(clock: Clock, author: SumAuthor, write: (line: Interval) => void) {
    this.#clock = clock;
    this.#sum = new LineSum(author);
    this.#workers = author.workers[1] - author.workers[0];
    this.#write = write;
  }

  /** Lines written so far. */
  get count(): number {
    return this.#sum.count;
  }

  /** Takes a line of one worker. */
  add(line: Interval): void {
    this.#sum.add(line);
    this.#written.add(line.workers[0]);
    if (this.#written.size === this.#workers) return this.flush();
    this.#timer ??= this.#clock.after(WAIT_MS, () => this.flush());
  }

  /** Writes what has come, if anything has. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#written.clear();
    for (const line of this.#sum.take()) this.#write(line);
  }
}
