import { legible } from '../dialect/legible.js';
import { echoesAnywhere } from '../engine/matching/echo-check.js';
import { SequenceReader } from '../engine/matching/read-sequence.js';
import type { ReplyCheck } from '../engine/matching/reply-check.js';
import { realClock } from '../engine/pacing/clock.js';
import type { ConnectFn, PooledConnection } from '../engine/pool.js';
import { Captured } from '../engine/session/captured.js';
import { requestReplies } from '../engine/session/request-replies.js';
import { LOOK_FOR_IT, NO_NUMBER } from '../engine/session/rules.js';
import { type Scripted, scriptedOf } from '../engine/session/scripted.js';
import { speaking } from '../engine/session/speaking.js';
import { filledMatch, matchWords, type TranscriptEvent } from '../engine/session/transcript.js';
import {
  type ConnectFailure,
  Connection,
  type ConnectionOptions,
  type ConnectTimes,
} from '../engine/socket/connection.js';
import { KeepAlive } from '../engine/socket/keep-alive.js';
import { messageOf } from '../errors.js';
import { ownEndOf } from '../metrics/own-ends.js';
import { type Cell, type Endpoint, isMatched } from '../plan/cell.js';
import { canaryRow } from '../plan/hand-out.js';
import { NO_REQUEST } from '../plan/mix.js';
import type { Row } from '../plan/rows.js';
import type { AnyScript } from '../script/life.js';
import type { ScriptProblem } from '../script/problem.js';
import { watchStrays } from '../script/strays.js';
import { withoutOthers } from './canary-fixes.js';
import { type CanaryMessage, canaryMessages } from './canary-messages.js';
import { Transcript, type TranscriptRecord } from './canary-transcript.js';

export interface FlightOptions {
  readonly cell: Cell;
  /** The script of the cell; absent if it has none. */
  readonly script?: AnyScript | undefined;
  readonly endpoint: Endpoint;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Row[];
  /** How many messages this test connection and those after it send. */
  readonly left: number;
  readonly signal: AbortSignal;
}

/** How a message of the test connection went wrong: its reply, or that there was none. */
export type Wrong =
  | { readonly kind: 'fails' | 'unexpected' | 'not_an_echo'; readonly reply: Buffer }
  | { readonly kind: 'no_reply' };

/** What became of a test connection. Times are microseconds. */
export type Flown =
  | { readonly status: 'landed'; readonly sent: number; readonly replyUs: readonly number[] }
  | { readonly status: 'failed'; readonly failure: ConnectFailure }
  | { readonly status: 'wrong'; readonly message: Pick<CanaryMessage, 'name'>; readonly wrong: Wrong }
  /** No handshake can hold what was asked for: nothing was sent. */
  | { readonly status: 'impossible'; readonly message: string }
  | { readonly status: 'stopped' };

/** What is told of a test connection once it is over: plain data, which a thread may pass on. */
export interface FlightRecord {
  readonly times: ConnectTimes;
  /** '' before the connection is open, and if there is none. */
  readonly subprotocol: string;
  /** How the open connection ended; null if it did not. */
  readonly closed: { readonly code: number; readonly reason: string } | null;
  /** Why wsurge itself closed the open connection; null if it did not. */
  readonly ownEnd: string | null;
  /** The rule by which the server ended the session of the open connection; null if it did not. */
  readonly sessionEnd: string | null;
  /** The captured values, by name. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly transcript: TranscriptRecord;
}

/** A test connection that is over. `record`: null if it was impossible. */
export interface Flight {
  readonly flown: Flown;
  readonly record: FlightRecord | null;
}

/** Makes a test connection in this thread. Resolves when it is closed. */
export async function fly(options: FlightOptions): Promise<Flight> {
  let flying: TestConnection;
  try {
    flying = new TestConnection(options);
  } catch (error) {
    return { flown: { status: 'impossible', message: messageOf(error) }, record: null };
  }
  const { script } = options;
  const unwatch = script === undefined ? () => false : watchStrays((problem) => flying.strayed(problem));
  try {
    const flown = await flying.fly();
    return { flown, record: flying.record };
  } finally {
    await flying.close();
    unwatch();
  }
}

interface Arrival {
  readonly data: Buffer;
  /** As the engine's connections tell it. */
  readonly number: number;
  readonly fails: boolean;
  readonly atUs: number;
}

/** How long the closing handshake may take. */
const CLOSE_MS = 1000;

/**
 * One test connection: the session of a cell, then each of its messages once, one after the other. It is made of the
 * parts of the engine, so that it says and understands what a run would.
 */
class TestConnection {
  readonly #o: FlightOptions;
  readonly #row: Row | undefined;
  readonly #captured = new Captured();
  readonly #replies: ReplyCheck | null;
  readonly #scripted: Scripted | null;
  readonly #connection: PooledConnection;
  readonly #beats: KeepAlive | null;
  readonly #transcript: Transcript;
  #raw!: Connection;
  #wake: () => void = () => {};
  #opened = false;
  #failure: ConnectFailure | null = null;
  #closed: { readonly code: number; readonly reason: string } | null = null;
  #ownEnd: string | null = null;
  #sessionEnd: string | null = null;
  #arrivals: Arrival[] = [];
  /** The numbers of messages that were sent to many, and whether they have a reply of their own. */
  readonly #sentToMany = new Map<number, 'silent' | 'answered'>();

  /** Throws if no handshake can hold what the endpoint says. Nothing is sent then. */
  constructor(options: FlightOptions) {
    this.#o = options;
    const { endpoint, env, data, cell } = options;
    this.#row = canaryRow(data);
    this.#replies = requestReplies(cell, this.#captured, null);
    this.#scripted = this.#scriptedOf();
    const startUs = realClock.nowUs();
    this.#transcript = Transcript.from(startUs);
    const { connectTimeoutMs } = cell;
    const asked: ConnectionOptions = { endpoint, env, row: this.#row, connection: 0, connectTimeoutMs };
    this.#connection = this.#connectOf(cell)(0, startUs, asked, this.#events(), realClock);
    this.#beats = this.#beatsOf(cell);
  }

  get record(): FlightRecord {
    return {
      times: { ...this.#connection.times },
      subprotocol: this.#raw.subprotocol ?? '',
      closed: this.#closed,
      ownEnd: this.#ownEnd,
      sessionEnd: this.#sessionEnd,
      values: this.#captured.of(0) ?? {},
      // As it is now: that wsurge closes the connection afterwards is no part of what went wrong.
      transcript: structuredClone(this.#transcript.record),
    };
  }

  async fly(): Promise<Flown> {
    const { signal } = this.#o;
    await this.#until(() => this.#opened || this.#failure !== null || signal.aborted, null);
    if (this.#failure !== null) return { status: 'failed', failure: this.#failure };
    if (signal.aborted) return { status: 'stopped' };
    this.#beats?.start();
    const captured = () => this.#captured.of(0);
    const messages = canaryMessages({ ...this.#o, row: this.#row, captured, scripted: this.#scripted });
    const replyUs: number[] = [];
    for (const message of messages) {
      const sent = message.bytes();
      if (this.#failure !== null) return { status: 'failed', failure: this.#failure };
      this.#tellSent(message, sent);
      this.#arrivals = [];
      const sentUs = realClock.nowUs();
      this.#connection.send?.(sent, message.text);
      if (!this.#isAnswered(message)) continue;
      const outcome = await this.#replyTo(message, sent);
      if (signal.aborted) return { status: 'stopped' };
      if (this.#failure !== null) return { status: 'failed', failure: this.#failure };
      if ('kind' in outcome) return { status: 'wrong', message: { name: message.name }, wrong: outcome };
      replyUs.push(outcome.atUs - sentUs);
    }
    return { status: 'landed', sent: messages.length, replyUs };
  }

  async close(): Promise<void> {
    this.#beats?.stop();
    if (this.#closed !== null || !this.#opened) return this.#connection.terminate();
    this.#connection.close();
    await this.#until(() => this.#closed !== null, CLOSE_MS);
    this.#connection.terminate();
  }

  /** The script threw where nobody catches. */
  strayed({ code, message }: ScriptProblem): void {
    this.#happened(() => this.#fail({ phase: 'session', code, message, body: '' }));
  }

  #connectOf({ wire }: Cell): ConnectFn {
    const connect: ConnectFn = (...asked) => {
      this.#raw = new Connection(...asked);
      return this.#raw;
    };
    if (wire === undefined) return connect;
    return speaking(connect, {
      wire,
      captured: this.#captured,
      scripted: this.#scripted,
      events: {
        onReply: (_, number, fails, bytes, start, end, atUs) => this.#arrive(bytes, start, end, number, fails, atUs),
        // One connection owes nobody a delivery: what comes back of its own messages is told, and proves nothing.
        onDelivery: () => false,
        onBeat: (everyMs) => this.#beats?.atMost(everyMs),
        onRuled: () => {},
        onStep: () => {},
      },
      told: (event) => this.#transcript.take(realClock.nowUs(), this.#asDelivery(event)),
    });
  }

  /** A message that came is told as a delivery if it brings back a message of this connection that was sent to many. */
  #asDelivery(event: TranscriptEvent): TranscriptEvent {
    if (event.type !== 'received' || this.#sentToMany.size === 0) return event;
    const { bytes, start, end, as } = event;
    const isBare = this.#o.cell.wire?.protocol === 'none';
    // Where no rule tells them apart, what has the number of a message without a reply is its delivery.
    if (as !== 'delivery' && !(as === 'reply' && isBare)) return event;
    const found = this.#numbersIn(bytes.subarray(start, end)).find((number) => this.#sentToMany.has(number));
    if (as === 'delivery') return found !== undefined || isBare ? event : { ...event, as: 'count' };
    return found !== undefined && this.#sentToMany.get(found) === 'silent' ? { ...event, as: 'delivery' } : event;
  }

  #scriptedOf(): Scripted | null {
    const notes = {
      script: { asked: () => {}, heard: () => {} },
      error: (_: string, code: string, said: string | null = null) =>
        this.#fail({ phase: 'session', code, message: said ?? code, body: '' }),
    };
    const shard = { cell: this.#o.cell, env: this.#o.env, worker: 0, workers: 1 };
    return scriptedOf({ shard, script: this.#o.script, clock: realClock }, notes, () => this.#connection.terminate());
  }

  #events() {
    return {
      onOpen: () => this.#happened(() => (this.#opened = true)),
      onFailed: (_: number, failure: ConnectFailure) => this.#happened(() => this.#fail(failure)),
      onFrame: (_: number, bytes: Buffer, start: number, end: number, atUs: number) => {
        this.#transcript.take(realClock.nowUs(), { type: 'received', bytes, start, end, as: 'reply' });
        this.#arrive(bytes, start, end, LOOK_FOR_IT, false, atUs);
      },
      onReadEnd: () => {},
      onPong: () => {},
      onClose: (_: number, code: number, _clean: boolean, reason: Buffer) =>
        this.#happened(() => {
          this.#closed = { code, reason: reason.toString() };
          // What ended the session is in the transcript: no close frame came.
          if (this.#sessionEnd !== null) return;
          this.#transcript.note(realClock.nowUs(), 'closed', `${code} ${reason.toString()}`.trim());
        }),
      onError: (_: number, code: string) => {
        this.#ownEnd ??= ownEndOf(code) === null ? null : code;
        if (this.#isEnding(code)) this.#sessionEnd = code;
      },
    };
  }

  #isEnding(code: string): boolean {
    return this.#o.cell.wire?.rules.some(({ means, name }) => means === 'ends' && name === code) === true;
  }

  #fail(failure: ConnectFailure): void {
    this.#failure = failure;
    this.#transcript.note(realClock.nowUs(), 'failed', withoutOthers(failure.message), failure.code);
  }

  #happened(note: () => void): void {
    note();
    this.#wake();
  }

  #arrive(bytes: Buffer, start: number, end: number, number: number, fails: boolean, atUs: number): void {
    const data = Buffer.from(bytes.subarray(start, end));
    this.#happened(() => this.#arrivals.push({ data, number, fails, atUs }));
  }

  #beatsOf({ wire }: Cell): KeepAlive | null {
    const beat = wire?.beat ?? null;
    if (beat === null) return null;
    const ping = () => this.#connection.beat?.();
    return new KeepAlive({ intervalMs: beat.everyMs, connections: 1, clock: realClock, ping });
  }

  /** Whether a reply to a message is waited for. */
  #isAnswered({ request, isAnswered }: CanaryMessage): boolean {
    const { cell } = this.#o;
    return isAnswered && isMatched(cell) && cell.wire?.requests[request]?.silent !== true;
  }

  #tellSent(message: CanaryMessage, sent: Buffer): void {
    const { request, name, sequence, number: id, text } = message;
    const { cell } = this.#o;
    const { expect = null, reaches } = cell.wire?.requests[request] ?? {};
    const isAnswered = this.#isAnswered(message);
    if (reaches !== undefined) this.#sentToMany.set(sequence, isAnswered ? 'answered' : 'silent');
    const number = String(sequence);
    const filled = (text: string) => text.replaceAll('{{sequence}}', number);
    const reply = cell.reply.match === 'sequence' ? `a reply with the number ${id}` : 'the next message';
    const words = expect === null ? reply : `${reply} that ${matchWords(filledMatch(expect, filled))}`;
    const whom = reaches === undefined ? '' : `, which reaches ${reaches}`;
    const what = name === null ? 'the message' : `request ${name}${whom}`;
    const said = text ? sent.toString('utf8') : legible(sent);
    this.#transcript.asks(realClock.nowUs(), what, said, isAnswered ? words : null);
  }

  /** Waits for the reply to a message and judges it. */
  async #replyTo(message: CanaryMessage, sent: Buffer): Promise<Arrival | Wrong> {
    const { cell, signal } = this.#o;
    let found: Arrival | Wrong | null = null;
    const met = () => {
      found ??= this.#search(message, sent);
      return found !== null || this.#failure !== null || this.#closed !== null || signal.aborted;
    };
    await this.#until(met, cell.reply.timeoutMs);
    return found ?? { kind: 'no_reply' };
  }

  /** Looks for the answer among what came since the last call. */
  #search(message: CanaryMessage, sent: Buffer): Arrival | Wrong | null {
    const { cell } = this.#o;
    const json = cell.message.format === 'json';
    for (const arrival of this.#arrivals.splice(0)) {
      const { data } = arrival;
      // One message is under way: a refusal that names none is about it, such as an error with `id: null`.
      const isNamed = this.#names(message, arrival) || (arrival.fails && arrival.number === NO_NUMBER);
      if (cell.reply.match === 'sequence' && !isNamed) {
        this.#scripted?.hear(0, data, 0, data.length);
        continue;
      }
      if (arrival.fails) return { kind: 'fails', reply: data };
      if (!echoesAnywhere(cell.reply.echo, json, sent, data)) {
        if (isNamed) return { kind: 'not_an_echo', reply: data };
        continue;
      }
      return this.#isAccepted(message, data) ? arrival : { kind: 'unexpected', reply: data };
    }
    return null;
  }

  #names({ sequence, number: own }: CanaryMessage, { data, number }: Arrival): boolean {
    if (number !== LOOK_FOR_IT) return number === own;
    return this.#numbersIn(data).includes(sequence);
  }

  #numbersIn(data: Buffer): readonly number[] {
    const reader = new SequenceReader(this.#o.cell.reply.field);
    return [...reader.named(data, 0, data.length), ...reader.all(data, 0, data.length)];
  }

  #isAccepted({ request, sequence }: CanaryMessage, reply: Buffer): boolean {
    if (this.#replies === null || request === NO_REQUEST) return true;
    return this.#replies.accepts({ connection: 0, ordinal: 0, request, sequence }, reply, realClock.nowUs());
  }

  /** Resolves when `met` is true or the time is up. `met` is evaluated after every event. */
  #until(met: () => boolean, timeoutMs: number | null): Promise<void> {
    const { signal } = this.#o;
    return new Promise((resolve) => {
      const end = () => {
        this.#wake = () => {};
        timer?.cancel();
        signal.removeEventListener('abort', look);
        resolve();
      };
      const look = () => {
        if (met()) end();
      };
      const timer = timeoutMs === null ? null : realClock.after(timeoutMs, end);
      this.#wake = look;
      signal.addEventListener('abort', look);
      look();
    });
  }
}
