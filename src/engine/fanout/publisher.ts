import type { Recorder } from '../../metrics/recorder.js';
import type { Fanout } from '../../plan/fanout.js';
import { sequenceOf } from '../../plan/sequence.js';
import type { Board } from './board.js';

export interface PublisherOptions {
  readonly fanout: Fanout;
  readonly board: Board;
  readonly recorder: Recorder;
  readonly worker: number;
  readonly workers: number;
  /** Connections of the whole cell. */
  readonly connections: number;
  /** The numbers that earlier cells used. */
  readonly used: number;
  readonly t0Us: () => number;
}

/**
 * The messages of one worker that are sent to many. Notes each on the board before it goes out. Later adds up, for each,
 * what all workers noted about it: so the same deliveries are counted twice, by connection and by message, and the sums
 * must agree.
 */
export class Publisher {
  readonly #o: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#o = options;
  }

  /** Whether the board has no place for a message of a connection, numbered within the worker. */
  isFull(connection: number, ordinal: number, request: number): boolean {
    return this.#reaches(request) && this.#o.board.isFull(connection, ordinal);
  }

  /** A message goes out now. */
  publish(connection: number, ordinal: number, request: number, dueUs: number, sentUs: number): void {
    if (!this.#reaches(request)) return;
    const { board, worker, workers, connections, used } = this.#o;
    const sequence = sequenceOf(worker + connection * workers, ordinal, connections, used);
    board.publish({ publisher: connection, ordinal, sequence, request, dueUs, sentUs });
  }

  /** No further message goes out. */
  end(): void {
    this.#o.board.end();
  }

  /** Takes the messages that every worker has closed. */
  take(): void {
    const { board, recorder, t0Us } = this.#o;
    for (let left = board.ready; left > 0; left--) {
      const sums = board.takeOldest();
      const dueUs = board.dueUs(sums.row);
      const lagUs = board.sentUs(sums.row) - t0Us() - dueUs;
      recorder.at(dueUs, board.request(sums.row)).published({ ...sums, lagUs });
    }
  }

  /** True while a worker has not closed a message. */
  get isWaiting(): boolean {
    return this.#o.board.unadded > 0;
  }

  #reaches(request: number): boolean {
    return this.#o.fanout.reach[request] != null;
  }
}
