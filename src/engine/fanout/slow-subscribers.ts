import type { SecondBucket } from '../../metrics/touched-seconds.js';
import { type Fanout, isMeantFor } from '../../plan/fanout.js';
import type { Board } from './board.js';
import { Marks } from './marks.js';

export interface SlowSubscribersOptions {
  readonly fanout: Fanout;
  readonly board: Board;
  readonly worker: number;
  readonly workers: number;
  /** By connection of this worker: since when it is open; infinite if it is not. */
  readonly openSinceUs: Float64Array;
  /** Where a message is counted. */
  readonly bucketOf: (row: number) => SecondBucket;
  readonly t0Us: () => number;
}

/**
 * The connections of one worker that read slowly on purpose. They are owed nothing, so no ledger knows them. What they
 * get, and how late, stands beside what the others get.
 */
export class SlowSubscribers {
  readonly #o: SlowSubscribersOptions;
  readonly #marks: Marks;
  /** The first of them, numbered within the worker. */
  readonly #from: number;

  constructor(options: SlowSubscribersOptions) {
    const { board, fanout, worker, workers } = options;
    const { layout } = board;
    this.#o = options;
    this.#marks = new Marks(layout.rows * layout.workers, layout.slow);
    this.#from = Math.max(0, Math.ceil((fanout.slowFrom - worker) / workers));
  }

  has(connection: number): boolean {
    return connection >= this.#from;
  }

  /** One of them has read a message that is not closed. `nowUs`: when it did. */
  take(row: number, connection: number, nowUs: number): void {
    const { board, fanout, t0Us } = this.#o;
    const tookUs = nowUs - board.sentUs(row);
    if (!this.#isFor(row, connection) || tookUs > fanout.timeoutMs * 1000) return;
    this.#marks.begin(row, board.number(row));
    if (!this.#marks.set(row, connection - this.#from)) return;
    this.#o.bucketOf(row).slowDelivered(nowUs - t0Us() - board.dueUs(row), tookUs);
  }

  /** Whether one of them may still read a message. */
  isAwaited(row: number): boolean {
    return this.#without(row) > 0;
  }

  /** The time of a message is over: who has not read it by now has missed it. */
  close(row: number): void {
    const missed = this.#without(row);
    if (missed > 0) this.#o.bucketOf(row).slowMissed(missed);
  }

  /** How many are open, since before the message was sent, and have not read it. */
  #without(row: number): number {
    const { openSinceUs, board } = this.#o;
    this.#marks.begin(row, board.number(row));
    let count = 0;
    this.#marks.eachUnset(row, 0, 1, openSinceUs.length - this.#from, (index) => {
      if (this.#isFor(row, index + this.#from)) count++;
    });
    return count;
  }

  #isFor(row: number, connection: number): boolean {
    const { fanout, board, worker, workers, openSinceUs } = this.#o;
    if (openSinceUs[connection]! > board.sentUs(row)) return false;
    return isMeantFor(fanout, board.request(row), board.publisher(row), worker + connection * workers);
  }
}

/** Null if nobody reads slowly. */
export function slowSubscribersOf(options: SlowSubscribersOptions): SlowSubscribers | null {
  return options.fanout.slowFrom === Number.POSITIVE_INFINITY ? null : new SlowSubscribers(options);
}
