import { C } from '../metrics/counters.js';
import type { Recorder } from '../metrics/recorder.js';
import type { Cell } from '../plan/cell.js';
import { peakConnections } from '../plan/cell.js';
import type { PayloadSource } from '../plan/payload.js';
import { connectionOf, FIRST_SEQUENCE, ordinalOf } from '../plan/sequence.js';
import type { ConnectionProgress } from './connection-progress.js';
import { echoMatches } from './echo-check.js';
import { ExactEcho } from './exact-echo.js';
import { type InFlightTable, SLOT } from './in-flight.js';
import { SequenceReader } from './read-sequence.js';

export interface CorrelatorOptions {
  readonly cell: Cell;
  readonly worker: number;
  readonly workers: number;
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
  readonly payload: PayloadSource;
  /** Numbers of the cells before; absent for none. */
  readonly usedNumbers?: number;
  readonly recorder: Recorder;
  /** The instant received frames without a message of their own are booked at, us from t0. */
  readonly sinceT0Us: () => number;
  /** A message of this connection is settled, at an instant of the engine's clock. */
  readonly settled: (connection: number, nowUs: number) => void;
  /** Matching by order: the order on this connection is unknown from now on. */
  readonly orderLost: (connection: number) => void;
  readonly t0Us: () => number;
}

/** Gives every received frame its message, or the name of what is wrong with it, and settles what is never answered. */
export class Correlator {
  readonly #o: CorrelatorOptions;
  readonly #connections: number;
  readonly #used: number;
  readonly #timeoutUs: number;
  readonly #match: 'sequence' | 'order' | 'none';
  readonly #exact: ExactEcho;
  readonly #reader: SequenceReader;
  readonly #json: boolean;
  readonly #judgesEcho: boolean;
  readonly #response: boolean;
  readonly #orderLost = new Set<number>();

  constructor(options: CorrelatorOptions) {
    const { cell } = options;
    this.#o = options;
    this.#connections = peakConnections(cell);
    this.#timeoutUs = cell.reply.timeoutMs * 1000;
    this.#match = cell.model === 'listen' ? 'none' : cell.reply.match;
    this.#used = options.usedNumbers ?? 0;
    this.#exact = new ExactEcho(options.payload, this.#connections, this.#used);
    this.#reader = new SequenceReader(cell.reply.field);
    this.#json = cell.message.format === 'json';
    this.#judgesEcho = cell.reply.echo.kind !== 'none';
    this.#response = cell.model === 'open';
  }

  /** One data frame on `connection` (numbered within the worker): `bytes` from `start` to `end`, read at `nowUs`. */
  onFrame(connection: number, bytes: Buffer, start: number, end: number, nowUs: number): void {
    const { recorder } = this.#o;
    recorder.bytes.received += end - start;
    if (this.#match === 'sequence') this.#bySequence(connection, bytes, start, end, nowUs);
    else if (this.#match === 'order') this.#byOrder(connection, bytes, start, end, nowUs);
    else recorder.at(this.#o.sinceT0Us()).counters[C.received]!++;
  }

  /** Gives up on what was sent too long ago. Which messages time out depends on their stamps alone, not on when this runs. */
  expire(nowUs: number): void {
    const { table } = this.#o;
    table.eachSentBefore(nowUs - this.#timeoutUs, (connection, slot) => {
      if (table.state(slot) === SLOT.inFlight) this.#timeOut(connection, slot, nowUs);
    });
  }

  /** A connection is gone: what it had in flight is lost. Returns how many of it were due in the measure phase. */
  onClose(connection: number): number {
    const { table, recorder } = this.#o;
    let measured = 0;
    table.eachOf(connection, (slot) => {
      if (recorder.at(table.dueUs(slot)).phase === 'measure') measured++;
      this.#count(slot, C.lostOnClose);
      table.leave(slot, SLOT.lost);
    });
    return measured;
  }

  /** Another connection takes the place of one that is gone: no reply on it can belong to a message from before. */
  beginLife(connection: number): void {
    const { table, progress } = this.#o;
    table.forget(connection);
    progress.setHead(connection, progress.next(connection));
    this.#orderLost.delete(connection);
  }

  /** The cell is over: what is still in flight stays unanswered. */
  abandon(): void {
    const { table } = this.#o;
    table.eachSentBefore(Number.POSITIVE_INFINITY, (_connection, slot) => {
      this.#count(slot, C.inFlightAtEnd);
      table.leave(slot, SLOT.lost);
    });
  }

  #bySequence(connection: number, bytes: Buffer, start: number, end: number, nowUs: number): void {
    const { worker, workers } = this.#o;
    const self = worker + connection * workers;
    const exact = this.#exact.ordinal(self, bytes, start, end);
    if (exact >= 0) return this.#settle(connection, exact, null, nowUs);
    const sequence = this.#reader.read(bytes, start, end);
    if (sequence < FIRST_SEQUENCE + this.#used) return this.#stray(C.unexpected);
    const ordinal = ordinalOf(sequence, this.#connections, this.#used);
    const isOwn = connectionOf(sequence, this.#connections, this.#used) === self;
    if (isOwn) this.#settle(connection, ordinal, bytes.subarray(start, end), nowUs);
    else this.#stray(this.#plausible(ordinal) ? C.misdelivered : C.unexpected);
  }

  /** A reply with one of the connection's own numbers. `reply` is null where it repeats the message byte for byte. */
  #settle(connection: number, ordinal: number, reply: Buffer | null, nowUs: number): void {
    const { table, progress } = this.#o;
    const slot = table.slotOf(connection, ordinal);
    if (ordinal >= progress.next(connection) || !table.holds(slot, ordinal)) return this.#stray(C.unexpected);
    switch (table.state(slot)) {
      case SLOT.inFlight:
        return this.#answer(connection, ordinal, slot, reply, nowUs);
      case SLOT.timedOut:
        table.markLate(slot);
        this.#count(slot, C.received);
        return this.#count(slot, C.late);
      case SLOT.lost:
        return this.#stray(C.unexpected);
      default:
        this.#count(slot, C.received);
        return this.#count(slot, C.duplicated);
    }
  }

  /** Another worker's connection may be ahead of ours; a number far beyond any plan is not one of our sequences. */
  #plausible(ordinal: number): boolean {
    return ordinal <= 2 * this.#o.progress.most() + 1000;
  }

  #byOrder(connection: number, bytes: Buffer, start: number, end: number, nowUs: number): void {
    const { progress, table } = this.#o;
    const planned = progress.next(connection);
    for (let ordinal = progress.head(connection); ordinal < planned; ordinal++) {
      const slot = table.slotOf(connection, ordinal);
      if (!table.holds(slot, ordinal) || table.state(slot) !== SLOT.inFlight) continue;
      progress.setHead(connection, ordinal + 1);
      return this.#answer(connection, ordinal, slot, bytes.subarray(start, end), nowUs);
    }
    progress.setHead(connection, planned);
    this.#stray(C.unexpected);
  }

  #answer(connection: number, ordinal: number, slot: number, reply: Buffer | null, nowUs: number): void {
    const { table, recorder, progress } = this.#o;
    const serviceUs = nowUs - table.sentUs(slot);
    if (serviceUs > this.#timeoutUs) return this.#answerLate(connection, slot, nowUs);
    const dueUs = table.dueUs(slot);
    const bucket = recorder.at(dueUs);
    const { counters } = bucket;
    counters[C.received]!++;
    counters[C.answered]!++;
    bucket.service(serviceUs);
    if (this.#response) bucket.response(nowUs - this.#o.t0Us() - dueUs);
    if (ordinal < progress.highest(connection)) counters[C.reordered]!++;
    else progress.setHighest(connection, ordinal);
    if (reply !== null && this.#judgesEcho && !this.#echoed(connection, ordinal, reply)) counters[C.corrupted]!++;
    table.leave(slot, SLOT.answered);
    this.#o.settled(connection, nowUs);
  }

  /** Too late, though no scan has noticed yet. */
  #answerLate(connection: number, slot: number, nowUs: number): void {
    this.#count(slot, C.received);
    this.#count(slot, C.late);
    this.#timeOut(connection, slot, nowUs);
    this.#o.table.markLate(slot);
  }

  /** A connection loses its order once, however many of its messages time out. */
  #loseOrder(connection: number): void {
    if (this.#orderLost.has(connection)) return;
    this.#orderLost.add(connection);
    this.#o.orderLost(connection);
  }

  #echoed(connection: number, ordinal: number, reply: Buffer): boolean {
    const { payload, worker, workers, cell } = this.#o;
    return echoMatches(cell.reply.echo, this.#json, payload.bytes(worker + connection * workers, ordinal), reply);
  }

  /** Matching by order, nobody knows from then on which message the next reply belongs to: the connection ends. */
  #timeOut(connection: number, slot: number, nowUs: number): void {
    this.#count(slot, C.timedOut);
    this.#o.table.leave(slot, SLOT.timedOut);
    if (this.#match === 'order') this.#loseOrder(connection);
    else this.#o.settled(connection, nowUs);
  }

  /** Counts an event in the second its message was due. */
  #count(slot: number, counter: number): void {
    this.#o.recorder.at(this.#o.table.dueUs(slot)).counters[counter]!++;
  }

  /** Counts a frame that answers no message of this connection. */
  #stray(counter: number): void {
    const { counters } = this.#o.recorder.at(this.#o.sinceT0Us());
    counters[C.received]!++;
    counters[counter]!++;
  }
}
