import { type BoardLayout, COLUMN_WORDS, sharedBytes } from '../../plan/fanout.js';
import { connectionOf, FIRST_SEQUENCE, ordinalOf } from '../../plan/sequence.js';

/** The number names no message on the board. */
export const NO_ROW = -1;

/** A message that is sent to many. Instants in microseconds: `dueUs` from t0, `sentUs` of the engines' clock. */
export interface PublishedMessage {
  /** Numbered within the worker. */
  readonly publisher: number;
  readonly ordinal: number;
  readonly sequence: number;
  readonly request: number;
  readonly dueUs: number;
  readonly sentUs: number;
}

/** The memory of a cell's board, the same for all its workers. */
export interface BoardMemory {
  readonly layout: BoardLayout;
  readonly shared: SharedArrayBuffer;
}

export interface BoardOptions {
  readonly worker: number;
  /** Connections of the whole cell. */
  readonly connections: number;
  /** The numbers that earlier cells used. */
  readonly used: number;
}

/**
 * Messages on their way to many connections, in memory that all workers of a cell share. Every thread of a process has
 * the same monotonic clock, so instants of one worker are instants of all.
 *
 *     publishing worker     a row of its own ring: number, due, sent; on the line before the write
 *     receiving workers     each its own column of that row: delivered, expected, gone, first and last instant
 *     publishing worker     adds up the columns when every worker has closed the row
 *
 * No two threads write the same word. A row is written before its message is sent and read after the message arrived,
 * so no lock is needed; columns are read behind an atomic count of closed rows.
 */
export class Board {
  readonly layout: BoardLayout;
  readonly #worker: number;
  readonly #connections: number;
  readonly #used: number;
  readonly #rowMask: number;
  /** By worker: rows written so far. */
  readonly #written: Int32Array;
  /** By worker: 1 when it sends no more. */
  readonly #ended: Int32Array;
  /** By receiving and publishing worker: rows closed so far. */
  readonly #closed: Int32Array;
  /** By publisher: for its last messages, the number of the row plus one. */
  readonly #index: Int32Array;
  readonly #sequence: Float64Array;
  readonly #dueUs: Float64Array;
  readonly #sentUs: Float64Array;
  readonly #number: Int32Array;
  readonly #request: Int32Array;
  readonly #publisher: Int32Array;
  readonly #columns: Int32Array;
  /** Rows of this worker whose columns have been added up. */
  #added = 0;

  constructor({ layout, shared }: BoardMemory, { worker, connections, used }: BoardOptions) {
    const { workers, rows, publishers, lastOfEach } = layout;
    const all = workers * rows;
    let at = 0;
    const next = (bytes: number) => {
      const from = at;
      at += bytes;
      return from;
    };
    const floats = (length: number) => new Float64Array(shared, next(8 * length), length);
    const words = (length: number) => new Int32Array(shared, next(4 * length), length);
    this.#sequence = floats(all);
    this.#dueUs = floats(all);
    this.#sentUs = floats(all);
    this.#number = words(all);
    this.#request = words(all);
    this.#publisher = words(all);
    this.#columns = words(all * workers * COLUMN_WORDS);
    this.#index = words(workers * publishers * lastOfEach);
    this.#written = words(workers);
    this.#ended = words(workers);
    this.#closed = words(workers * workers);
    this.layout = layout;
    this.#worker = worker;
    this.#connections = connections;
    this.#used = used;
    this.#rowMask = rows - 1;
  }

  static memory(layout: BoardLayout): BoardMemory {
    return { layout, shared: new SharedArrayBuffer(sharedBytes(layout)) };
  }

  /** Whether a message would take the place of one that is still on its way. Then it may not be sent. */
  isFull(publisher: number, ordinal: number): boolean {
    const written = this.#written[this.#worker]!;
    if (written - this.#added >= this.layout.rows) return true;
    return this.#index[this.#indexOf(this.#worker, publisher, ordinal)]! > this.#added;
  }

  /** Notes a message of this worker. Must be called right before it is written to its socket. */
  publish({ publisher, ordinal, sequence, request, dueUs, sentUs }: PublishedMessage): void {
    const number = this.#written[this.#worker]!;
    const row = this.rowOf(this.#worker, number);
    this.#sequence[row] = sequence;
    this.#dueUs[row] = dueUs;
    this.#sentUs[row] = sentUs;
    this.#number[row] = number;
    this.#request[row] = request;
    this.#publisher[row] = this.#worker + publisher * this.layout.workers;
    const { workers } = this.layout;
    this.#columns.fill(0, row * workers * COLUMN_WORDS, (row + 1) * workers * COLUMN_WORDS);
    this.#index[this.#indexOf(this.#worker, publisher, ordinal)] = number + 1;
    Atomics.store(this.#written, this.#worker, number + 1);
  }

  /** The row of the message with this number; `NO_ROW` if none on the board has it. */
  find(sequence: number): number {
    if (sequence < FIRST_SEQUENCE + this.#used) return NO_ROW;
    const connection = connectionOf(sequence, this.#connections, this.#used);
    const { workers, publishers } = this.layout;
    const owner = connection % workers;
    const publisher = (connection - owner) / workers;
    if (publisher >= publishers) return NO_ROW;
    const ordinal = ordinalOf(sequence, this.#connections, this.#used);
    const found = this.#index[this.#indexOf(owner, publisher, ordinal)]!;
    if (found === 0) return NO_ROW;
    const row = this.rowOf(owner, found - 1);
    return this.#sequence[row] === sequence ? row : NO_ROW;
  }

  /** The row of a worker's message by its number, counted from 0. */
  rowOf(worker: number, number: number): number {
    return worker * this.layout.rows + (number & this.#rowMask);
  }

  dueUs(row: number): number {
    return this.#dueUs[row]!;
  }

  sentUs(row: number): number {
    return this.#sentUs[row]!;
  }

  /** How many messages its worker had published before it. */
  number(row: number): number {
    return this.#number[row]!;
  }

  request(row: number): number {
    return this.#request[row]!;
  }

  /** The connection that sent it, numbered over the whole cell. */
  publisher(row: number): number {
    return this.#publisher[row]!;
  }

  /** Notes in this worker's column that a connection of its own received the message, `afterUs` after it was due. */
  deliver(row: number, afterUs: number): void {
    const columns = this.#columns;
    const at = this.#columnOf(row, this.#worker);
    const us = Math.round(afterUs);
    const delivered = columns[at]!;
    columns[at] = delivered + 1;
    if (delivered === 0 || us < columns[at + 3]!) columns[at + 3] = us;
    if (delivered === 0 || us > columns[at + 4]!) columns[at + 4] = us;
  }

  /** Notes in this worker's column that a connection of its own closed before it got the message. */
  gone(row: number): void {
    this.#columns[this.#columnOf(row, this.#worker) + 2]!++;
  }

  /** Closes the oldest open row of a publishing worker for this worker. `expected`: deliveries, those missed and gone. */
  close(publishing: number, expected: number): void {
    const number = this.closed(publishing);
    this.#columns[this.#columnOf(this.rowOf(publishing, number), this.#worker) + 1] = expected;
    Atomics.store(this.#closed, this.#worker * this.layout.workers + publishing, number + 1);
  }

  /** How many rows of a publishing worker this worker has closed. */
  closed(publishing: number): number {
    return this.#closed[this.#worker * this.layout.workers + publishing]!;
  }

  /** How many rows a worker has written. */
  written(worker: number): number {
    return Atomics.load(this.#written, worker);
  }

  /** This worker sends no more. */
  end(): void {
    Atomics.store(this.#ended, this.#worker, 1);
  }

  /** True when no worker sends any more. */
  get haveAllEnded(): boolean {
    for (let worker = 0; worker < this.layout.workers; worker++) {
      if (Atomics.load(this.#ended, worker) === 0) return false;
    }
    return true;
  }

  /** Rows of this worker that every worker has closed and that were not added up yet. */
  get ready(): number {
    const { workers } = this.layout;
    let least = this.#written[this.#worker]!;
    for (let worker = 0; worker < workers; worker++) {
      least = Math.min(least, Atomics.load(this.#closed, worker * workers + this.#worker));
    }
    return least - this.#added;
  }

  /** Rows of this worker that were not added up yet. */
  get unadded(): number {
    return this.#written[this.#worker]! - this.#added;
  }

  /** The oldest row of this worker that was not added up yet, with the sums of its columns; the row is then free. */
  takeOldest(): RowSums {
    const row = this.rowOf(this.#worker, this.#added++);
    const { workers } = this.layout;
    const sums = {
      row,
      delivered: 0,
      expected: 0,
      gone: 0,
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
    };
    for (let worker = 0; worker < workers; worker++) {
      const at = this.#columnOf(row, worker);
      const delivered = this.#columns[at]!;
      sums.delivered += delivered;
      sums.expected += this.#columns[at + 1]!;
      sums.gone += this.#columns[at + 2]!;
      if (delivered === 0) continue;
      sums.firstUs = Math.min(sums.firstUs, this.#columns[at + 3]!);
      sums.lastUs = Math.max(sums.lastUs, this.#columns[at + 4]!);
    }
    return sums;
  }

  #columnOf(row: number, worker: number): number {
    return (row * this.layout.workers + worker) * COLUMN_WORDS;
  }

  #indexOf(owner: number, publisher: number, ordinal: number): number {
    const { publishers, lastOfEach } = this.layout;
    return (owner * publishers + publisher) * lastOfEach + (ordinal & (lastOfEach - 1));
  }
}

/** One message over all workers. First and last instant in microseconds after it was due. */
export interface RowSums {
  readonly row: number;
  /** Connections that received it in time. */
  readonly delivered: number;
  /** Connections that were open when it was sent. */
  readonly expected: number;
  /** Those of them that closed before they got it. */
  readonly gone: number;
  readonly firstUs: number;
  readonly lastUs: number;
}
