import { ConnectionTimes } from '../../metrics/connection-times.js';
import { C } from '../../metrics/counters.js';
import type { SubscriberCounts } from '../../metrics/interval.js';
import type { Recorder } from '../../metrics/recorder.js';
import { type Fanout, isMember } from '../../plan/fanout.js';
import type { LastService } from '../last-service.js';
import { SequenceReader } from '../matching/read-sequence.js';
import { type Board, NO_ROW } from './board.js';
import { Marks } from './marks.js';
import { type SlowSubscribers, slowSubscribersOf } from './slow-subscribers.js';

export interface DeliveriesOptions {
  readonly fanout: Fanout;
  readonly board: Board;
  readonly worker: number;
  readonly workers: number;
  /** Connections of this worker. */
  readonly owned: number;
  /** The JSON field of a delivery that has the number, if it has one. */
  readonly field: string;
  readonly recorder: Recorder;
  readonly t0Us: () => number;
  /** Noted here for each delivery in time. */
  readonly lastService: LastService;
  /** Whether the deliver times of each connection are kept; absent for no. */
  readonly fairness?: boolean;
  /** Whether those who read slowly read nothing, so that nobody waits for them; absent for no. */
  readonly slowStop?: boolean;
}

const CLOSED = Number.POSITIVE_INFINITY;
const NO_COUNTER = -1;

/**
 * What the connections of one worker receive of messages that are sent to many. A connection that was open when a
 * message was sent ends, for this message, as exactly one of
 *
 *     delivered     it came within the timeout
 *     gone          the connection closed before
 *     missed        neither
 *
 * Who opened later is owed nothing; what it gets all the same is `replayed`. Who reads slowly on purpose is owed nothing
 * either; what it reads is `counted`, and timed apart.
 */
export class Deliveries {
  readonly #o: DeliveriesOptions;
  readonly #board: Board;
  readonly #timeoutUs: number;
  readonly #marks: Marks;
  readonly #reader: SequenceReader;
  /** By connection: since when it is open; `CLOSED` if it is not. */
  readonly #openSinceUs: Float64Array;
  /** By connection: its measured deliveries. */
  readonly #delivered: Float64Array;
  readonly #missed: Float64Array;
  readonly #gone: Float64Array;
  readonly #times: ConnectionTimes | null;
  /** Null if nobody reads slowly. */
  readonly #slow: SlowSubscribers | null;
  /** In one room, this worker's connections are so far apart. */
  readonly #roomStep: number;
  #isOver = false;

  constructor(options: DeliveriesOptions) {
    const { board, owned, fanout, workers } = options;
    const { layout } = board;
    this.#o = options;
    this.#board = board;
    this.#timeoutUs = fanout.timeoutMs * 1000;
    this.#marks = new Marks(layout.rows * layout.workers, layout.subscribers);
    this.#reader = new SequenceReader(options.field);
    this.#openSinceUs = new Float64Array(owned).fill(CLOSED);
    this.#delivered = new Float64Array(owned);
    this.#missed = new Float64Array(owned);
    this.#gone = new Float64Array(owned);
    this.#times = options.fairness === true ? new ConnectionTimes(owned) : null;
    this.#slow = slowSubscribersOf({
      ...{ fanout, board, workers, worker: options.worker, t0Us: options.t0Us, openSinceUs: this.#openSinceUs },
      bucketOf: (row) => options.recorder.at(board.dueUs(row), board.request(row)),
    });
    this.#roomStep = fanout.rooms === null ? 1 : fanout.rooms / greatestDivisor(fanout.rooms, workers);
  }

  onOpen(connection: number, nowUs: number): void {
    this.#openSinceUs[connection] = nowUs;
  }

  /** A connection closed: what it was owed will not come any more. */
  onClose(connection: number, nowUs: number): void {
    // What was due earlier was missed before the connection went.
    this.expire(nowUs);
    const sinceUs = this.#openSinceUs[connection]!;
    this.#openSinceUs[connection] = CLOSED;
    this.#leave(connection, sinceUs);
  }

  #leave(connection: number, sinceUs: number): void {
    if (sinceUs === CLOSED) return;
    this.#eachOpenRow((row) => {
      if (sinceUs > this.#board.sentUs(row) || !this.#isFor(row, connection)) return;
      if (!this.#marks.set(row, connection)) return;
      this.#end(row, connection, C.gone);
      this.#board.gone(row);
    });
  }

  /**
   * Takes a message that may be a delivery. False if no number in it names a message that is sent to many: then nothing
   * was counted. `size`: bytes of the message, where it is more than what is looked through.
   */
  take(
    connection: number,
    bytes: Buffer,
    start: number,
    end: number,
    nowUs: number,
    size: number = end - start,
  ): boolean {
    const sole = this.#reader.sole(bytes, start, end);
    if (this.takeNumber(connection, sole, size, nowUs)) return true;
    const named = sole < 0 ? this.#reader.named(bytes, start, end, sole) : [];
    return (
      this.takeNumbers(connection, named, size, nowUs) ||
      this.takeNumbers(connection, this.#reader.all(bytes, start, end), size, nowUs)
    );
  }

  /** The same for a message whose number is known. */
  takeNumber(connection: number, number: number, bytes: number, nowUs: number): boolean {
    const row = this.#board.find(number);
    if (row === NO_ROW) return false;
    this.#takeRow(connection, row, bytes, nowUs);
    return true;
  }

  /** The same for a frame with these numbers: all messages that they name, each once. */
  takeNumbers(connection: number, numbers: readonly number[], bytes: number, nowUs: number): boolean {
    const rows = new Set(numbers.map((number) => this.#board.find(number)).filter((row) => row !== NO_ROW));
    // The first message of a frame gets all bytes of the frame.
    let left = bytes;
    for (const row of rows) {
      this.#takeRow(connection, row, left, nowUs);
      left = 0;
    }
    return rows.size > 0;
  }

  /**
   * The counter of a message that is not on the board, `counter` for most: who reads slowly may read one that has long
   * left the board.
   */
  counterOff(connection: number, counter: number): number {
    return this.#slow?.has(connection) === true ? C.counted : counter;
  }

  /** Closes what is older than the timeout. The result depends on instants only, not on when this runs. */
  expire(nowUs: number): void {
    const { workers } = this.#board.layout;
    for (let worker = 0; worker < workers; worker++) this.#expireOf(worker, nowUs);
  }

  /** Closes what nobody waits for any more, so that nothing is waited for at the end. */
  settle(): void {
    const { workers } = this.#board.layout;
    for (let worker = 0; worker < workers; worker++) {
      for (let row = this.#oldest(worker); row !== NO_ROW && !this.#isAwaited(row); row = this.#oldest(worker)) {
        this.#close(worker, row);
      }
    }
  }

  /** True while a message is on its way to a connection of this worker, or may still be sent. */
  get isWaiting(): boolean {
    const { workers } = this.#board.layout;
    if (!this.#board.haveAllEnded) return true;
    for (let worker = 0; worker < workers; worker++) {
      if (this.#board.closed(worker) < this.#board.written(worker)) return true;
    }
    return false;
  }

  /** Ends the cell: what has not come by now would find its connection closed. Until it is, more may come. */
  abandon(nowUs: number): void {
    this.expire(nowUs);
    for (const [connection, sinceUs] of this.#openSinceUs.entries()) this.#leave(connection, sinceUs);
    this.#isOver = true;
    this.expire(Number.POSITIVE_INFINITY);
  }

  /** By connection of this worker: the measured deliveries it got, missed, and was gone for. */
  subscribers(): SubscriberCounts {
    const [delivered, missed, gone] = [this.#delivered, this.#missed, this.#gone].map((each) => Array.from(each));
    const counts = { delivered: delivered!, missed: missed!, gone: gone! };
    if (this.#times === null) return counts;
    const owed = counts.delivered.map((count, connection) => count + counts.missed[connection]!);
    return { ...counts, p50Us: this.#times.quantiles(0.5, owed), p99Us: this.#times.quantiles(0.99, owed) };
  }

  #takeRow(connection: number, row: number, bytes: number, nowUs: number): void {
    const { recorder, t0Us, lastService } = this.#o;
    const dueUs = this.#board.dueUs(row);
    const sentUs = this.#board.sentUs(row);
    const serviceUs = nowUs - sentUs;
    const counter = this.#judge(connection, row, serviceUs, sentUs);
    if (counter === NO_COUNTER) return recorder.outside();
    const bucket = recorder.at(dueUs, this.#board.request(row));
    bucket.counters[C.received]!++;
    bucket.receivedBytes += bytes;
    bucket.counters[counter]!++;
    if (counter === C.counted && !this.#isClosed(row)) this.#slow!.take(row, connection, nowUs);
    if (counter !== C.delivered) return;
    const afterUs = nowUs - t0Us() - dueUs;
    this.#board.deliver(row, afterUs);
    bucket.delivered(afterUs, serviceUs);
    lastService.us = serviceUs;
    if (bucket.phase !== 'measure') return;
    this.#delivered[connection]!++;
    this.#times?.record(connection, afterUs);
  }

  /** The counter of a delivery; `NO_COUNTER` if it came while its connection was being closed at the end. */
  #judge(connection: number, row: number, tookUs: number, sentUs: number): number {
    if (this.#slow?.has(connection) === true) return this.#isOver ? NO_COUNTER : C.counted;
    if (!this.#isFor(row, connection)) return C.misdelivered;
    if (this.#openSinceUs[connection]! > sentUs) return C.replayed;
    this.#marks.begin(row, this.#board.number(row));
    // Once the cell is over, a bit says that the connection had the message, or would have closed before it came.
    if (!this.#marks.set(row, connection)) return this.#isOver ? NO_COUNTER : C.redelivered;
    // When the row was closed, this delivery was counted as missed.
    if (this.#isClosed(row)) return C.deliveredLate;
    if (tookUs <= this.#timeoutUs) return C.delivered;
    // The row stays open: what arrived earlier in other sockets may be read later.
    this.#end(row, connection, C.missed);
    return C.deliveredLate;
  }

  #expireOf(worker: number, nowUs: number): void {
    for (let row = this.#oldest(worker); row !== NO_ROW; row = this.#oldest(worker)) {
      if (nowUs - this.#board.sentUs(row) <= this.#timeoutUs) return;
      this.#close(worker, row);
    }
  }

  /** The oldest row of a worker that is not closed; `NO_ROW` if there is none. */
  #oldest(worker: number): number {
    const number = this.#board.closed(worker);
    return number < this.#board.written(worker) ? this.#board.rowOf(worker, number) : NO_ROW;
  }

  #close(worker: number, row: number): void {
    let missed = 0;
    this.#eachOwed(row, (connection) => {
      this.#end(row, connection, C.missed);
      missed++;
    });
    if (!this.#isOver) this.#slow?.close(row);
    this.#board.close(worker, this.#marks.count(row) + missed);
  }

  /** Counts a message that a connection does not get. */
  #end(row: number, connection: number, counter: number): void {
    const bucket = this.#o.recorder.at(this.#board.dueUs(row), this.#board.request(row));
    bucket.counters[counter]!++;
    if (bucket.phase !== 'measure') return;
    const sums = counter === C.missed ? this.#missed : this.#gone;
    sums[connection]!++;
  }

  #isAwaited(row: number): boolean {
    let isAwaited = this.#o.slowStop !== true && this.#slow?.isAwaited(row) === true;
    this.#eachOwed(row, () => {
      isAwaited = true;
    });
    return isAwaited;
  }

  #isClosed(row: number): boolean {
    return this.#board.number(row) < this.#board.closed(this.#ownerOf(row));
  }

  /** Calls `each` with every connection that was open when the message was sent and has neither got it nor gone. */
  #eachOwed(row: number, each: (connection: number) => void): void {
    const { worker, workers, owned, fanout } = this.#o;
    const board = this.#board;
    const sentUs = board.sentUs(row);
    this.#marks.begin(row, board.number(row));
    const isAnyRoom = fanout.rooms === null || fanout.reach[board.request(row)] === 'all';
    let from = 0;
    const step = isAnyRoom ? 1 : this.#roomStep;
    if (!isAnyRoom) {
      const room = board.publisher(row) % fanout.rooms!;
      while (from < step && (worker + from * workers) % fanout.rooms! !== room) from++;
      if (from === step) return;
    }
    this.#marks.eachUnset(row, from, step, owned, (connection) => {
      if (this.#openSinceUs[connection]! <= sentUs && this.#isFor(row, connection)) each(connection);
    });
  }

  #eachOpenRow(each: (row: number) => void): void {
    const board = this.#board;
    for (let worker = 0; worker < board.layout.workers; worker++) {
      const end = board.written(worker);
      for (let number = board.closed(worker); number < end; number++) {
        const row = board.rowOf(worker, number);
        this.#marks.begin(row, number);
        each(row);
      }
    }
  }

  #isFor(row: number, connection: number): boolean {
    const { fanout, worker, workers } = this.#o;
    return isMember(fanout, this.#board.request(row), this.#board.publisher(row), worker + connection * workers);
  }

  #ownerOf(row: number): number {
    return Math.floor(row / this.#board.layout.rows);
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
