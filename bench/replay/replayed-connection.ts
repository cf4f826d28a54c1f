import type net from 'node:net';
import WebSocket from 'ws';
import type { Clock } from '../../src/engine/pacing/clock.js';
import type { PooledConnection } from '../../src/engine/pool.js';
import type { ConnectionEvents, ConnectTimes } from '../../src/engine/socket/connection.js';
import { Inbound } from '../../src/engine/socket/inbound.js';
import { clientPayloads } from '../client-payloads.js';

/** The buffer that all sockets of a worker read into. Copying into it stands for the kernel's copy. */
const READ_BUFFER = Buffer.alloc(64 * 1024);
/** A socket that never has anything buffered. */
const QUIET_SOCKET = { readableLength: 0, readableFlowing: true, push: () => true } as unknown as net.Socket;
const OPEN_WS = { readyState: WebSocket.OPEN } as WebSocket;

/**
 * The receive path of a connection without the kernel: the bytes go to the frame reader and to the engine, as those of
 * a socket do. Only this class copies what `Connection` does with a read.
 */
export class ReplayedConnection implements PooledConnection {
  readonly times: ConnectTimes;
  readonly bufferedBytes = 0;
  closedByUs = false;
  /** Payloads that the engine sent and that were not collected yet. */
  sent: Buffer[] = [];
  readonly #index: number;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #inbound: Inbound;
  #receivedUs = 0;
  #isOpen = false;

  constructor(index: number, plannedUs: number, events: ConnectionEvents, clock: Clock) {
    this.#index = index;
    this.#events = events;
    this.#clock = clock;
    this.times = { plannedUs, startUs: clock.nowUs(), tcpUs: null, tlsUs: null, openUs: null };
    this.#inbound = new Inbound(QUIET_SOCKET, (bytes, start, end) =>
      this.#events.onFrame(this.#index, bytes, start, end, this.#receivedUs),
    );
    clock.soon(() => this.#open());
  }

  /** One read: `bytes[from, to)` as the socket's buffer holds them. */
  read(bytes: Buffer, from: number, to: number): void {
    const end = bytes.copy(READ_BUFFER, 0, from, to);
    this.#receivedUs = this.#clock.nowUs();
    this.#inbound.read(READ_BUFFER, end);
    this.#events.onReadEnd(this.#receivedUs);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get canSend(): boolean {
    return this.#isOpen;
  }

  write(head: Buffer, tail: Buffer | null): boolean {
    this.sent.push(...clientPayloads(head, tail));
    return false;
  }

  ping(): void {
    this.#clock.soon(() => this.#events.onPong(this.#index));
  }

  close(): void {
    this.closedByUs = true;
    this.#clock.soon(() => {
      this.#isOpen = false;
      this.#events.onClose(this.#index, 1000, true, Buffer.alloc(0));
    });
  }

  terminate(): void {
    this.close();
  }

  #open(): void {
    this.#isOpen = true;
    this.times.openUs = this.#clock.nowUs();
    this.#inbound.open(OPEN_WS);
    this.#events.onOpen(this.#index);
  }
}
