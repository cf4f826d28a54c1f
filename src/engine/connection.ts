import net from 'node:net';
import tls from 'node:tls';
import WebSocket from 'ws';
import { codeOf, messageOf } from '../errors.js';
import type { Endpoint } from '../plan/cell.js';
import { fillTokens } from '../plan/payload.js';
import type { Clock, Timer } from './clock.js';

/** Frames larger than this end the connection with 1009; the largest message wsurge sends is 1 MiB. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** Instants of one connect, us of the engine's clock; null until (or unless) it happens. */
export interface ConnectTimes {
  plannedUs: number;
  startUs: number;
  tcpUs: number | null;
  tlsUs: number | null;
  openUs: number | null;
}

/** Why a connect did not end in an open connection. `message` is for people and may hold the server's words: sanitise. */
export interface ConnectFailure {
  readonly phase: 'tcp' | 'tls' | 'upgrade';
  readonly code: string;
  readonly message: string;
}

/** What the owner of connections is told. `index` is the connection's number within the worker. */
export interface ConnectionEvents {
  onOpen(index: number): void;
  onFailed(index: number, failure: ConnectFailure): void;
  onFrame(index: number, data: Buffer, receivedUs: number): void;
  onPong(index: number): void;
  /** After `onOpen` only, once. 1006 where no close frame came. */
  onClose(index: number, code: number, clean: boolean, reason: Buffer): void;
  onError(index: number, code: string): void;
}

export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  /** Number over the whole cell, for `{{connection}}` and `{{data.x}}`. */
  readonly connection: number;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Readonly<Record<string, string>>[];
  /** Absolute deadline of the whole connect, ms from its start; ws's own time-out is an idle one and never trips on a drip. */
  readonly connectTimeoutMs: number;
}

/** One client connection: `ws` for the whole protocol, stamps for every phase of the connect. */
export class Connection {
  readonly index: number;
  readonly times: ConnectTimes;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #ws: WebSocket;
  #deadline: Timer | null;
  #state: 'connecting' | 'open' | 'over' = 'connecting';
  #closeSent = false;

  constructor(index: number, plannedUs: number, options: ConnectionOptions, events: ConnectionEvents, clock: Clock) {
    this.index = index;
    this.#events = events;
    this.#clock = clock;
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

  /** True where this side asked for the close first. */
  get closedByUs(): boolean {
    return this.#closeSent;
  }

  /** Bytes handed over but not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** The sub-protocol the server chose, or ''. */
  get subprotocol(): string {
    return this.#ws.protocol;
  }

  /** Sends one message; the bytes are copied before this returns. */
  send(bytes: Buffer, text: boolean): void {
    this.#ws.send(bytes, { binary: !text });
  }

  ping(): void {
    this.#ws.ping();
  }

  /** Starts the closing handshake with 1000. */
  close(): void {
    this.#closeSent = true;
    this.#ws.close(1000);
  }

  /** Ends it at once, at whatever stage it is. A connect under way ends without a word to the owner. */
  terminate(): void {
    if (this.#state === 'connecting') this.#settle('over');
    this.#ws.terminate();
  }

  #open(options: ConnectionOptions): WebSocket {
    const { endpoint, connection, env, data } = options;
    const fill = (text: string) => fillTokens(text, connection, env, data);
    const headers = Object.fromEntries(Object.entries(endpoint.headers).map(([name, value]) => [name, fill(value)]));
    const ws = new WebSocket(fill(endpoint.url), endpoint.subprotocols.map(fill), {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: MAX_PAYLOAD_BYTES,
      followRedirects: false,
      headers: { 'User-Agent': endpoint.userAgent, ...headers },
      createConnection: (o: net.NetConnectOpts & tls.ConnectionOptions) => this.#connect(o, endpoint),
    } as unknown as WebSocket.ClientOptions);
    ws.on('open', () => this.#onOpen());
    ws.on('message', (bytes: Buffer) => this.#events.onFrame(this.index, bytes, this.#clock.nowUs()));
    ws.on('pong', () => this.#events.onPong(this.index));
    ws.on('unexpected-response', (_request, response) => {
      const { statusCode, statusMessage } = response;
      this.#fail(`HTTP_${statusCode}`, `the server answered ${statusCode} ${statusMessage ?? ''}`.trim());
    });
    ws.on('error', (error) => this.#onError(error));
    ws.on('close', (code, reason) => this.#onClose(code, reason));
    return ws;
  }

  #connect(options: net.NetConnectOpts & tls.ConnectionOptions, endpoint: Endpoint): net.Socket {
    const unix = 'socketPath' in options && typeof options.socketPath === 'string' ? options.socketPath : null;
    const host = 'host' in options ? (options.host ?? null) : null;
    const where = unix === null ? { ...options, host: endpoint.address ?? host, noDelay: true } : { path: unix };
    const secure = endpoint.url.startsWith('wss:');
    const socket = secure
      ? tls.connect({ ...where, ...tlsOptions(endpoint, host) } as tls.ConnectionOptions)
      : net.connect(where as net.NetConnectOpts);
    socket.once('connect', () => {
      this.times.tcpUs = this.#clock.nowUs();
    });
    if (secure) {
      socket.once('secureConnect', () => {
        this.times.tlsUs = this.#clock.nowUs();
      });
    }
    return socket;
  }

  #onOpen(): void {
    if (this.#state !== 'connecting') return;
    this.times.openUs = this.#clock.nowUs();
    this.#settle('open');
    this.#events.onOpen(this.index);
  }

  #onError(error: unknown): void {
    if (this.#state === 'connecting') this.#fail(failureCode(error), messageOf(error));
    else if (this.#state === 'open') this.#events.onError(this.index, failureCode(error));
  }

  #onClose(code: number, reason: Buffer): void {
    if (this.#state === 'connecting') return this.#fail('closed', 'the server closed before the handshake was done');
    if (this.#state !== 'open') return;
    this.#settle('over');
    this.#events.onClose(this.index, code, code !== 1006, reason);
  }

  #fail(code: string, message: string): void {
    if (this.#state !== 'connecting') return;
    const { tcpUs, tlsUs } = this.times;
    const secure = this.#ws.url.startsWith('wss:');
    const phase = tcpUs === null ? 'tcp' : secure && tlsUs === null ? 'tls' : 'upgrade';
    this.#settle('over');
    this.#ws.terminate();
    this.#events.onFailed(this.index, { phase, code, message });
  }

  #settle(state: 'open' | 'over'): void {
    this.#state = state;
    this.#deadline?.cancel();
    this.#deadline = null;
  }
}

/** SNI and certificate checks keep the name of the URL though the socket goes to the resolved address. */
function tlsOptions(endpoint: Endpoint, host: string | null): tls.ConnectionOptions {
  const { ca, cert, key, insecure, servername } = endpoint.tls;
  const name = servername ?? (host === null || net.isIP(host) !== 0 ? '' : host);
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    rejectUnauthorized: !insecure,
    servername: name,
    ALPNProtocols: ['http/1.1'],
    ...(name === '' && host !== null
      ? { checkServerIdentity: (_: string, c: tls.PeerCertificate) => tls.checkServerIdentity(host, c) }
      : {}),
  };
}

/** A short code for an error of the socket, TLS or the WebSocket protocol. */
function failureCode(error: unknown): string {
  return codeOf(error) ?? 'protocol_error';
}
