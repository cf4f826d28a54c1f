import type { WireRule } from '../../dialect/wire.js';
import { realClock } from '../../engine/pacing/clock.js';
import type { ConnectFn, PooledConnection } from '../../engine/pool.js';
import { speaking } from '../../engine/session/speaking.js';
import type { TranscriptEvent } from '../../engine/session/transcript.js';
import type { ConnectFailure, ConnectionEvents } from '../../engine/socket/connection.js';
import { KeepAlive } from '../../engine/socket/keep-alive.js';
import type { Endpoint } from '../../plan/cell.js';
import type { Received } from '../received.js';
import { Requester } from './requester.js';
import type { Talk } from './talk.js';

/** What a speech needs of its connection. */
export interface SpeechPort {
  readonly canSend: boolean;
  send(bytes: Buffer, isBinary: boolean): void;
  terminate(): void;
  /** A message that no rule is about. `isOwn`: it answers a request of this connection, or the profile has none. */
  heard(message: Received, isOwn: boolean): void;
  /** A message that a rule is about. */
  ruled(message: Received): void;
  /** The session is ready, or has failed. */
  changed(): void;
  /** The session ended and left the connection: the server said so, or the script failed. */
  ended(name: string): void;
}

/**
 * The session of the profile on one connection of a check, and its duties and heartbeats afterwards. It is made of the
 * parts of the engine, so that checks say and understand what a run would.
 */
export class Speech {
  readonly #talk: Talk;
  /** Among all connections of the run. */
  readonly #id: number;
  readonly #connection: number;
  readonly requester: Requester | null;
  #port: SpeechPort | null = null;
  #speaker: PooledConnection | null = null;
  #events: ConnectionEvents | null = null;
  #beats: KeepAlive | null = null;
  /** How often the server wants heartbeats, ms. */
  #beatMs = Number.POSITIVE_INFINITY;
  /** What came before the connection counted as open. */
  readonly #early: { readonly data: Buffer; readonly isBinary: boolean }[] = [];
  /** Of the message that is being read. */
  #isBinary = false;
  #isReady = false;
  #heartbeats = 0;
  #failure: ConnectFailure | null = null;
  #begunMs = 0;
  #readyMs = 0;
  readonly #told: ((event: TranscriptEvent) => void) | undefined;

  /** `connection`: within its check, for `{{connection}}` and `{{data.x}}`. `told`: keeps a transcript. */
  constructor(talk: Talk, connection: number, told?: (event: TranscriptEvent) => void) {
    this.#talk = talk;
    this.#id = talk.connect();
    this.#connection = connection;
    this.requester = talk.asks ? new Requester(talk, this.#id, connection) : null;
    this.#told = told;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get failure(): ConnectFailure | null {
    return this.#failure;
  }

  /** How many messages came with which the server asks whether the client is there, or shows that it is itself. */
  get heartbeats(): number {
    return this.#heartbeats;
  }

  /** The protocol has this side begin the heartbeat. */
  get beatsItself(): boolean {
    return this.#talk.cell.wire.beat !== null;
  }

  /** From the upgrade until the session was ready, ms. */
  get tookMs(): number {
    return this.#readyMs - this.#begunMs;
  }

  /** Longest time that the session may take, ms. */
  get mostMs(): number {
    return this.#talk.cell.connectTimeoutMs;
  }

  /** Begins the session on a connection that has just opened. */
  begin(port: SpeechPort, endpoint: Endpoint): void {
    this.#port = port;
    this.#begunMs = performance.now();
    const { cell, env, data, captured, scripted } = this.#talk;
    this.#talk.endsBy(this.#id, (why) => {
      port.ended(why);
      port.terminate();
    });
    const connect = speaking(this.#connectOf(port), {
      wire: cell.wire,
      captured,
      scripted,
      events: {
        onReply: (_, number, fails, bytes, start, end) => this.#hear(bytes.subarray(start, end), number, fails),
        // Who should receive what is a matter for a run: here a delivery is one more message that nobody asked for.
        onDelivery: () => false,
        onBeat: (everyMs) => (this.#beatMs = everyMs),
        onRuled: (_, rule) => {
          if (isHeartbeat(cell.wire.rules[rule]!)) this.#heartbeats++;
        },
        onStep: () => {},
      },
      told: (event) => {
        this.#told?.(event);
        if (event.type === 'received' && COUNTED.has(event.as)) port.ruled(this.#received(event));
      },
    });
    const row = data[this.#connection % data.length];
    const connection = { endpoint, env, row, connection: this.#connection, connectTimeoutMs: cell.connectTimeoutMs };
    this.#speaker = connect(this.#id, realClock.nowUs(), connection, this.#listener(port), realClock);
    this.#events!.onOpen(this.#id);
    for (const { data: early, isBinary } of this.#early.splice(0)) this.onFrame(early, isBinary);
  }

  /** One message of the server. */
  onFrame(data: Buffer, isBinary: boolean): void {
    if (this.#events === null) {
      this.#early.push({ data, isBinary });
      return;
    }
    this.#isBinary = isBinary;
    const nowUs = realClock.nowUs();
    this.#events.onFrame(this.#id, data, 0, data.length, nowUs);
    this.#events.onReadEnd(nowUs);
  }

  onClosed(code: number, reason: Buffer): void {
    this.#beats?.stop();
    this.#events?.onClose(this.#id, code, code !== 1006, reason);
  }

  #connectOf(port: SpeechPort): ConnectFn {
    return (_index, plannedUs, _options, events) => {
      this.#events = events;
      const openUs = realClock.nowUs();
      const isBinary = () => this.#isBinary;
      return {
        isOpen: true,
        get canSend() {
          return port.canSend;
        },
        ...{ closedByUs: false, bufferedBytes: 0 },
        times: { plannedUs, startUs: plannedUs, tcpUs: openUs, tlsUs: null, openUs },
        write: () => false,
        send: (bytes, text) => port.send(bytes, !text),
        ping: () => {},
        close: () => port.terminate(),
        terminate: () => port.terminate(),
        isBinary,
      };
    };
  }

  #listener(port: SpeechPort): ConnectionEvents {
    return {
      onOpen: () => {
        this.#isReady = true;
        this.#readyMs = performance.now();
        this.#beat();
        port.changed();
      },
      onFailed: (_, failure) => {
        this.#failure ??= failure;
        port.changed();
      },
      onFrame: () => {},
      onReadEnd: () => {},
      onPong: () => {},
      onClose: () => this.#beats?.stop(),
      onError: (_, name) => port.ended(name),
    };
  }

  #beat(): void {
    const { beat } = this.#talk.cell.wire;
    if (beat === null) return;
    const ping = () => this.#speaker?.beat?.();
    this.#beats = new KeepAlive({
      intervalMs: Math.min(beat.everyMs, this.#beatMs),
      connections: 1,
      clock: realClock,
      ping,
    });
    this.#beats.start();
  }

  #hear(bytes: Buffer, number: number, fails: boolean): void {
    const data = Buffer.from(bytes);
    const message = { data, isBinary: this.#isBinary, atMs: performance.now(), fails };
    const { requester } = this;
    if (requester === null) return this.#port!.heard(message, true);
    const answers = requester.answered(data, number);
    if (answers !== null) return this.#port!.heard({ ...message, answers }, true);
    if (requester.isDelivery(data, number)) return this.#port!.ruled(message);
    this.#talk.scripted?.hear(this.#id, data, 0, data.length);
    this.#port!.heard({ ...message, isAnothers: requester.isAnothers(data, number) }, false);
  }

  #received({ bytes, start, end }: Extract<TranscriptEvent, { type: 'received' }>): Received {
    return { data: Buffer.from(bytes.subarray(start, end)), isBinary: this.#isBinary, atMs: performance.now() };
  }
}

/** Heartbeats of servers are duties, or where they owe no answer, called `ping`. */
function isHeartbeat({ means, name }: WireRule): boolean {
  return means === 'duty' || name === 'ping';
}

/** What a message is taken for that nobody asked for. */
const COUNTED: ReadonlySet<string> = new Set(['count', 'duty', 'delivery', 'ignored']);
