import type { IncomingMessage } from 'node:http';
import type net from 'node:net';
import WebSocket from 'ws';
import { isOfProxy } from '../../metrics/connect-failures.js';
import { RECEIVE_MEMORY } from '../../metrics/own-ends.js';
import type { Endpoint } from '../../plan/cell.js';
import { fillTokens } from '../../plan/fill.js';
import type { Row } from '../../plan/rows.js';
import { isBinaryFrame } from '../frame/frame-reader.js';
import type { Clock, Timer } from '../pacing/clock.js';
import { type Arrivals, arrivesWhole, type ReadMark } from './arrivals.js';
import { CLOSE, type CloseCode } from './close-code.js';
import { type DialOptions, dial, isSecure } from './dial.js';
import { failureCode, failureMessage } from './failure-code.js';
import { Inbound } from './inbound.js';
import { ProxyError } from './proxy-tunnel.js';
import { RefusalBody, refusalText } from './refusal.js';
import type { Holder, UnfinishedMemory } from './unfinished-memory.js';

/** Default limit: a larger message ends the connection with 1009. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** The payload of keep-alive pings. The pong returns it. */
const KEEP_ALIVE = Buffer.from('keep-alive');

type Created = (error: Error | null, socket?: net.Socket) => void;

/** Times of one connect, us of the engine's clock. Null if a step was not reached (yet). */
export interface ConnectTimes {
  plannedUs: number;
  startUs: number;
  tcpUs: number | null;
  tlsUs: number | null;
  openUs: number | null;
  /** When the upgrade was done, where a session follows it before the connection is open; else absent. */
  upgradedUs?: number | null;
}

/** Why a connect failed. `message` is for people and may contain the server's words, so sanitise it. */
export interface ConnectFailure {
  readonly phase: 'proxy' | 'tcp' | 'tls' | 'upgrade' | 'session';
  readonly code: string;
  readonly message: string;
  /** Text of the body of an HTTP refusal, '' if there is none. These are the server's words, so sanitise them. */
  readonly body: string;
  /** The address that an HTTP refusal redirects to, as the server wrote it; absent if there is none. */
  readonly location?: string;
}

/** Events for the owner of the connections. `index` is the connection's number within the worker. */
export interface ConnectionEvents {
  onOpen(index: number): void;
  onFailed(index: number, failure: ConnectFailure): void;
  /**
   * One message: `bytes` from `start` to `end`, valid during the call. `receivedUs`: when it arrived, according to
   * `Arrivals`; without that, when the read began that completed it. `onReadEnd` or `onClose` always follows.
   */
  onFrame(index: number, bytes: Buffer, start: number, end: number, receivedUs: number): void;
  /** All messages of the read that began at `readUs` have been delivered. */
  onReadEnd(readUs: number): void;
  /** `ofKeepAlive`: it answers a `keepAlive`, not a `ping`. */
  onPong(index: number, ofKeepAlive?: boolean): void;
  /** Called once, after `onOpen` only. The code is 1006 if no close frame arrived. */
  onClose(index: number, code: number, clean: boolean, reason: Buffer): void;
  /** `said`: what the server said about it, if it did. */
  onError(index: number, code: string, said?: string): void;
}

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  /** The number within the whole cell, for `{{connection}}` and `{{data.x}}`. */
  readonly connection: number;
  /** The number on its machine, for its local address; absent for the same. */
  readonly numberHere?: number;
  readonly env: Readonly<Record<string, string>>;
  /** Values for `{{data.x}}`; absent if there are none. */
  readonly row?: Row | undefined;
  /**
   * Deadline of the whole connect, ms from its start. The time-out of ws counts idle time only, so a slow drip of bytes
   * never triggers it.
   */
  readonly connectTimeoutMs: number;
}

/** What all connections of a worker share. */
export interface SharedByConnections {
  /** The memory of all unfinished messages together; null if it is not limited. */
  readonly unfinished: UnfinishedMemory | null;
  /** Null if a message counts from the time it is read. */
  readonly arrivals: Arrivals | null;
}

const NOTHING_SHARED: SharedByConnections = { unfinished: null, arrivals: null };

/**
 * One client connection, with the time of every phase of its connect. `ws` handles the protocol; plain messages bypass
 * it in both directions. Compression is never offered, so all data frames are plain.
 */
export class Connection implements Holder {
  readonly index: number;
  readonly times: ConnectTimes;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #isSecure: boolean;
  readonly #ws: WebSocket;
  #socket: net.Socket | null = null;
  /** Cancels the tunnel through a proxy while it is not open. */
  #abandon: (() => void) | null = null;
  /** The answer that refused the upgrade, while its body is being read. */
  #refusal: RefusalBody | null = null;
  #inbound: Inbound | null = null;
  #receivedUs = 0;
  /** When the message arrived that the current read completes next. */
  #arrivedUs = 0;
  readonly #mark: ReadMark = { poll: 0 };
  /** The last message that `ws` has read came in a binary frame. */
  #wasBinary = false;
  #reading = false;
  #deadline: Timer | null;
  #state: 'connecting' | 'open' | 'over' = 'connecting';
  #closeSent = false;
  /** True if the kernel did not take the last write completely. Only then can bytes be waiting. */
  #keeps = false;
  readonly #unfinished: UnfinishedMemory | null;
  #unfinishedBytes = 0;
  readonly #arrivals: Arrivals | null;

  constructor(
    index: number,
    plannedUs: number,
    options: ConnectionOptions,
    events: ConnectionEvents,
    clock: Clock,
    { unfinished, arrivals }: SharedByConnections = NOTHING_SHARED,
  ) {
    this.index = index;
    this.#unfinished = unfinished;
    this.#arrivals = arrivals;
    this.#events = events;
    this.#clock = clock;
    this.#isSecure = isSecure(options.endpoint);
    this.times = { plannedUs, startUs: clock.nowUs(), tcpUs: null, tlsUs: null, openUs: null };
    this.#ws = this.#open(options);
    this.#deadline = clock.after(options.connectTimeoutMs, () => {
      const seconds = options.connectTimeoutMs / 1000;
      this.#fail('handshake_timeout', `no open connection after ${seconds} s`);
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** True until one of the sides has begun to close. */
  get canSend(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  /** True if this side began to close or cut the connection. */
  get closedByUs(): boolean {
    return this.#closeSent;
  }

  /** Bytes written but not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#keeps ? this.#ws.bufferedAmount : 0;
  }

  /** When something was last read, us of the engine's clock; 0 for never. */
  get receivedUs(): number {
    return this.#receivedUs;
  }

  /** The sub-protocol that the server chose, or ''. */
  get subprotocol(): string {
    return this.#ws.protocol;
  }

  /**
   * Writes masked frames unchanged, the head and then the tail. Returns true if the socket keeps the bytes for later:
   * then they must not be changed.
   */
  write(head: Buffer, tail: Buffer | null): boolean {
    const socket = this.#socket!;
    if (tail === null) {
      socket.write(head);
    } else {
      socket.cork();
      socket.write(head);
      socket.write(tail);
      socket.uncork();
    }
    this.#keeps = socket.writableLength > 0;
    return this.#keeps;
  }

  /** Sends one message through `ws`, which copies the bytes before this returns. */
  send(bytes: Buffer, text: boolean): void {
    this.#ws.send(bytes, { binary: !text });
    this.#keeps = this.#ws.bufferedAmount > 0;
  }

  /** Messages that `ws` has read begin at 0; the others lie behind their header. */
  isBinary(bytes: Buffer, start: number, end: number): boolean {
    return start === 0 ? this.#wasBinary : isBinaryFrame(bytes, start, end);
  }

  ping(): void {
    this.#ws.ping();
  }

  /** Sends a ping with its own payload, so that its pong is recognised. */
  keepAlive(): void {
    this.#ws.ping(KEEP_ALIVE);
  }

  /** Stops or resumes reading. While nothing is read, the bytes wait in the kernel, and then at the server. */
  setReading(isWanted: boolean): void {
    if (isWanted) this.#ws.resume();
    else this.#ws.pause();
  }

  /** Starts the closing handshake. */
  close(code: CloseCode = CLOSE.normal): void {
    this.#closeSent = true;
    // The other side's answer must be read.
    if (this.#ws.isPaused) this.#ws.resume();
    this.#ws.close(code);
  }

  /** Ends the connection at once, at any stage. If a connect is under way, the owner is not told. */
  terminate(): void {
    if (this.#state === 'connecting') this.#settle('over');
    this.#noteUnfinished(0);
    this.#closeSent = true;
    this.#ws.terminate();
  }

  #open(options: ConnectionOptions): WebSocket {
    const { endpoint, connection, env, row } = options;
    const fill = (text: string) => fillTokens(text, connection, env, row);
    const headers = Object.fromEntries(Object.entries(endpoint.headers).map(([name, value]) => [name, fill(value)]));
    const ws = new WebSocket(fill(endpoint.url), endpoint.subprotocols.map(fill), {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: endpoint.receive?.largestBytes ?? MAX_PAYLOAD_BYTES,
      // End the connection to a server that sends pings without reading the pongs.
      maxPendingAutoPongs: 60,
      followRedirects: false,
      headers: { 'User-Agent': endpoint.userAgent, ...headers },
      createConnection: (dialOptions: DialOptions, created: Created) => this.#dial(dialOptions, options, created),
    } as unknown as WebSocket.ClientOptions);
    ws.on('open', () => this.#onOpen());
    ws.on('message', (bytes: Buffer, isBinary) => this.#onMessage(bytes, isBinary));
    ws.on('pong', (payload) => this.#events.onPong(this.index, payload.equals(KEEP_ALIVE)));
    ws.on('unexpected-response', (_request, response) => this.#onRefused(response));
    ws.on('error', (error) => this.#onError(error));
    ws.on('close', (code, reason) => this.#onClose(code, reason));
    return ws;
  }

  #dial(options: DialOptions, { endpoint, ...numbers }: ConnectionOptions, created: Created): void {
    const abandon = dial(options, endpoint, numbers, (end, bytes) => this.#onRead(bytes, end), {
      socket: (socket) => {
        this.#watch(socket);
        created(null, socket);
      },
      failed: (error) => created(error),
    });
    // If the tunnel is open or refused by now, there is nothing to cancel.
    if (this.#socket === null && this.#state === 'connecting') this.#abandon = abandon;
  }

  #watch(socket: net.Socket): void {
    this.#socket = socket;
    this.#inbound = new Inbound(socket, (bytes, start, end) => {
      const receivedUs = arrivesWhole(end - start) ? this.#arrivedUs : this.#receivedUs;
      this.#arrivedUs = this.#receivedUs;
      this.#events.onFrame(this.index, bytes, start, end, receivedUs);
    });
    const connected = () => {
      this.times.tcpUs = this.#clock.nowUs();
    };
    if (socket.connecting) socket.once('connect', connected);
    else connected();
    if (this.#isSecure) {
      socket.once('secureConnect', () => {
        this.times.tlsUs = this.#clock.nowUs();
      });
    }
  }

  #onOpen(): void {
    if (this.#state !== 'connecting') return;
    this.times.openUs = this.#clock.nowUs();
    this.#inbound!.open(this.#ws);
    this.#settle('open');
    this.#events.onOpen(this.index);
  }

  /** The upgrade was refused. Waits briefly for the text of the body. */
  #onRefused(response: IncomingMessage): void {
    if (this.#state !== 'connecting') return;
    this.#deadline?.cancel();
    const { statusCode, statusMessage, headers } = response;
    this.#refusal = new RefusalBody(response, this.#clock, (body) =>
      this.#fail(`HTTP_${statusCode}`, refusalText(statusCode, statusMessage, headers), body, headers.location),
    );
  }

  #onRead(bytes: Buffer, end: number): boolean {
    const nowUs = this.#clock.nowUs();
    this.#receivedUs = nowUs;
    this.#arrivedUs = this.#arrivals?.arrivedUs(this.#mark, nowUs) ?? nowUs;
    // The end of a message that began in an earlier read: its arrival time is unknown.
    if (this.#inbound!.unfinishedBytes > 0) this.#arrivedUs = nowUs;
    this.#reading = true;
    const wantsMore = this.#inbound!.read(bytes, end);
    this.#reading = false;
    this.#noteUnfinished(this.#inbound!.unfinishedBytes);
    if (this.#state === 'open') this.#events.onReadEnd(this.#receivedUs);
    return wantsMore;
  }

  #noteUnfinished(bytes: number): void {
    if (bytes === this.#unfinishedBytes || this.#unfinished === null || this.#state === 'over') return;
    this.#unfinishedBytes = bytes;
    this.#unfinished.note(this, bytes);
  }

  endForMemory(): void {
    this.#unfinishedBytes = 0;
    if (this.#state === 'open') this.#events.onError(this.index, RECEIVE_MEMORY);
    this.terminate();
  }

  /** A message that `ws` has read, during a read or, if `ws` was behind, after one. */
  #onMessage(bytes: Buffer, isBinary: boolean): void {
    this.#wasBinary = isBinary;
    this.#events.onFrame(this.index, bytes, 0, bytes.length, this.#receivedUs);
    if (!this.#reading) this.#events.onReadEnd(this.#receivedUs);
  }

  #onError(error: unknown): void {
    if (this.#refusal !== null) this.#refusal.end();
    else if (this.#state === 'connecting')
      this.#fail(failureCode(error), failureMessage(error), error instanceof ProxyError ? error.body : '');
    else if (this.#state === 'open') this.#onBroken(failureCode(error));
  }

  /** The server broke the protocol. `ws` ends the connection from this side. */
  #onBroken(code: string): void {
    if (code.startsWith('WS_ERR_')) this.#closeSent = true;
    this.#events.onError(this.index, code);
  }

  #onClose(code: number, reason: Buffer): void {
    if (this.#refusal !== null) this.#refusal.end();
    else if (this.#state === 'connecting') this.#fail('closed', 'the server closed before the handshake was done');
    if (this.#state !== 'open') return;
    this.#settle('over');
    this.#events.onClose(this.index, code, code !== 1006, reason);
  }

  #fail(code: string, message: string, body = '', location?: string): void {
    if (this.#state !== 'connecting') return;
    const { tcpUs, tlsUs } = this.times;
    // With TLS 1.3 a server reports a missing client certificate only after the handshake.
    const isTls = this.#isSecure && (tlsUs === null || code.startsWith('ERR_SSL_'));
    const phase = isOfProxy(code) ? 'proxy' : tcpUs === null ? 'tcp' : isTls ? 'tls' : 'upgrade';
    this.#settle('over');
    this.#ws.terminate();
    const leads = location === undefined ? {} : { location };
    this.#events.onFailed(this.index, { phase, code, message, body, ...leads });
  }

  #settle(state: 'open' | 'over'): void {
    if (state === 'over') {
      this.#noteUnfinished(0);
      this.#abandon?.();
    }
    this.#abandon = null;
    this.#state = state;
    this.#deadline?.cancel();
    this.#deadline = null;
  }
}
