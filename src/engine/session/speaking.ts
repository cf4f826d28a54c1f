import { legible } from '../../dialect/legible.js';
import { codeOf, messageOf } from '../../errors.js';
import { C } from '../../metrics/counters.js';
import { ownEndWords } from '../../metrics/own-ends.js';
import { fill, type SessionValues, type TokenValues } from '../../plan/fill.js';
import { fillBytes } from '../../plan/fill-bytes.js';
import type { ScriptLife } from '../../script/life.js';
import type { Clock, Timer } from '../pacing/clock.js';
import type { ConnectFn, PooledConnection } from '../pool.js';
import type { CloseCode } from '../socket/close-code.js';
import type { ConnectionEvents, ConnectionOptions, ConnectTimes } from '../socket/connection.js';
import { type BinaryTalk, type BinaryTrouble, binaryTalkOf } from './binary-talk.js';
import { ClientBeat } from './client-beat.js';
import { endWords, NO_CODE } from './close-words.js';
import { Opening, quote, type SessionFailure } from './opening.js';
import { eachMessage, messageEnd, NO_NUMBER } from './rules.js';
import { type Shared, type SpeakingOptions, sharedOf } from './speaking-options.js';

/** If more bytes than this wait in a socket, duties and heartbeats are left undone: the server does not read. */
const UNREAD_BYTES = 1024 * 1024;
/** If more bytes than this wait in a socket, the steps of its session go no further. */
const UNREAD_STEPS_BYTES = 16 * UNREAD_BYTES;

/** How an array begins, unless white space comes first, which no known server writes. */
const OPEN_BRACKET = 0x5b;

/**
 * Connections that speak: a connection opens when its session is ready, so that to everybody else "open" means logged
 * in and subscribed. Once it is open, each message is a reply or what a rule says.
 *
 *     connect -> upgrade -> steps ... -> open of the script -> open -> replies, duties, ...
 *                    \---- a step fails: the connect has failed, in the phase `session`
 */
export function speaking(connect: ConnectFn, options: SpeakingOptions): ConnectFn {
  const shared = sharedOf(connect, options);
  return (index, plannedUs, connection, events, clock) =>
    new Speaker(index, plannedUs, connection, events, clock, shared);
}

class Speaker implements PooledConnection {
  readonly #index: number;
  readonly #events: ConnectionEvents;
  readonly #shared: Shared;
  readonly #values: TokenValues;
  readonly #clock: Clock;
  readonly #opening: Opening;
  /** Null where messages are text. */
  readonly #binary: BinaryTalk | null;
  /** Null if the cell has no script. */
  readonly #script: ScriptLife | null;
  /** The script's `open` runs. */
  #isScripted = false;
  readonly #connection: PooledConnection;
  readonly #deadline: Timer;
  readonly #timeoutMs: number;
  #state: 'connecting' | 'opening' | 'open' | 'over' = 'connecting';
  readonly #startUs: number;
  #readyUs: number | null = null;
  /** Null if the protocol has no heartbeat. */
  readonly #beat: ClientBeat | null;
  /** Why this side ended a connection that was not open yet. */
  #ownEnd: string | null = null;
  #isEndedByServer = false;
  /** The server may then end the connection before the closing handshake is done. */
  #saidBye = false;

  constructor(
    index: number,
    plannedUs: number,
    options: ConnectionOptions,
    events: ConnectionEvents,
    clock: Clock,
    shared: Shared,
  ) {
    const { wire } = shared;
    const { connection, env, row } = options;
    this.#index = index;
    this.#events = events;
    this.#shared = shared;
    this.#clock = clock;
    this.#timeoutMs = options.connectTimeoutMs;
    this.#startUs = clock.nowUs();
    this.#values = { connection, env, row, room: wire.rooms === null ? undefined : connection % wire.rooms };
    this.#binary = binaryTalkOf(wire, options);
    this.#beat = wire.beat === null ? null : new ClientBeat(wire.beat);
    const port = {
      send: (text: string) => this.#say(text),
      ready: (values: SessionValues) => this.#stepsDone(values),
      failed: (failure: SessionFailure) => this.#fail(failure),
      done: (timed: number, us: number) => shared.events.onStep(timed, us),
      ...(shared.told === undefined ? {} : { told: shared.told }),
    };
    this.#opening = new Opening(wire.steps, this.#values, clock, port, this.#binary !== null);
    this.#script =
      shared.scripted?.begin(index, this.#values, {
        send: (text) => {
          shared.told?.({ type: 'sent', text, why: 'script' });
          this.#say(text);
        },
        left: (payload) => this.#judge(index, payload, 0, payload.length, clock.nowUs()),
      }) ?? null;
    this.#deadline = clock.after(this.#timeoutMs, () => this.#late());
    try {
      this.#connection = shared.connect(index, plannedUs, options, this.#listener(), clock);
    } catch (error) {
      this.#deadline.cancel();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#state === 'open' && this.#connection.isOpen;
  }

  get canSend(): boolean {
    return this.#state === 'open' && this.#connection.canSend;
  }

  get closedByUs(): boolean {
    return this.#connection.closedByUs && !this.#isEndedByServer;
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes;
  }

  get receivedUs(): number {
    return this.#connection.receivedUs ?? 0;
  }

  /** It is open when its session is ready; `upgradedUs` is when the upgrade was done. */
  get times(): ConnectTimes {
    const { times } = this.#connection;
    return { ...times, openUs: this.#readyUs, upgradedUs: times.openUs };
  }

  write(head: Buffer, tail: Buffer | null): boolean {
    return this.#connection.write(head, tail);
  }

  send(bytes: Buffer, text: boolean): void {
    this.#connection.send?.(bytes, text);
  }

  ping(): void {
    this.#connection.ping();
  }

  keepAlive(): void {
    this.#connection.keepAlive?.();
  }

  /** Sends the heartbeat of the protocol, if there is one, the server wants it now, and the connection can send. */
  beat(): void {
    if (this.#beat === null || !this.canSend || !this.#beat.isDue(this.#clock.nowUs(), () => this.#captured)) return;
    this.#oblige(this.#shared.wire.beat!.send, 'beat');
  }

  close(code?: CloseCode): void {
    if (this.#state !== 'open') return this.terminate();
    const { bye } = this.#shared.wire;
    this.#saidBye = bye !== undefined;
    if (bye !== undefined) this.#send(bye);
    this.#connection.close(code);
  }

  terminate(): void {
    if (this.#state !== 'open') this.#leave();
    this.#connection.terminate();
  }

  #listener(): ConnectionEvents {
    const events = this.#events;
    return {
      onOpen: () => this.#begin(),
      onFailed: (index, failure) => {
        this.#leave();
        events.onFailed(index, failure);
      },
      onFrame: (index, bytes, start, end, us) => this.#onFrame(index, bytes, start, end, us),
      onReadEnd: (us) => {
        if (this.#binary !== null) this.#confirm(this.#binary);
        events.onReadEnd(us);
      },
      onPong: (index, ofKeepAlive) => events.onPong(index, ofKeepAlive),
      onClose: (index, code, clean, reason) => this.#onClose(index, code, clean, reason),
      onError: (index, code) => {
        if (this.#state === 'open') events.onError(index, code);
        else this.#ownEnd = code;
      },
    };
  }

  #begin(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'opening';
    // The timer may have gone off while the upgrade was not done yet.
    if (this.#clock.nowUs() - this.#startUs >= this.#timeoutMs * 1000) this.#late();
    else this.#opening.start();
  }

  #stepsDone(session: SessionValues): void {
    const script = this.#script;
    if (script === null) return this.#ready(session);
    this.#isScripted = true;
    this.#shared.scripted!.open(this.#index, script, session).then(
      (values) => {
        this.#isScripted = false;
        if (this.#state === 'opening') this.#ready(values);
      },
      (error: unknown) => this.#scriptFailed(error),
    );
  }

  #scriptFailed(error: unknown): void {
    if (this.#state === 'opening') this.#fail({ code: codeOf(error) ?? 'script_open', message: messageOf(error) });
  }

  #ready(session: SessionValues): void {
    this.#state = 'open';
    this.#deadline.cancel();
    this.#readyUs = this.#clock.nowUs();
    this.#shared.captured.set(this.#index, session);
    const everyMs = this.#beat?.begin(this.#readyUs, session) ?? null;
    if (everyMs !== null) this.#shared.events.onBeat?.(everyMs);
    this.#events.onOpen(this.#index);
  }

  #onFrame(index: number, bytes: Buffer, start: number, end: number, us: number): void {
    const { separator } = this.#shared.wire;
    if (separator === null || (separator === 'array' && bytes[start] !== OPEN_BRACKET))
      return this.#onMessage(index, bytes, start, end, us);
    if (typeof separator === 'string')
      return eachMessage(separator, bytes, start, end, (from, to) => this.#onMessage(index, bytes, from, to, us));
    if (typeof separator === 'object') return this.#onPackets(index, bytes, start, end, us);
    for (let from = start; from < end; ) {
      const to = messageEnd(separator, bytes, from, end);
      if (to > from) this.#onMessage(index, bytes, from, to, us);
      from = to + 1;
    }
  }

  /** A frame of messages that say themselves how long they are. */
  #onPackets(index: number, bytes: Buffer, start: number, end: number, us: number): void {
    const isBinary = this.#connection.isBinary?.(bytes, start, end) !== false;
    const trouble = this.#binary!.take(isBinary, bytes, start, end, (of, from, to) =>
      this.#onMessage(index, of, from, to, us),
    );
    if (trouble !== null) this.#break(trouble);
  }

  /** What came cannot be understood, nor what will come. */
  #break(code: BinaryTrouble): void {
    if (this.#state === 'opening') this.#fail({ code, message: `${this.#place()}: ${ownEndWords(code)}` });
    if (this.#state !== 'open') return;
    this.#events.onError(this.#index, code);
    this.#connection.terminate();
  }

  /** Confirms what came in a read and obliges to that. */
  #confirm(binary: BinaryTalk): void {
    const owed = binary.takeOwed();
    if (owed === null || this.#state === 'over' || !this.#canOblige) return;
    this.#shared.told?.({ type: 'sent', text: legible(owed), why: 'duty' });
    this.#connection.send?.(owed, false);
  }

  #onMessage(index: number, bytes: Buffer, start: number, end: number, us: number): void {
    if (this.#state === 'over') return;
    const { asksForm } = this.#shared;
    const isBinary = asksForm && this.#connection.isBinary?.(bytes, start, end) === true;
    // Where binary frames have a meaning of their own, no step waits for one.
    if (this.#state === 'opening' && !isBinary && this.#opening.take(bytes, start, end)) return;
    if (this.#isScripted && !isBinary && this.#takenByScript(bytes, start, end)) return;
    this.#judge(index, bytes, start, end, us, isBinary);
  }

  /** Offers a message to the script's `open`. What obliges to answer is never kept for it. */
  #takenByScript(bytes: Buffer, start: number, end: number): boolean {
    const { rules, told } = this.#shared;
    if (rules.of(bytes, start, end).means === 'duty') return false;
    try {
      const taken = this.#script!.take(bytes.subarray(start, end));
      if (taken === 'taken') told?.({ type: 'received', bytes, start, end, as: 'expected' });
      return taken !== 'left';
    } catch (error) {
      this.#scriptFailed(error);
      return true;
    }
  }

  /** What a message is that no step waits for. */
  #judge(index: number, bytes: Buffer, start: number, end: number, us: number, isBinary = false): void {
    if (this.#state === 'over') return;
    const { rules, key, events, told } = this.#shared;
    const { means, rule } = rules.of(bytes, start, end, isBinary);
    const isOpen = this.#state === 'open';
    const isReply = means === 'reply' || means === 'fails';
    const isBytes = this.#binary !== null;
    told?.({ type: 'received', bytes, start, end, as: isReply && !isOpen ? 'ignored' : means, isBytes });
    if (isReply) {
      // Nothing was asked before the session is ready, so this answers nothing.
      if (!isOpen && means === 'fails' && this.#isAnswer) this.#refused(rule, bytes, start, end);
      else if (!isOpen) this.#hearUnasked(bytes, start, end);
      else events.onReply(index, key.read(bytes, start, end), means === 'fails', bytes, start, end, us);
      return;
    }
    if (means === 'delivery') {
      const isSure = this.#shared.wire.rules[rule]!.otherwise === undefined;
      const contentAt = this.#binary === null ? start : this.#binary.contentAt(bytes, start, end);
      if (isOpen && events.onDelivery(index, isSure, bytes, start, end, us, contentAt)) return;
    }
    // Once the close has begun, nothing can be sent, so nothing is owed.
    if (means === 'duty' && !this.#connection.canSend) return;
    const number = isOpen && means === 'trailer' && !isBinary ? key.read(bytes, start, end) : NO_NUMBER;
    events.onRuled(index, rule, end - start, us, number);
    if (means === 'duty') this.#doDuty(rule);
    else if (means === 'ends') this.#endedByServer(rule, bytes, start, end);
  }

  /** What comes now can only be an answer. A protocol knows itself which refusal belongs to which step. */
  get #isAnswer(): boolean {
    return this.#shared.wire.protocol === 'none' && this.#opening.isAsking;
  }

  /** A step waits for its answer, and what came says no. */
  #refused(rule: number, ...[bytes, start, end]: [Buffer, number, number]): void {
    const said = quote(bytes, start, end, this.#binary !== null);
    const { name } = this.#shared.wire.rules[rule]!;
    this.#fail({ code: 'step_failed', message: `${this.#place()}: the server says no (${name}): ${said}` });
  }

  /** The server ended the session and left the connection: to everybody else it has closed the connection. */
  #endedByServer(rule: number, ...[bytes, start, end]: [Buffer, number, number]): void {
    const { name } = this.#shared.wire.rules[rule]!;
    const said = quote(bytes, start, end, this.#binary !== null);
    if (this.#state === 'opening') {
      return this.#fail({ code: name, message: `${this.#place()}: the server ended the session: ${said}` });
    }
    this.#leave();
    this.#isEndedByServer = true;
    this.#connection.terminate();
    this.#events.onError(this.#index, name, said);
    this.#events.onClose(this.#index, NO_CODE, true, Buffer.alloc(0));
  }

  /** Asks the script about a message that came before the session is ready. It belongs to no second. */
  #hearUnasked(bytes: Buffer, start: number, end: number): void {
    const { scripted, events } = this.#shared;
    try {
      const isKnown =
        this.#script !== null && scripted!.heardBy(this.#script, bytes.subarray(start, end)) !== C.unexpected;
      if (!isKnown) events.onEarly?.(end - start);
    } catch (error) {
      this.#scriptFailed(error);
    }
  }

  #doDuty(rule: number): void {
    const { send, needs } = this.#shared.wire.rules[rule]!;
    if (send === null) return;
    if (needs !== undefined && this.#captured[needs] !== true) return;
    this.#oblige(send, 'duty');
  }

  /** What was captured on this connection until now. */
  get #captured(): SessionValues {
    const { captured } = this.#shared;
    return (this.#state === 'open' ? captured.of(this.#index) : this.#opening.values) ?? {};
  }

  /** Sends what the protocol obliges to. A server that does not read is not told: nothing may pile up. */
  #oblige(template: string, why: 'duty' | 'beat'): void {
    if (!this.#canOblige) return;
    const values = { ...this.#values, session: this.#captured };
    const isBytes = this.#binary !== null;
    const text = !template.includes('{{') ? template : isBytes ? fillBytes(template, values) : fill(template, values);
    this.#shared.told?.({ type: 'sent', text: isBytes ? legible(Buffer.from(text, 'latin1')) : text, why });
    this.#send(text);
  }

  get #canOblige(): boolean {
    return this.#connection.canSend && this.#connection.bufferedBytes <= UNREAD_BYTES;
  }

  /** Sends what a step says. */
  #say(text: string): void {
    if (this.#connection.bufferedBytes <= UNREAD_STEPS_BYTES) return this.#send(text);
    this.#fail({ code: 'unread', message: `${this.#place()}: the server does not read what it is sent` });
  }

  #send(text: string): void {
    if (!this.#connection.canSend) return;
    if (this.#binary === null) this.#connection.send?.(Buffer.from(text), true);
    else this.#connection.send?.(Buffer.from(text, 'latin1'), false);
  }

  #late(): void {
    if (this.#state !== 'opening') return;
    const message = `${this.#place()}: not done within ${this.#timeoutMs / 1000} s${this.#opening.others}`;
    this.#fail({ code: 'session_timeout', message });
  }

  #onClose(index: number, code: number, clean: boolean, reason: Buffer): void {
    if (this.#state === 'open') {
      this.#leave();
      return this.#events.onClose(index, code, clean || this.#saidBye, reason);
    }
    if (this.#state !== 'opening') return;
    const own = this.#ownEnd;
    const words = endWords(this.#shared.wire.protocol, own, code, reason);
    this.#fail({ code: own ?? `closed_${code}`, message: `${this.#place()}: ${words}${this.#opening.others}` });
  }

  #place(): string {
    return this.#script !== null && this.#isScripted ? `script, ${this.#script.place}` : `step ${this.#opening.step}`;
  }

  #fail({ code, message }: SessionFailure): void {
    if (this.#state === 'over') return;
    this.#leave();
    this.#connection.terminate();
    this.#events.onFailed(this.#index, { phase: 'session', code, message, body: '' });
  }

  #leave(): void {
    this.#state = 'over';
    this.#deadline.cancel();
    this.#opening.cancel();
  }
}
