import type { Clock } from '../../src/engine/pacing/clock.js';
import type { ConnectFn, PooledConnection } from '../../src/engine/pool.js';
import type { ConnectionEvents, ConnectTimes } from '../../src/engine/socket/connection.js';
import { clientFrames } from './client-frames.js';

/** What the fake server does with a message: replies after so many ms each (none: dropped), to which connection. */
export interface Answer {
  readonly afterMs: number;
  readonly bytes?: Buffer;
  /** Number of the connection that gets it instead. */
  readonly to?: number;
}

export interface FakeServerOptions {
  readonly clock: Clock;
  /** null refuses the connect. */
  readonly connectMs?: (index: number) => number | null;
  readonly answer?: (index: number, bytes: Buffer, connection: FakeConnection) => readonly Answer[];
  readonly pong?: boolean;
  /** This connect throws, as a header that HTTP does not allow makes it. */
  readonly impossible?: number;
  /**
   * Replies that wait at the same time share a frame, one a line, sent every so many ms; 0 or absent: each has its own.
   */
  readonly bundleMs?: number;
  /** What the server does when a connection is there, before anything is said: greets it. */
  readonly greet?: (connection: FakeConnection) => void;
  /** What it does with what is no part of the plan: steps of sessions, duties, heartbeats. */
  readonly hears?: (connection: FakeConnection, text: string) => void;
  /** Sockets keep what is written to them for later, by reference, as busy ones do. */
  readonly keeps?: boolean;
}

/**
 * Sockets without a network: every reply is a timer of the manual clock. Connections go by their number over the whole
 * cell.
 */
export class FakeServer {
  /** By number: the newest connection. */
  readonly connections: FakeConnection[] = [];
  /** By number: every connection that there was, one after the other. */
  readonly sockets: FakeConnection[][] = [];
  readonly received: { index: number; bytes: Buffer; atUs: number }[] = [];
  readonly heard: { index: number; text: string; atUs: number }[] = [];
  /** Every write by connection, as the socket has it. */
  readonly writes: { index: number; bytes: Buffer; copy: Buffer }[] = [];
  readonly #o: FakeServerOptions;

  constructor(options: FakeServerOptions) {
    this.#o = options;
  }

  readonly connect: ConnectFn = (index, plannedUs, { connection: number }, events) => {
    if (number === this.#o.impossible) throw Object.assign(new Error('bad header'), { code: 'ERR_INVALID_CHAR' });
    const connection = new FakeConnection(this, number, index, plannedUs, events, this.#o.clock);
    this.connections[number] = connection;
    this.sockets[number] = [...(this.sockets[number] ?? []), connection];
    const connectMs = this.#o.connectMs === undefined ? 1 : this.#o.connectMs(number);
    this.#o.clock.after(connectMs ?? 1, () => {
      if (connectMs === null) connection.refuse();
      else connection.open();
    });
    return connection;
  };

  /** Returns true if the socket keeps the bytes. */
  write(index: number, bytes: Buffer): boolean {
    this.writes.push({ index, bytes, copy: Buffer.from(bytes) });
    for (const { payload } of clientFrames(bytes)) this.#take(index, payload);
    return this.#o.keeps ?? false;
  }

  #take(index: number, bytes: Buffer): void {
    const { clock, answer } = this.#o;
    const copy = Buffer.from(bytes);
    this.received.push({ index, bytes: copy, atUs: clock.nowUs() });
    const asked = this.connections[index]!;
    const answers = answer === undefined ? [{ afterMs: 1 }] : answer(index, copy, asked);
    for (const { afterMs, bytes: reply, to } of answers) {
      clock.after(afterMs, () => {
        const connection = to === undefined ? asked : this.connections[to];
        const { bundleMs = 0 } = this.#o;
        if (bundleMs === 0) connection?.deliver(reply ?? copy);
        else connection?.deliverBundled(reply ?? copy, bundleMs);
      });
    }
  }

  /** A message outside of the plan. */
  hear(connection: FakeConnection, text: string): void {
    this.heard.push({ index: connection.number, text, atUs: this.#o.clock.nowUs() });
    this.#o.hears?.(connection, text);
  }

  greet(connection: FakeConnection): void {
    this.#o.greet?.(connection);
  }

  get answersPings(): boolean {
    return this.#o.pong ?? true;
  }
}

export class FakeConnection implements PooledConnection {
  readonly times: ConnectTimes;
  bufferedBytes = 0;
  receivedUs = 0;
  closedByUs = false;
  /** Messages handed to the client, and the frames they were in. */
  delivered = 0;
  /** Pings that only keep it alive. */
  keptAlive = 0;
  frames = 0;
  bytes = 0;
  /** Every message that reached the client, and when; and when the connection was over, or was cut by the client. */
  readonly got: { readonly bytes: Buffer; readonly atUs: number }[] = [];
  overUs = Number.POSITIVE_INFINITY;
  /** When the client began to close it. */
  closingUs = Number.POSITIVE_INFINITY;
  #state: 'connecting' | 'open' | 'over' = 'connecting';
  #isBinary = false;
  #isReading = true;
  /** What came while the client did not read. The server's end of the connection is the last of it. */
  readonly #unread: (() => void)[] = [];
  readonly #server: FakeServer;
  /** Over the whole cell. */
  readonly number: number;
  /** Its number within its worker. */
  readonly #index: number;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;

  constructor(
    server: FakeServer,
    number: number,
    index: number,
    plannedUs: number,
    events: ConnectionEvents,
    clock: Clock,
  ) {
    this.#server = server;
    this.number = number;
    this.#index = index;
    this.#events = events;
    this.#clock = clock;
    this.times = { plannedUs, startUs: clock.nowUs(), tcpUs: null, tlsUs: null, openUs: null };
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get canSend(): boolean {
    return this.#state === 'open' && !this.closedByUs;
  }

  open(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.times.tcpUs = this.times.startUs;
    this.times.openUs = this.#clock.nowUs();
    this.#events.onOpen(this.#index);
    this.#server.greet(this);
  }

  send(bytes: Buffer): void {
    this.#server.hear(this, String(bytes));
  }

  refuse(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'over';
    this.#events.onFailed(this.#index, { phase: 'tcp', code: 'ECONNREFUSED', message: 'refused', body: '' });
  }

  isBinary(): boolean {
    return this.#isBinary;
  }

  /** `isBinary`: in a binary frame. */
  deliver(bytes: Buffer, isBinary = false): void {
    if (this.#state !== 'open') return;
    if (!this.#isReading) this.#unread.push(() => this.#read(bytes, isBinary));
    else {
      this.#read(bytes, isBinary);
      this.#events.onReadEnd(this.#clock.nowUs());
    }
  }

  #read(bytes: Buffer, isBinary: boolean): void {
    if (this.#state !== 'open') return;
    this.#isBinary = isBinary;
    this.delivered++;
    this.frames++;
    this.bytes += bytes.length;
    const nowUs = this.#clock.nowUs();
    this.got.push({ bytes, atUs: nowUs });
    this.receivedUs = nowUs;
    this.#events.onFrame(this.#index, bytes, 0, bytes.length, nowUs);
  }

  /** As a paused socket: all that waits is read at once when it reads on. */
  setReading(isWanted: boolean): void {
    this.#isReading = isWanted;
    if (isWanted) this.#clock.soon(() => this.#readOn());
  }

  #readOn(): void {
    if (!this.#isReading || this.#unread.length === 0) return;
    for (const event of this.#unread.splice(0)) event();
    if (this.#state === 'open') this.#events.onReadEnd(this.#clock.nowUs());
  }

  later(ms: number, callback: () => void): void {
    this.#clock.after(ms, callback);
  }

  /** Waits up to `bundleMs` for others to share a frame with. */
  deliverBundled(bytes: Buffer, bundleMs: number): void {
    this.#waiting.push(bytes);
    if (this.#waiting.length > 1) return;
    this.#clock.after(bundleMs, () => {
      const waiting = this.#waiting.splice(0);
      if (this.#state !== 'open') return;
      this.delivered += waiting.length - 1;
      this.deliver(Buffer.from(waiting.map(String).join('\n')));
    });
  }
  readonly #waiting: Buffer[] = [];

  /** The server or the network ends it. Who does not read, does not see it. */
  drop(code: number): void {
    if (this.#isReading) this.#end(code);
    else this.#unread.push(() => this.#end(code));
  }

  #end(code: number): void {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    this.overUs = Math.min(this.overUs, this.#clock.nowUs());
    this.#events.onClose(this.#index, code, code !== 1006, Buffer.alloc(0));
  }

  /** The client's process has ended: no event is reported any more. */
  vanish(): void {
    this.#state = 'over';
  }

  write(head: Buffer, tail: Buffer | null): boolean {
    return this.#server.write(this.number, tail === null ? head : Buffer.concat([head, tail]));
  }

  ping(): void {
    if (this.#server.answersPings) this.#clock.after(1, () => this.isOpen && this.#events.onPong(this.#index, false));
  }

  keepAlive(): void {
    this.keptAlive++;
    if (!this.#server.answersPings) return;
    this.#clock.after(1, () => {
      if (!this.isOpen || !this.#isReading) return;
      this.receivedUs = this.#clock.nowUs();
      this.#events.onPong(this.#index, true);
    });
  }

  close(): void {
    this.closedByUs = true;
    this.closingUs = Math.min(this.closingUs, this.#clock.nowUs());
    this.setReading(true);
    this.#clock.after(1, () => this.#end(1000));
  }

  terminate(): void {
    this.closedByUs = true;
    this.overUs = Math.min(this.overUs, this.#clock.nowUs());
    if (this.#state === 'connecting') this.#state = 'over';
    else this.#clock.soon(() => this.#end(1006));
  }
}
