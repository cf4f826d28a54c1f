import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { refusalText } from '../engine/socket/refusal.js';
import { codeOf, messageOf } from '../errors.js';
import type { Endpoint } from '../plan/cell.js';
import { ConnectError, TimedOut } from './connect-error.js';
import type { Gathered, GatherLimits, Manners, OpenOptions, Phases } from './open-options.js';
import { type Closed, codeText, type Received } from './received.js';
import { urlFor } from './request-url.js';
import { resetSocket } from './reset-socket.js';
import type { Requester } from './session/requester.js';
import type { Speech } from './session/speech.js';
import type { SetAside, Sorting } from './set-aside.js';
import { Waiting } from './waiting.js';
import { openWire, type Wire } from './wire.js';

export { ConnectError, TimedOut } from './connect-error.js';
export type { GatherEnd, Gathered, OpenOptions, Phases } from './open-options.js';

const PLAIN: Manners = { sorting: null, speech: null, setAside: null };
/** The session has a deadline of its own, which comes first. */
const SESSION_SPARE_MS = 1000;

const MAX_PAYLOAD_BYTES = 20 * 1024 * 1024;
/** The connection is cut when this much is unread, because a server may never stop sending. */
const QUEUE_MAX_BYTES = 64 * 1024 * 1024;
const QUEUE_MAX_MESSAGES = 200_000;
/** Every wait for a close has a deadline of its own, which comes first. */
const CLOSE_TIMEOUT_MS = 600_000;

/**
 * A client connection for checks, on `ws` alone. Messages queue up with their instants until they are asked for. Every
 * wait has a deadline and ends when `signal` is aborted.
 */
export class CheckSocket {
  readonly #ws: WebSocket;
  readonly #waiting: Waiting;
  readonly #sorting: Sorting | null;
  /** Null if the profile has no session, rules or requests. */
  readonly #speech: Speech | null;
  readonly #hearsAll: boolean;
  readonly #setAside: SetAside | null;
  readonly #queue: Received[] = [];
  #queuedBytes = 0;
  #isKept: ((message: Received) => boolean) | null = null;
  #droppedBytes = 0;
  #wire: Wire | null = null;
  #opened: { readonly phases: Phases; readonly headers: IncomingHttpHeaders } | null = null;
  #failure: ConnectError | null = null;
  #response: IncomingMessage | null = null;
  #closed: Closed | null = null;
  #brokenBy: string | null = null;
  #isOverfull = false;
  #pings = 0;
  #pongAtMs: number | null = null;
  /** Instants of the server's pings, ms of `performance.now()`. */
  readonly pingsAtMs: number[] = [];

  private constructor(endpoint: Endpoint, options: OpenOptions, signal: AbortSignal, manners: Manners) {
    this.#waiting = new Waiting(signal);
    this.#hearsAll = options.hearsAll === true;
    this.#sorting = this.#hearsAll ? null : manners.sorting;
    this.#speech = options.isBare === true ? null : manners.speech;
    this.#setAside = manners.setAside;
    const url = urlFor(endpoint.url, options);
    const headers = options.anonymous === true ? {} : endpoint.headers;
    this.#ws = new WebSocket(url, [...(options.subprotocols ?? endpoint.subprotocols)], {
      perMessageDeflate: options.compression === true,
      maxPayload: MAX_PAYLOAD_BYTES,
      followRedirects: false,
      autoPong: options.pongs !== false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      headers: { 'User-Agent': endpoint.userAgent, ...headers, ...options.headers },
      createConnection: (dial: { host?: string; port?: number }) => {
        this.#wire = openWire(endpoint, dial.host ?? null, Number(dial.port ?? 0), options.tls);
        return this.#wire.socket;
      },
    } as unknown as WebSocket.ClientOptions);
    this.#listen();
  }

  /**
   * Rejects with a ConnectError. `options.withinMs` limits the whole connect, so a handshake that arrives byte by byte
   * ends, too. Messages that `sorting` sets aside never reach a check. Where there is a session, the connection opens
   * when the session is ready.
   */
  static async open(
    endpoint: Endpoint,
    options: OpenOptions & { readonly withinMs: number },
    signal: AbortSignal,
    manners: Manners = PLAIN,
  ): Promise<CheckSocket> {
    const socket = new CheckSocket(endpoint, options, signal, manners);
    try {
      await socket.#waiting.until(() => socket.#opened !== null || socket.#failure !== null, options.withinMs);
    } catch (error) {
      socket.terminate();
      throw error;
    }
    if (socket.#opened === null) {
      socket.terminate();
      throw (
        socket.#failure ?? socket.#failureOf('handshake_timeout', `no open connection after ${options.withinMs} ms`)
      );
    }
    if (socket.#speech !== null) await socket.#speak(socket.#speech, endpoint);
    return socket;
  }

  /** Rejects with a ConnectError of the phase `session` if the session does not become ready. */
  async #speak(speech: Speech, endpoint: Endpoint): Promise<void> {
    speech.begin(this.#speechPort(), endpoint);
    try {
      await this.#waiting.until(() => speech.isReady || speech.failure !== null, speech.mostMs + SESSION_SPARE_MS);
    } catch (error) {
      this.terminate();
      throw error;
    }
    if (speech.isReady) return;
    this.terminate();
    const { code, message } = speech.failure ?? {
      code: 'session_timeout',
      message: 'the session was not ready in time',
    };
    throw new ConnectError('session', code, message);
  }

  #speechPort() {
    const socket = this;
    return {
      get canSend() {
        return socket.#ws.readyState === WebSocket.OPEN;
      },
      send: (bytes: Buffer, isBinary: boolean) => this.#ws.send(bytes, { binary: isBinary }, () => undefined),
      terminate: () => this.terminate(),
      heard: (message: Received, isOwn: boolean) => {
        if (isOwn || this.#hearsAll || message.isAnothers === true) this.#receive(message);
        else this.#setAside?.note(message);
      },
      ruled: (message: Received) => this.#setAside?.note(message),
      changed: () => this.#waiting.note(() => {}),
      ended: (name: string) => {
        this.#brokenBy ??= `the session ended: ${name}`;
      },
    };
  }

  #listen(): void {
    const ws = this.#ws;
    ws.on('upgrade', (response) => {
      this.#response = response;
    });
    ws.on('open', () => this.#waiting.note(() => this.#onOpen()));
    ws.on('message', (data: Buffer, isBinary) => this.#waiting.note(() => this.#onMessage(data, isBinary)));
    ws.on('ping', () => this.#waiting.note(() => this.pingsAtMs.push(performance.now())));
    ws.on('pong', (data: Buffer) =>
      this.#waiting.note(() => {
        const text = data.toString('latin1');
        // A late pong for an earlier ping does not answer this one.
        const isEarlier = /^\d+$/.test(text) && Number(text) < this.#pings;
        if (!isEarlier) this.#pongAtMs ??= performance.now();
      }),
    );
    ws.on('unexpected-response', (_request, response) => {
      const { statusCode = 0, statusMessage, headers } = response;
      const text = refusalText(statusCode, statusMessage, headers);
      this.#waiting.note(() => {
        this.#failure ??= new ConnectError('upgrade', `HTTP_${statusCode}`, text, { status: statusCode, headers });
      });
      ws.terminate();
    });
    ws.on('error', (error) => this.#waiting.note(() => this.#onError(error)));
    ws.on('close', (code, reason) => this.#waiting.note(() => this.#onClose(code, reason)));
  }

  #onOpen(): void {
    const { startMs, tcpMs, tlsMs } = this.#wire!.times;
    const nowMs = performance.now();
    const tcp = tcpMs ?? startMs;
    this.#opened = {
      phases: {
        tcpMs: tcp - startMs,
        tlsMs: tlsMs === null ? null : tlsMs - tcp,
        upgradeMs: nowMs - (tlsMs ?? tcp),
        totalMs: nowMs - startMs,
      },
      headers: this.#response?.headers ?? {},
    };
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#speech === null) this.#receive({ data, isBinary, atMs: performance.now() });
    else this.#speech.onFrame(data, isBinary);
  }

  #receive(received: Received): void {
    const { data } = received;
    if (this.#sorting?.takes(received) === true) return;
    if (this.#isKept?.(received) === false) {
      this.#droppedBytes += data.length;
      if (this.#droppedBytes > QUEUE_MAX_BYTES) this.#cutOverfull(this.#droppedBytes);
      return;
    }
    this.#queue.push(received);
    this.#queuedBytes += data.length;
    if (this.#queuedBytes <= QUEUE_MAX_BYTES && this.#queue.length <= QUEUE_MAX_MESSAGES) return;
    this.#cutOverfull(this.#queuedBytes);
  }

  #cutOverfull(bytes: number): void {
    this.#isOverfull = true;
    this.#brokenBy ??= `cut: ${bytes} bytes came unasked`;
    this.terminate();
  }

  #onError(error: Error): void {
    if (this.#opened === null) this.#failure ??= this.#failureOf(codeOf(error) ?? 'protocol_error', messageOf(error));
    else this.#brokenBy ??= `${codeOf(error) ?? 'error'}: ${messageOf(error)}`;
  }

  #onClose(code: number, reason: Buffer): void {
    this.#failure ??= this.#opened === null ? this.#failureOf('closed', 'closed before the handshake was done') : null;
    this.#closed ??= { code, reason: reason.toString('utf8'), clean: code !== 1006, atMs: performance.now() };
    this.#speech?.onClosed(code, reason);
  }

  #failureOf(code: string, message: string): ConnectError {
    const times = this.#wire?.times;
    const secure = this.#ws.url.startsWith('wss:');
    const phase = times?.tcpMs == null ? 'tcp' : secure && times.tlsMs === null ? 'tls' : 'upgrade';
    return new ConnectError(phase, code, message);
  }

  /** Time from the upgrade until the session was ready, ms; null if there is none. */
  get sessionMs(): number | null {
    return this.#speech?.tookMs ?? null;
  }

  /** Makes the requests of the profile on this connection; null if it has none that are answered. */
  get requester(): Requester | null {
    return this.#speech?.requester ?? null;
  }

  /** Heartbeats of the profile's protocol that the server sent as messages; 0 where no protocol has any. */
  get heartbeats(): number {
    return this.#speech?.heartbeats ?? 0;
  }

  /** This side sends heartbeats of the profile's protocol. */
  get beatsItself(): boolean {
    return this.#speech?.beatsItself ?? false;
  }

  get phases(): Phases {
    return this.#opened!.phases;
  }

  /** Headers of the 101 response. */
  get headers(): IncomingHttpHeaders {
    return this.#opened!.headers;
  }

  get readyState(): number {
    return this.#ws.readyState;
  }

  get subprotocol(): string {
    return this.#ws.protocol;
  }

  get extensions(): string {
    return this.#ws.extensions;
  }

  /** How the connection ended, so far; null while it is open. */
  get ending(): Closed | null {
    return this.#closed;
  }

  /** How the server broke the protocol, in the words of `ws`; null if it did not. */
  get brokenBy(): string | null {
    return this.#brokenBy;
  }

  /** This client cut the connection, because too many unrequested messages came. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** Bytes handed over that the kernel has not taken. */
  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Messages that came and that no check has read yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Text for strings, binary for buffers, unless `isBinary` says otherwise. Nothing is sent once it is closed. */
  send(data: string | Buffer, isBinary = typeof data !== 'string'): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (!isBinary) this.#sorting?.sent(data);
    this.#ws.send(data, { binary: isBinary }, () => undefined);
  }

  /** From now on only messages for which `isKept` is true are kept for checks. It is called once for each message. */
  keepOnly(isKept: (message: Received) => boolean): void {
    this.#isKept = isKept;
    const kept = this.#take(this.#queue.length).filter(isKept);
    for (const message of kept) this.#queuedBytes += message.data.length;
    this.#queue.push(...kept);
  }

  /** The next message. Rejects with TimedOut, which says how the connection ended if it did. */
  async next(withinMs: number): Promise<Received> {
    await this.#waiting.until(() => this.#queue.length > 0 || this.#closed !== null, withinMs);
    const received = this.#take(1)[0];
    if (received !== undefined) return received;
    const ending = this.#closed === null ? `within ${withinMs} ms` : `before it closed with ${codeText(this.#closed)}`;
    throw new TimedOut(`nothing came ${ending}${this.#brokenBy === null ? '' : ` (${this.#brokenBy})`}`);
  }

  /** Up to `count` messages; fewer if the deadline or the end of the connection comes first. */
  async collect(count: number, withinMs: number): Promise<Received[]> {
    await this.#waiting.until(() => this.#queue.length >= count || this.#closed !== null, withinMs);
    return this.#take(count);
  }

  /**
   * Like `collect`, but gives up as soon as nothing came for `quietMs`. The result says how the wait ended, so that
   * late messages can be told from lost ones.
   */
  async gather(count: number, { quietMs, mostMs }: GatherLimits): Promise<Gathered> {
    const startMs = performance.now();
    let leftMs = mostMs;
    for (;;) {
      const isAll = this.#queue.length >= count;
      const quietLeftMs = Math.max(startMs, this.#queue.at(-1)?.atMs ?? startMs) + quietMs - performance.now();
      const waitMs = Math.min(leftMs, quietLeftMs);
      if (isAll || this.#closed !== null || waitMs <= 0) {
        const end = isAll ? 'all' : this.#closed !== null ? 'closed' : quietLeftMs <= 0 ? 'quiet' : 'late';
        return { messages: this.#take(count), end };
      }
      await this.#waiting.until(() => this.#queue.length >= count || this.#closed !== null, waitMs);
      leftMs -= waitMs;
    }
  }

  /** Every message of this time. Returns early only if the connection ends. */
  async listen(forMs: number): Promise<Received[]> {
    await this.#waiting.until(() => this.#closed !== null, forMs);
    return this.#take(this.#queue.length);
  }

  #take(count: number): Received[] {
    const taken = this.#queue.splice(0, count);
    for (const { data } of taken) this.#queuedBytes -= data.length;
    return taken;
  }

  /** Sends a ping. Returns the time until its pong in ms; null if none came. */
  async ping(withinMs: number): Promise<number | null> {
    const sentMs = performance.now();
    this.#pongAtMs = null;
    this.#pings += 1;
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping(String(this.#pings));
    await this.#waiting.until(() => this.#pongAtMs !== null || this.#closed !== null, withinMs);
    const atMs = this.#pongAtMs as number | null;
    return atMs === null ? null : atMs - sentMs;
  }

  /** Starts the closing handshake and waits for its end; null if it does not end in time. */
  close(code: number, reason: string, withinMs: number): Promise<Closed | null> {
    this.#ws.close(code, reason);
    return this.closed(withinMs);
  }

  /** How the connection ended; null if it is still open at the deadline. */
  async closed(withinMs: number): Promise<Closed | null> {
    await this.#waiting.until(() => this.#closed !== null, withinMs);
    return this.#closed;
  }

  /** Stops reading, so that the server's messages pile up on its side. */
  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  /** Cuts the TCP connection, on request with a reset. */
  cut(reset: boolean): void {
    const socket = this.#wire?.socket;
    if (socket === undefined) return;
    if (reset) resetSocket(socket);
    else socket.destroy();
  }

  terminate(): void {
    this.#ws.terminate();
  }
}
