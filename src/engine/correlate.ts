import { C } from '../metrics/counters.js';
import type { Recorder } from '../metrics/recorder.js';
import type { Cell } from '../plan/cell.js';
import { peakConnections } from '../plan/cell.js';
import type { PayloadSource } from '../plan/payload.js';
import { connectionOf, ordinalOf } from '../plan/sequence.js';
import { echoMatches } from './echo-check.js';
import { type InFlightTable, SLOT } from './in-flight.js';
import { SequenceReader } from './read-sequence.js';

/** Where a worker's connection stands: what was planned and answered on it. */
export class ConnectionProgress {
  /** Next ordinal to be planned on each connection; also how many were. */
  readonly next: Float64Array;
  /** Highest ordinal answered, -1 for none. */
  readonly highest: Float64Array;
  /** Matching by order: the ordinal the next reply belongs to, if it is in flight. */
  readonly head: Float64Array;

  constructor(connections: number) {
    this.next = new Float64Array(connections);
    this.highest = new Float64Array(connections).fill(-1);
    this.head = new Float64Array(connections);
  }
}

export interface CorrelatorOptions {
  readonly cell: Cell;
  readonly worker: number;
  readonly workers: number;
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
  readonly payload: PayloadSource;
  readonly recorder: Recorder;
  /** The instant received frames without a message of their own are booked at, us from t0. */
  readonly sinceT0Us: () => number;
  /** A message of this connection is settled. */
  readonly settled: (connection: number) => void;
  /** Matching by order: the order on this connection is unknown from now on. */
  readonly orderLost: (connection: number) => void;
  readonly t0Us: () => number;
}

/** Gives every received frame its message, or the name of what is wrong with it, and settles what is never answered. */
export class Correlator {
  readonly #o: CorrelatorOptions;
  readonly #connections: number;
  readonly #timeoutUs: number;
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
    this.#reader = new SequenceReader(cell.reply.field);
    this.#json = cell.message.format === 'json';
    this.#judgesEcho = cell.reply.echo.kind !== 'none';
    this.#response = cell.model === 'open';
  }

  /** One data frame on `connection` (numbered within the worker), read at `nowUs`. */
  onFrame(connection: number, data: Buffer, nowUs: number): void {
    const { recorder, cell } = this.#o;
    recorder.bytes.received += data.length;
    if (cell.model === 'listen' || cell.reply.match === 'none') {
      recorder.at(this.#o.sinceT0Us()).counters[C.received]!++;
    } else if (cell.reply.match === 'order') {
      this.#byOrder(connection, data, nowUs);
    } else {
      this.#bySequence(connection, data, nowUs);
    }
  }

  /** Gives up on what was sent too long ago. Which messages time out depends on their stamps alone, not on when this runs. */
  expire(nowUs: number): void {
    const { table, cell } = this.#o;
    table.eachSentBefore(nowUs - this.#timeoutUs, (connection, slot) => {
      if (table.state(slot) !== SLOT.inFlight) return;
      this.#timeOut(connection, slot);
      if (cell.reply.match === 'order') this.#loseOrder(connection);
    });
  }

  /** A connection is gone: what it had in flight is lost. */
  onClose(connection: number): void {
    const { table } = this.#o;
    table.eachOf(connection, (slot) => {
      this.#count(slot, C.lostOnClose);
      table.leave(slot, SLOT.lost);
    });
  }

  /** The cell is over: what is still in flight stays unanswered. */
  abandon(): void {
    const { table } = this.#o;
    table.eachSentBefore(Number.POSITIVE_INFINITY, (_connection, slot) => {
      this.#count(slot, C.inFlightAtEnd);
      table.leave(slot, SLOT.lost);
    });
  }

  #bySequence(connection: number, data: Buffer, nowUs: number): void {
    const { progress, worker, workers, table } = this.#o;
    const sequence = this.#reader.read(data);
    if (sequence < 0) return this.#stray(C.unexpected);
    const ordinal = ordinalOf(sequence, this.#connections);
    const owner = connectionOf(sequence, this.#connections);
    if (owner !== worker + connection * workers) {
      return this.#stray(this.#plausible(ordinal) ? C.misdelivered : C.unexpected);
    }
    const slot = table.slotOf(connection, ordinal);
    if (ordinal >= progress.next[connection]! || !table.holds(slot, ordinal)) return this.#stray(C.unexpected);
    switch (table.state(slot)) {
      case SLOT.inFlight:
        return this.#answer(connection, ordinal, slot, data, nowUs);
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
    const { next } = this.#o.progress;
    let most = 0;
    for (let i = 0; i < next.length; i++) if (next[i]! > most) most = next[i]!;
    return ordinal <= 2 * most + 1000;
  }

  #byOrder(connection: number, data: Buffer, nowUs: number): void {
    const { progress, table } = this.#o;
    const planned = progress.next[connection]!;
    for (let ordinal = progress.head[connection]!; ordinal < planned; ordinal++) {
      const slot = table.slotOf(connection, ordinal);
      if (!table.holds(slot, ordinal) || table.state(slot) !== SLOT.inFlight) continue;
      progress.head[connection] = ordinal + 1;
      return this.#answer(connection, ordinal, slot, data, nowUs);
    }
    progress.head[connection] = planned;
    this.#stray(C.unexpected);
  }

  #answer(connection: number, ordinal: number, slot: number, data: Buffer, nowUs: number): void {
    const { table, recorder, progress, cell } = this.#o;
    const sentUs = table.sentUs(slot);
    if (nowUs - sentUs > this.#timeoutUs) {
      this.#count(slot, C.received);
      this.#count(slot, C.late);
      this.#timeOut(connection, slot);
      table.markLate(slot);
      if (cell.reply.match === 'order') this.#loseOrder(connection);
      return;
    }
    const dueUs = table.dueUs(slot);
    const bucket = recorder.at(dueUs);
    const { counters } = bucket;
    counters[C.received]!++;
    counters[C.answered]!++;
    bucket.service(nowUs - sentUs);
    if (this.#response) bucket.response(nowUs - this.#o.t0Us() - dueUs);
    if (ordinal < progress.highest[connection]!) counters[C.reordered]!++;
    else progress.highest[connection] = ordinal;
    if (this.#judgesEcho && !this.#echoed(connection, ordinal, data)) counters[C.corrupted]!++;
    table.leave(slot, SLOT.answered);
    this.#o.settled(connection);
  }

  /** A connection loses its order once, however many of its messages time out. */
  #loseOrder(connection: number): void {
    if (this.#orderLost.has(connection)) return;
    this.#orderLost.add(connection);
    this.#o.orderLost(connection);
  }

  #echoed(connection: number, ordinal: number, data: Buffer): boolean {
    const { payload, worker, workers, cell } = this.#o;
    return echoMatches(cell.reply.echo, this.#json, payload.bytes(worker + connection * workers, ordinal), data);
  }

  #timeOut(connection: number, slot: number): void {
    this.#count(slot, C.timedOut);
    this.#o.table.leave(slot, SLOT.timedOut);
    this.#o.settled(connection);
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
