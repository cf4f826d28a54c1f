import WebSocket from 'ws';
import type { Clock } from '../../src/engine/pacing/clock.js';
import type { PooledConnection } from '../../src/engine/pool.js';
import type { ConnectionEvents, ConnectionOptions, ConnectTimes } from '../../src/engine/socket/connection.js';
import { codeOf, messageOf } from '../../src/errors.js';
import { clientPayloads } from '../client-payloads.js';

/**
 * A connection for the engine on which `ws` sends and receives every message. The engine hands it masked frames. They
 * are unmasked again for `ws`, which costs about as much as one pass over 64 bytes.
 */
export class WsConnection implements PooledConnection {
  readonly times: ConnectTimes;
  closedByUs = false;
  readonly #ws: WebSocket;

  constructor(
    index: number,
    plannedUs: number,
    { endpoint }: ConnectionOptions,
    events: ConnectionEvents,
    clock: Clock,
  ) {
    this.times = { plannedUs, startUs: clock.nowUs(), tcpUs: null, tlsUs: null, openUs: null };
    const { ca } = endpoint.tls;
    this.#ws = new WebSocket(endpoint.url, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      ...(ca === null ? {} : { ca }),
    });
    this.#ws.on('open', () => {
      this.times.openUs = clock.nowUs();
      events.onOpen(index);
    });
    this.#ws.on('message', (data: Buffer) => {
      const nowUs = clock.nowUs();
      events.onFrame(index, data, 0, data.length, nowUs);
      events.onReadEnd(nowUs);
    });
    this.#ws.on('pong', () => events.onPong(index));
    this.#ws.on('error', (error) => {
      const code = codeOf(error) ?? 'error';
      if (this.times.openUs === null)
        events.onFailed(index, { phase: 'tcp', code, message: messageOf(error), body: '' });
      else events.onError(index, code);
    });
    this.#ws.on('close', (code, reason) => {
      if (this.times.openUs !== null) events.onClose(index, code, code !== 1006, reason);
    });
  }

  get isOpen(): boolean {
    return this.times.openUs !== null && this.#ws.readyState !== WebSocket.CLOSED;
  }

  get canSend(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Does not keep the bytes: `ws` gets copies. */
  write(head: Buffer, tail: Buffer | null): boolean {
    for (const payload of clientPayloads(head, tail)) this.#ws.send(payload, { binary: true });
    return false;
  }

  ping(): void {
    this.#ws.ping();
  }

  close(): void {
    this.closedByUs = true;
    this.#ws.close(1000);
  }

  terminate(): void {
    this.closedByUs = true;
    this.#ws.terminate();
  }
}
