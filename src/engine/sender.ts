import type { ConnectionShares } from '../metrics/connection-times.js';
import { C } from '../metrics/counters.js';
import type { Recorder } from '../metrics/recorder.js';
import type { SecondBucket, TouchedSeconds } from '../metrics/touched-seconds.js';
import { type Cell, hasSilent, isMatched, peakConnections, type Shard } from '../plan/cell.js';
import { type Mix, NO_REQUEST } from '../plan/mix.js';
import { MODELS } from '../plan/models.js';
import { largestSize, type PayloadSource } from '../plan/payload.js';
import type { Publisher } from './fanout/publisher.js';
import { type Frame, PreparedFrames, release } from './frame/prepared-frames.js';
import type { ConnectionProgress } from './matching/connection-progress.js';
import type { InFlightTable } from './matching/in-flight.js';
import type { Clock } from './pacing/clock.js';
import { SENDS_PER_TICK } from './pacing/scheduler.js';
import type { Pool, PooledConnection } from './pool.js';
import type { Waiting, WaitingMessage } from './session/waiting.js';

/** If more bytes than this wait in a socket, further messages are not sent. */
const BACKPRESSURE_BYTES = 1024 * 1024;
/** The most bytes of small frames in one write. */
const BATCH_BYTES = 16 * 1024;
const NONE = -1;

export interface SenderOptions {
  readonly shard: Shard;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
  readonly payload: PayloadSource;
  readonly recorder: Recorder;
  /** Null if all messages are of one kind. */
  readonly mix: Mix | null;
  /** Null if no message needs what the reply to another one brings. */
  readonly waiting: Waiting | null;
  /** Null if no message is sent to many. */
  readonly publisher: Publisher | null;
  /** Null if connections are not counted one by one. */
  readonly shares: ConnectionShares | null;
  readonly t0Us: () => number;
}

/**
 * Sends due messages. The messages of a tick wait for its end, so that those of one socket go out in one write. Each
 * message ends in exactly one counter.
 */
export class Sender {
  readonly #o: SenderOptions;
  readonly #cell: Cell;
  readonly #frames: PreparedFrames;
  readonly #backpressureBytes: number;
  readonly #isMatched: boolean;
  /** If false, a message that cannot go out now goes out later. */
  readonly #drops: boolean;
  /** Makes a message that may fail to be made; null if none can. */
  readonly #prepare: ((connection: number, ordinal: number) => boolean) | null;
  /** The messages of a tick: when each is due, and the next message of its connection. */
  readonly #dueUs = new Float64Array(SENDS_PER_TICK);
  readonly #nextOf = new Int32Array(SENDS_PER_TICK);
  #waiting = 0;
  /** The connections of a tick in order of appearance, and the first and last message of each. */
  readonly #connections = new Int32Array(SENDS_PER_TICK);
  #connectionCount = 0;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  /** Small frames of one connection collected for one write, with the slots, due times and seconds of their messages. */
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #batchBytes = 0;
  readonly #slots = new Int32Array(SENDS_PER_TICK);
  readonly #slotDueUs = new Float64Array(SENDS_PER_TICK);
  readonly #slotBuckets: SecondBucket[] = [];
  #batched = 0;
  readonly #mix: Mix | null;
  /** The seconds of all messages, where they are of one kind. */
  readonly #seconds: TouchedSeconds;
  readonly #waits: Waiting | null;
  readonly #publisher: Publisher | null;
  readonly #shares: ConnectionShares | null;
  /** By request: true if it has no reply of its own. Null if none is so. */
  readonly #silent: readonly boolean[] | null;
  /** True where messages are of one kind, wait for nothing, reach nobody else and cannot fail to be made. */
  readonly #isPlain: boolean;
  /** The message that was planned last: its number on its connection, its request, and the second it was due in. */
  #ordinal = 0;
  #request = NO_REQUEST;
  #bucket!: SecondBucket;

  /** `owned`: connections of this worker. */
  constructor(owned: number, options: SenderOptions) {
    const { cell } = options.shard;
    this.#o = options;
    this.#cell = cell;
    const { payload, shard, table } = options;
    this.#frames = new PreparedFrames(payload, peakConnections(cell), shard.used?.numbers, table.slotsPerConnection);
    this.#backpressureBytes = Math.max(BACKPRESSURE_BYTES, 4 * largestSize(cell.message.size));
    this.#isMatched = isMatched(cell);
    this.#drops = MODELS[cell.model].drops;
    this.#mix = options.mix;
    this.#seconds = options.recorder.seconds(NO_REQUEST);
    this.#prepare = options.payload.prepare ?? null;
    this.#waits = options.waiting;
    this.#publisher = options.publisher;
    this.#shares = options.shares;
    this.#silent = hasSilent(cell) ? cell.wire!.requests.map(({ silent }) => silent === true) : null;
    this.#isPlain = cell.wire === undefined && this.#prepare === null && this.#shares === null;
    this.#first = new Int32Array(owned).fill(NONE);
    this.#last = new Int32Array(owned);
  }

  /** Adds the next message of a connection, due at `dueUs` from t0, to the tick. */
  add(connection: number, dueUs: number): void {
    const message = this.#waiting++;
    this.#dueUs[message] = dueUs;
    this.#nextOf[message] = NONE;
    if (this.#first[connection] === NONE) {
      this.#connections[this.#connectionCount++] = connection;
      this.#first[connection] = message;
    } else {
      this.#nextOf[this.#last[connection]!] = message;
    }
    this.#last[connection] = message;
  }

  /** Ends the tick: sends everything that was added. */
  flush(): void {
    for (let i = 0; i < this.#connectionCount; i++) {
      const connection = this.#connections[i]!;
      const first = this.#first[connection]!;
      this.#first[connection] = NONE;
      this.#sendAll(connection, first);
    }
    this.#connectionCount = 0;
    this.#waiting = 0;
  }

  /** Counts the next message of a connection, which is due and not sent. `counter`: why. */
  giveUp(connection: number, dueUs: number, counter: number): void {
    const { progress } = this.#o;
    const ordinal = progress.next(connection);
    progress.setNext(connection, ordinal + 1);
    const request = this.#requestOf(connection, ordinal);
    this.#waits?.void(connection, ordinal, request);
    const bucket = this.#bucketOf(dueUs, request);
    this.#countPlanned(bucket, connection, request);
    bucket.counters[counter]!++;
  }

  #countPlanned({ counters, phase }: SecondBucket, connection: number, request: number): void {
    counters[C.planned]!++;
    if (this.#silent?.[request] === true) counters[C.unawaited]!++;
    else if (this.#shares !== null && phase === 'measure') this.#shares.awaited(connection);
  }

  /** Sends messages that waited for a value and have it now. */
  sendReady(waits: Waiting, messages: readonly WaitingMessage[]): void {
    for (const message of messages) {
      const { connection, dueUs, slot } = message;
      const socket = this.#o.pool.at(connection);
      const refusal = this.#refusal(socket, NONE);
      if (refusal !== NONE) {
        waits.drop(message, refusal);
        continue;
      }
      waits.start(message, this.#awaits(message.request));
      this.#ordinal = message.ordinal;
      this.#request = message.request;
      this.#bucket = this.#bucketOf(dueUs, message.request);
      this.#writeFrame(socket!, connection, this.#frameOf(connection), slot, dueUs);
    }
  }

  #bucketOf(dueUs: number, request: number): SecondBucket {
    return this.#mix === null ? this.#seconds.at(dueUs) : this.#o.recorder.at(dueUs, request);
  }

  /** Whether a reply to such a message is awaited. */
  #awaits(request: number): boolean {
    return this.#isMatched && (this.#silent === null || !this.#silent[request]);
  }

  #requestOf(connection: number, ordinal: number): number {
    if (this.#mix === null) return NO_REQUEST;
    const { worker, workers } = this.#o.shard;
    return this.#mix(worker + connection * workers, ordinal);
  }

  #sendAll(connection: number, first: number): void {
    const socket = this.#o.pool.at(connection);
    const isAlone = this.#nextOf[first] === NONE;
    for (let message = first; message !== NONE; message = this.#nextOf[message]!) {
      const dueUs = this.#dueUs[message]!;
      const slot = this.#admit(socket, connection, dueUs);
      if (slot === NONE) continue;
      const frame = this.#frameOf(connection);
      if (isAlone || frame.tail !== null || frame.head.length > BATCH_BYTES || this.#publisher !== null)
        this.#writeFrame(socket!, connection, frame, slot, dueUs);
      else this.#addToBatch(socket!, frame, slot, dueUs);
    }
    if (!isAlone && socket !== null) this.#writeBatch(socket);
  }

  /**
   * Plans the next message of a connection and enters it as in flight. Returns its slot. If the message cannot be sent,
   * counts the reason and returns `NONE`; so also if it has to wait.
   */
  #admit(socket: PooledConnection | null, connection: number, dueUs: number): number {
    const { table } = this.#o;
    const ordinal = this.#takeOrdinal(connection);
    this.#ordinal = ordinal;
    if (this.#mix !== null) this.#request = this.#requestOf(connection, ordinal);
    this.#bucket = this.#bucketOf(dueUs, this.#request);
    this.#countPlanned(this.#bucket, connection, this.#request);
    const slot = table.slotOf(connection, ordinal);
    const isAwaited = this.#awaits(this.#request);
    let refusal = this.#refusal(socket, isAwaited ? slot : NONE);
    if (refusal === NONE && !this.#isPlain) refusal = this.#refusalOfRequest(slot, connection, ordinal);
    if (refusal !== NONE) return this.#refuse(refusal, connection, ordinal);
    if (this.#waits?.holds(connection, ordinal, this.#request, dueUs)) return NONE;
    if (isAwaited) table.enter(connection, ordinal, dueUs);
    return slot;
  }

  #refuse(counter: number, connection: number, ordinal: number): number {
    this.#bucket.counters[counter]!++;
    this.#waits?.void(connection, ordinal, this.#request);
    return NONE;
  }

  /** The next ordinal. A closed loop drops nothing: it skips ordinals whose slot is still in use by a slow message. */
  #takeOrdinal(connection: number): number {
    const { progress, table } = this.#o;
    let ordinal = progress.next(connection);
    if (!this.#drops) while (!table.isFree(table.slotOf(connection, ordinal))) ordinal++;
    progress.setNext(connection, ordinal + 1);
    return ordinal;
  }

  /**
   * The counter for the reason why a message cannot be sent; `NONE` if it can. `slot`: where it will wait for its reply;
   * `NONE` if it awaits none, or if it has its slot already.
   */
  #refusal(socket: PooledConnection | null, slot: number): number {
    if (socket === null || !socket.canSend) return C.notConnected;
    if (!this.#drops) return NONE;
    const { table } = this.#o;
    if (slot !== NONE && (table.count >= this.#cell.maxInFlight || !table.isFree(slot))) return C.dropped;
    return socket.bufferedBytes > this.#backpressureBytes ? C.backpressure : NONE;
  }

  /** The same for what only some requests need. Apart, so that the path of a plain message stays small. */
  #refusalOfRequest(slot: number, connection: number, ordinal: number): number {
    // What a message waited for is kept by slot, whether or not a reply is awaited.
    const isTaken = this.#drops && this.#waits !== null && !this.#o.table.isFree(slot);
    const isFull = this.#drops && this.#publisher?.isFull(connection, ordinal, this.#request) === true;
    return isTaken || isFull ? C.dropped : this.#unmade(connection, ordinal);
  }

  /** A message that a script fails to build ends its connection, and counts as due while there was none. */
  #unmade(connection: number, ordinal: number): number {
    if (this.#prepare === null) return NONE;
    const { worker, workers } = this.#o.shard;
    return this.#prepare(worker + connection * workers, ordinal) ? NONE : C.notConnected;
  }

  /** The frame of the message that was planned last. Its bytes are counted in the same second as the message. */
  #frameOf(connection: number): Frame {
    const { shard, recorder } = this.#o;
    const frame = this.#frames.frame(shard.worker + connection * shard.workers, this.#ordinal);
    const bytes = payloadBytes(frame);
    recorder.bytes.sent += bytes;
    this.#bucket.sentBytes += bytes;
    return frame;
  }

  #writeFrame(socket: PooledConnection, connection: number, frame: Frame, slot: number, dueUs: number): void {
    this.#writeBatch(socket);
    const sentUs = this.#o.clock.nowUs();
    this.#publisher?.publish(connection, this.#ordinal, this.#request, dueUs, sentUs);
    const isKept = socket.write(frame.head, frame.tail);
    if (isKept) release(frame);
    this.#recordSent(this.#bucket, slot, dueUs, sentUs);
  }

  #addToBatch(socket: PooledConnection, { head }: Frame, slot: number, dueUs: number): void {
    if (this.#batchBytes + head.length > BATCH_BYTES) this.#writeBatch(socket);
    this.#batch.set(head, this.#batchBytes);
    this.#batchBytes += head.length;
    this.#slots[this.#batched] = slot;
    this.#slotBuckets[this.#batched] = this.#bucket;
    this.#slotDueUs[this.#batched++] = dueUs;
  }

  #writeBatch(socket: PooledConnection): void {
    if (this.#batched === 0) return;
    const sentUs = this.#o.clock.nowUs();
    const isKept = socket.write(this.#batch.subarray(0, this.#batchBytes), null);
    if (isKept) this.#batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
    for (let i = 0; i < this.#batched; i++) {
      this.#recordSent(this.#slotBuckets[i]!, this.#slots[i]!, this.#slotDueUs[i]!, sentUs);
    }
    this.#batchBytes = 0;
    this.#batched = 0;
  }

  #recordSent(bucket: SecondBucket, slot: number, dueUs: number, sentUs: number): void {
    const { table, t0Us } = this.#o;
    bucket.counters[C.sent]!++;
    if (this.#waits === null) bucket.lag(sentUs - t0Us() - dueUs);
    else this.#recordWait(this.#waits, bucket, slot, dueUs, sentUs - t0Us());
    if (this.#awaits(bucket.request)) table.noteSent(slot, sentUs);
    else bucket.counters[C.unmatched]!++;
  }

  /** A message is late by the time since it could be sent. How long it had to wait before is the target's. */
  #recordWait(waits: Waiting, bucket: SecondBucket, slot: number, dueUs: number, atUs: number): void {
    const readyUs = waits.readyUs(slot);
    bucket.lag(atUs - Math.max(dueUs, readyUs));
    if (waits.mayWait(bucket.request)) bucket.wait(Math.max(0, readyUs - dueUs));
  }
}

function payloadBytes({ head, tail, payloadAt }: Frame): number {
  return head.length + (tail === null ? 0 : tail.length) - payloadAt;
}
