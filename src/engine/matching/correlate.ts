import type { ConnectionShares } from '../../metrics/connection-times.js';
import { C } from '../../metrics/counters.js';
import type { Recorder } from '../../metrics/recorder.js';
import type { SecondBucket, TouchedSeconds } from '../../metrics/touched-seconds.js';
import { type Cell, isMatched, peakConnections } from '../../plan/cell.js';
import { type Mix, NO_REQUEST } from '../../plan/mix.js';
import { hasResponseTime } from '../../plan/models.js';
import type { PayloadSource } from '../../plan/payload.js';
import type { Deliveries } from '../fanout/deliveries.js';
import type { LastService } from '../last-service.js';
import { LOOK_FOR_IT } from '../session/rules.js';
import type { Waiting } from '../session/waiting.js';
import type { ConnectionProgress } from './connection-progress.js';
import { echoMatches } from './echo-check.js';
import { ExactEcho } from './exact-echo.js';
import { isArrayOrLines, jsonValuesOf, mayHoldSeveral, type Part, partsOf } from './frame-parts.js';
import { type InFlightTable, SLOT } from './in-flight.js';
import { NO_ORDINAL, Numbers } from './numbers.js';
import { SequenceReader } from './read-sequence.js';
import type { ReplyCheck, Unexplained } from './reply-check.js';
import { Unanswered } from './unanswered.js';

/** How deep messages within messages are examined. A hostile frame could nest endlessly. */
const DEPTH_MAX = 2;

export interface CorrelatorOptions {
  readonly cell: Cell;
  readonly worker: number;
  readonly workers: number;
  readonly table: InFlightTable;
  readonly progress: ConnectionProgress;
  readonly payload: PayloadSource;
  /** The numbers that earlier cells used; absent if there are none. */
  readonly usedNumbers?: number;
  readonly recorder: Recorder;
  /** Null if all messages are of one kind. */
  readonly mix: Mix | null;
  /** Null if no message needs what the reply to another one brings. */
  readonly waiting: Waiting | null;
  /** What replies to requests must hold and bring; null if they may be anything. */
  readonly replies: ReplyCheck | null;
  /** Null if no message is sent to many. */
  readonly deliveries: Deliveries | null;
  readonly lastService: LastService;
  /** Null if connections are not counted one by one. */
  readonly shares: ConnectionShares | null;
  /** What else a message is that answers nothing and that nothing explains; null if nobody knows more. */
  readonly unexplained: Unexplained | null;
  /** Called when a message of this connection is settled, with the time of the engine's clock. */
  readonly settled: (connection: number, nowUs: number) => void;
  /** Only for matching by order: called as soon as the order on this connection is lost. */
  readonly orderLost: (connection: number) => void;
  readonly t0Us: () => number;
}

/** Finds the message that a received frame answers, or what is wrong with the frame. */
export class Correlator {
  /** The other messages. */
  readonly unanswered: Unanswered;
  readonly #o: CorrelatorOptions;
  readonly #numbers: Numbers;
  readonly #timeoutUs: number;
  readonly #match: 'sequence' | 'order' | 'none';
  readonly #exact: ExactEcho;
  readonly #reader: SequenceReader;
  readonly #json: boolean;
  readonly #judgesEcho: boolean;
  readonly #response: boolean;
  readonly #lastService: LastService;
  /** True while the messages of a frame with several messages are counted. */
  #bundled = false;
  /** The longest time of a reply matched by order, microseconds. */
  longestUs = 0;
  /** Bytes of the current frame; 0 once a message of it has been counted. */
  #frameBytes = 0;
  readonly #mix: Mix | null;
  /** True where connections say nothing but messages of one kind. */
  readonly #isPlain: boolean;
  /** The seconds of all messages, where they are of one kind. */
  readonly #seconds: TouchedSeconds;
  readonly #replies: ReplyCheck | null;
  readonly #waiting: Waiting | null;
  readonly #deliveries: Deliveries | null;
  /** The number of a reply is the id of a slot. */
  readonly #isBySlot: boolean;
  readonly #shares: ConnectionShares | null;
  /** True while a reply is handled that says no. */
  #fails = false;

  constructor(options: CorrelatorOptions) {
    const { cell } = options;
    this.#o = options;
    this.#timeoutUs = cell.reply.timeoutMs * 1000;
    this.#match = isMatched(cell) ? cell.reply.match : 'none';
    const { worker, workers, table, progress } = options;
    const [connections, used] = [peakConnections(cell), options.usedNumbers ?? 0];
    this.#numbers = new Numbers({ worker, workers, table, progress, connections, used });
    this.#exact = new ExactEcho(options.payload, connections, used);
    this.#reader = new SequenceReader(cell.reply.field);
    this.#json = cell.message.format === 'json';
    this.#judgesEcho = cell.reply.echo.kind !== 'none';
    this.#response = hasResponseTime(cell.model);
    this.#mix = options.mix;
    this.#isPlain = cell.wire === undefined;
    this.#seconds = options.recorder.seconds(NO_REQUEST);
    this.#replies = options.replies;
    this.#waiting = options.waiting;
    this.#deliveries = options.deliveries;
    this.#lastService = options.lastService;
    this.#shares = options.shares;
    this.unanswered = new Unanswered({
      ...{ table, progress, timeoutUs: this.#timeoutUs, inOrder: this.#match === 'order' },
      bucketOf: (slot) => this.#bucketOf(slot),
      settled: options.settled,
      orderLost: options.orderLost,
    });
    this.#isBySlot = cell.wire?.key.kind === 'slot';
  }

  /** Handles one data frame on `connection` (numbered within the worker), read at `nowUs`. */
  onFrame(connection: number, bytes: Buffer, start: number, end: number, nowUs: number): void {
    this.#begin(end - start);
    if (this.#match === 'sequence') this.#bySequence(connection, bytes, start, end, nowUs);
    else if (this.#match === 'order') this.#byOrder(connection, bytes, start, end, nowUs);
    else if (this.#deliveries?.take(connection, bytes, start, end, nowUs) !== true)
      this.#unmatched(connection, bytes, start, end, nowUs);
  }

  /**
   * Handles one message that a rule takes for one that was sent to many; its number is looked for from `contentAt` on.
   * False if it is none; but if it can be nothing else (`isSure`), it is then counted as unexpected.
   */
  onDelivery(
    connection: number,
    isSure: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    nowUs: number,
    contentAt = start,
  ): boolean {
    const isTaken = this.#deliveries?.take(connection, bytes, contentAt, end, nowUs, end - start) === true;
    if (!isTaken && !isSure) return false;
    this.#begin(end - start);
    if (!isTaken) this.#strayDelivery(connection, C.unexpected, nowUs);
    return true;
  }

  /**
   * Handles one reply. `number`: the one it has where the protocol puts it, `NO_NUMBER`, or `LOOK_FOR_IT`. `fails`: it
   * says no.
   */
  onReply(
    connection: number,
    number: number,
    fails: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    nowUs: number,
  ): void {
    // What has a number where replies have it is one, even if none is awaited, and no delivery.
    if (number >= 0 && this.#match === 'none') {
      this.#begin(end - start);
      return this.#unmatched(connection, bytes, start, end, nowUs);
    }
    this.#fails = fails;
    if (number === LOOK_FOR_IT || this.#match !== 'sequence') this.onFrame(connection, bytes, start, end, nowUs);
    else this.#byNumber(connection, number, bytes.subarray(start, end), nowUs);
    this.#fails = false;
  }

  #byNumber(connection: number, number: number, reply: Buffer, nowUs: number): void {
    this.#begin(reply.length);
    const ordinal = number < 0 ? NO_ORDINAL : this.#named(connection, number);
    if (ordinal !== NO_ORDINAL) return this.#settle(connection, ordinal, reply, nowUs);
    if (this.#isBySlot) return this.#stray(C.unexpected, nowUs);
    // What has a number where replies have it is one, and no delivery.
    if (number < 0 && this.#deliveries?.take(connection, reply, 0, reply.length, nowUs) === true) return;
    if (number >= 0 && this.#numbers.isAnothers(connection, [number]))
      return this.#strayDelivery(connection, C.misdelivered, nowUs);
    this.#stray(this.#unexplained(connection, reply, 0, reply.length), nowUs);
  }

  /** The message that the number of a reply names. */
  #named(connection: number, number: number): number {
    return this.#isBySlot ? this.#numbers.inSlot(connection, number) : this.#numbers.issued(connection, number);
  }

  #unexplained(connection: number, bytes: Buffer, start: number, end: number): number {
    return this.#o.unexplained?.(connection, bytes, start, end) ?? C.unexpected;
  }

  /**
   * Counts a message that a rule was about. `counter`: duties, counted or trailers. `number`: the message whose trailer
   * it is; it counts where that message does.
   */
  onRuled(connection: number, rule: number, counter: number, number: number, bytes: number, nowUs: number): void {
    const { recorder, table } = this.#o;
    recorder.ruled(rule);
    recorder.bytes.received += bytes;
    const ordinal = number < 0 ? NO_ORDINAL : this.#numbers.issued(connection, number);
    if (ordinal !== NO_ORDINAL) {
      this.#frameBytes = bytes;
      return this.#countReceived(table.slotOf(connection, ordinal), counter);
    }
    const atUs = nowUs - this.#o.t0Us();
    if (!recorder.isWithin(atUs)) return recorder.outside();
    this.#frameBytes = bytes;
    const bucket = recorder.at(atUs);
    this.#receive(bucket);
    bucket.counters[counter]!++;
  }

  /**
   * Counts a frame if replies are not matched. Frames before and after the load are not part of the measurement. Without
   * matching, every frame that nothing explains may be the reply to some message.
   */
  #unmatched(connection: number, bytes: Buffer, start: number, end: number, nowUs: number): void {
    const { recorder } = this.#o;
    const counter = this.#unexplained(connection, bytes, start, end);
    const atUs = nowUs - this.#o.t0Us();
    if (!recorder.isWithin(atUs)) return recorder.outside();
    const bucket = recorder.at(atUs);
    this.#receive(bucket);
    if (counter !== C.unexpected) bucket.counters[counter]!++;
  }

  #begin(frameBytes: number): void {
    this.#o.recorder.bytes.received += frameBytes;
    this.#frameBytes = frameBytes;
  }

  /** The first message of a frame gets all bytes of the frame. */
  #receive(bucket: SecondBucket): void {
    bucket.counters[C.received]!++;
    bucket.receivedBytes += this.#frameBytes;
    this.#frameBytes = 0;
  }

  #bySequence(connection: number, bytes: Buffer, start: number, end: number, nowUs: number, depth = 0): void {
    const { worker, workers } = this.#o;
    const self = worker + connection * workers;
    const exact = this.#exact.ordinal(self, bytes, start, end);
    if (exact >= 0 && this.#replies === null) return this.#settle(connection, exact, null, nowUs);
    const sole = this.#reader.sole(bytes, start, end);
    const ordinal = sole < 0 ? NO_ORDINAL : this.#numbers.issued(connection, sole);
    if (ordinal === NO_ORDINAL && this.#deliveries?.takeNumber(connection, sole, end - start, nowUs) === true) return;
    if (
      ordinal !== NO_ORDINAL &&
      this.#numbers.isInFlight(connection, ordinal) &&
      this.#isGood(connection, ordinal, bytes, start, end)
    ) {
      // Null for the reply: it has been compared with the message here.
      const reply = this.#replies === null ? null : bytes.subarray(start, end);
      return this.#settle(connection, ordinal, reply, nowUs);
    }
    this.#search(connection, sole, bytes, start, end, nowUs, depth);
  }

  /** Looks at every number of a frame that is no plain echo. `sole`: what the usual place has. */
  #search(connection: number, sole: number, bytes: Buffer, start: number, end: number, nowUs: number, depth: number) {
    const named = this.#reader.named(bytes, start, end, sole);
    let own = this.#numbers.ownOf(connection, named);
    if (own.length === 0) {
      const all = this.#reader.all(bytes, start, end);
      own = this.#numbers.ownOf(connection, all);
      if (own.length === 0) return this.#notOwn(connection, named, all, bytes.subarray(start, end), nowUs);
    }
    const parts =
      depth < DEPTH_MAX && this.#isWorthSplitting(connection, own, bytes, start, end)
        ? partsOf(bytes, start, end)
        : null;
    if (parts !== null)
      return this.#each(parts, (from, to) => this.#bySequence(connection, bytes, from, to, nowUs, depth + 1));
    const reply = bytes.subarray(start, end);
    const [first, ...others] = own;
    if (others.length === 0) return this.#settle(connection, first!, reply, nowUs);
    this.#bundled = true;
    for (const ordinal of own) this.#settle(connection, ordinal, reply, nowUs);
    this.#bundled = false;
  }

  /** A frame that names no message of its own connection: `named` behind the field, `all` anywhere. */
  #notOwn(connection: number, named: readonly number[], all: readonly number[], frame: Buffer, nowUs: number): void {
    for (const of of [named, all])
      if (this.#deliveries?.takeNumbers(connection, of, frame.length, nowUs) === true) return;
    if (this.#numbers.isAnothers(connection, all)) this.#strayDelivery(connection, C.misdelivered, nowUs);
    else this.#stray(this.#unexplained(connection, frame, 0, frame.length), nowUs);
  }

  /** True for several replies, or for one that is not an echo: the frame may hold further messages. */
  #isWorthSplitting(connection: number, own: readonly number[], bytes: Buffer, start: number, end: number): boolean {
    if (own.length > 1) return true;
    return !this.#isGood(connection, own[0]!, bytes, start, end);
  }

  #isGood(connection: number, ordinal: number, bytes: Buffer, start: number, end: number): boolean {
    return !this.#judgesEcho || this.#echoed(connection, ordinal, bytes.subarray(start, end));
  }

  #each(parts: readonly Part[], take: (from: number, to: number) => void): void {
    const before = this.#bundled;
    this.#bundled = true;
    for (const [from, to] of parts) take(from, to);
    this.#bundled = before;
  }

  /** Settles a message with a reply that has its number. `reply` is null if it repeats the message byte for byte. */
  #settle(connection: number, ordinal: number, reply: Buffer | null, nowUs: number): void {
    const { table } = this.#o;
    const slot = table.slotOf(connection, ordinal);
    if (table.isInFlight(slot, ordinal)) this.#answer(connection, ordinal, slot, reply, nowUs);
    else this.#settleAgain(connection, ordinal, slot, nowUs);
  }

  /** A reply to a message that is not in flight. */
  #settleAgain(connection: number, ordinal: number, slot: number, nowUs: number): void {
    const { table, progress } = this.#o;
    if (ordinal >= progress.next(connection) || !table.holds(slot, ordinal)) return this.#stray(C.unexpected, nowUs);
    switch (table.state(slot)) {
      case SLOT.timedOut:
        table.markLate(slot);
        return this.#countReceived(slot, C.late);
      case SLOT.lost:
      case SLOT.waiting:
        return this.#stray(C.unexpected, nowUs);
      default:
        return this.#countReceived(slot, C.duplicated);
    }
  }

  #byOrder(connection: number, bytes: Buffer, start: number, end: number, nowUs: number): void {
    const values = mayHoldSeveral(bytes, start, end) ? jsonValuesOf(bytes, start, end) : null;
    if (values !== null)
      return this.#each(values, (from, to) => this.#nextInOrder(connection, bytes.subarray(from, to), nowUs));
    // Elements of an array, or lines, may be one reply each, or a single reply together: only mark them.
    this.#bundled = isArrayOrLines(bytes, start, end);
    this.#nextInOrder(connection, bytes.subarray(start, end), nowUs);
    this.#bundled = false;
  }

  #nextInOrder(connection: number, reply: Buffer, nowUs: number): void {
    const { progress, table } = this.#o;
    const planned = progress.next(connection);
    for (let ordinal = progress.head(connection); ordinal < planned; ordinal++) {
      const slot = table.slotOf(connection, ordinal);
      if (!table.holds(slot, ordinal) || table.state(slot) !== SLOT.inFlight) continue;
      progress.setHead(connection, ordinal + 1);
      this.longestUs = Math.max(this.longestUs, nowUs - table.sentUs(slot));
      return this.#answer(connection, ordinal, slot, reply, nowUs);
    }
    progress.setHead(connection, planned);
    this.#stray(C.unexpected, nowUs);
  }

  #answer(connection: number, ordinal: number, slot: number, reply: Buffer | null, nowUs: number): void {
    const { table, progress } = this.#o;
    // The frame had arrived before the message was sent and was taken for its reply: count no time.
    const serviceUs = Math.max(0, nowUs - table.sentUs(slot));
    if (serviceUs > this.#timeoutUs) return this.#answerLate(connection, slot, nowUs);
    const dueUs = table.dueUs(slot);
    const bucket = this.#isPlain ? this.#seconds.at(dueUs) : this.#bucketOf(slot);
    const { counters } = bucket;
    this.#receive(bucket);
    counters[C.answered]!++;
    if (this.#bundled) this.#o.recorder.bundled();
    bucket.service(serviceUs);
    this.#lastService.us = serviceUs;
    if (this.#response) bucket.response(nowUs - this.#o.t0Us() - dueUs);
    if (this.#shares !== null) this.#share(this.#shares, connection, bucket, nowUs - this.#o.t0Us() - dueUs);
    if (ordinal < progress.highest(connection)) this.#overtaken(bucket);
    else progress.setHighest(connection, ordinal);
    // Apart, so that this stays small enough to be inlined into the path of every plain echo.
    if (reply !== null || !this.#isPlain) this.#judgeReply(connection, ordinal, slot, reply, nowUs);
    table.leave(slot, SLOT.answered);
    this.#o.settled(connection, nowUs);
  }

  #share(shares: ConnectionShares, connection: number, { phase }: SecondBucket, responseUs: number): void {
    if (phase === 'measure') shares.answered(connection, this.#response ? responseUs : this.#lastService.us);
  }

  /** Whether a reply is what it should be, where it is no plain echo. Of one that was compared before, `reply` is null. */
  #judgeReply(connection: number, ordinal: number, slot: number, reply: Buffer | null, nowUs: number): void {
    const bucket = this.#bucketOf(slot);
    const { request, counters } = bucket;
    if (reply !== null && this.#judgesEcho && !this.#echoed(connection, ordinal, reply)) counters[C.corrupted]!++;
    const message = { connection, ordinal, request, sequence: this.#numbers.of(connection, ordinal) };
    const asked = reply === null || request === NO_REQUEST ? null : this.#replies;
    if (this.#fails || asked?.accepts(message, reply!, nowUs) === false) counters[C.failed]!++;
    if (this.#waiting?.mayWait(request) !== true) return;
    const waitedUs = Math.max(0, this.#waiting.readyUs(slot) - this.#o.table.dueUs(slot));
    bucket.waitAndService(waitedUs + this.#lastService.us);
  }

  /** A message that had to wait was sent after later ones: that these were answered first tells nothing. */
  #overtaken({ request, counters }: SecondBucket): void {
    if (this.#waiting?.mayWait(request) !== true) counters[C.reordered]!++;
  }

  /** The bucket of the message in a slot. */
  #bucketOf(slot: number): SecondBucket {
    const { table, recorder, worker, workers } = this.#o;
    if (this.#mix === null) return this.#seconds.at(table.dueUs(slot));
    const request = this.#mix(worker + table.connectionOf(slot) * workers, table.ordinalIn(slot));
    return recorder.at(table.dueUs(slot), request);
  }

  /** Settles a reply that came after its timeout, but before the next scan for timeouts. */
  #answerLate(connection: number, slot: number, nowUs: number): void {
    this.#countReceived(slot, C.late);
    this.unanswered.timeOut(connection, slot, nowUs, SLOT.late);
  }

  #echoed(connection: number, ordinal: number, reply: Buffer): boolean {
    const { payload, worker, workers } = this.#o;
    const sent = payload.bytes(worker + connection * workers, ordinal);
    if (echoMatches(this.#o.cell.reply.echo, this.#json, sent, reply)) return true;
    return this.#bundled && reply.length > sent.length && reply.includes(sent);
  }

  /** Counts a reply to a message that is no longer awaited. */
  #countReceived(slot: number, counter: number): void {
    const bucket = this.#bucketOf(slot);
    this.#receive(bucket);
    bucket.counters[counter]!++;
    if (this.#bundled) this.#o.recorder.bundled();
  }

  /** Counts what would be a delivery if its message were on the board. */
  #strayDelivery(connection: number, counter: number, nowUs: number): void {
    this.#stray(this.#deliveries?.counterOff(connection, counter) ?? counter, nowUs);
  }

  /**
   * Counts a frame that answers no message of this connection. Outside of the load only two kinds count, which prove that
   * replies went wrong: one for another connection, and, if replies are matched by order, any surplus frame.
   */
  #stray(counter: number, nowUs: number): void {
    const { recorder } = this.#o;
    const atUs = nowUs - this.#o.t0Us();
    const proves = atUs >= 0 && (this.#match === 'order' || counter === C.misdelivered);
    if (!proves && !recorder.isWithin(atUs)) return recorder.outside();
    const bucket = recorder.at(atUs);
    this.#receive(bucket);
    bucket.counters[counter]!++;
    if (this.#bundled) recorder.bundled();
  }
}
