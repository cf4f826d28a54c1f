import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { maskByte } from '../engine/frame/mask.js';
import { CLOSE, FIN_BINARY, LENGTH_MASK, OPCODE_MASK } from '../engine/frame/opcodes.js';
import { CHECK_BYTES, DELAY_AT } from '../engine/instrument/instrument.js';
import { ReplyLog } from '../engine/instrument/reply-log.js';

/** The layout of a client's small frame: two bytes of header, the mask, the payload. */
const MASK_AT = 2;
const PAYLOAD_AT = 6;
/** A close frame without a code; RFC 6455 section 5.5.1. */
const CLOSE_FRAME = Buffer.from([0x88, 0]);
/** The constant from which the accept header is computed; RFC 6455 section 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The echo for the instrument check of every worker. It delays a reply by as many milliseconds as the message asks for.
 * The reference is not this delay but the log of when each reply was sent.
 *
 * This thread may take a core from a worker that is being checked, so it does little: without a delay it uses no timer,
 * and it reads only the kind of frame that its own clients send. A client that sends anything else is cut off.
 */
export class TruthEcho {
  readonly #log: ReplyLog;
  readonly #nowUs: () => number;
  readonly #server = createServer();
  readonly #sockets = new Set<Duplex>();

  constructor(shared: SharedArrayBuffer, nowUs: () => number) {
    this.#log = new ReplyLog(shared);
    this.#nowUs = nowUs;
    this.#server.on('upgrade', (request, socket) => this.#accept(request, socket));
    this.#server.listen(0, '127.0.0.1');
  }

  /** Resolves with the port. Rejects if it cannot listen. */
  async listen(): Promise<number> {
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #accept(request: IncomingMessage, socket: Duplex): void {
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1')
      .update(key + ACCEPT_GUID)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A worker that is ended resets its connection. The check of the others continues.
    socket.on('error', () => socket.destroy());
    this.#serve(socket, workerOf(request));
  }

  #serve(socket: Duplex, worker: number): void {
    const timers = new Set<NodeJS.Timeout>();
    readMessages(socket, (ordinal, delayMs) => {
      if (delayMs === 0) return this.#reply(socket, worker, ordinal);
      const timer = setTimeout(() => {
        timers.delete(timer);
        this.#reply(socket, worker, ordinal);
      }, delayMs);
      timers.add(timer);
    });
    socket.once('close', () => {
      for (const timer of timers) clearTimeout(timer);
    });
  }

  #reply(socket: Duplex, worker: number, ordinal: number): void {
    if (!socket.writable) return;
    const frame = Buffer.alloc(MASK_AT + CHECK_BYTES);
    frame[0] = FIN_BINARY;
    frame[1] = CHECK_BYTES;
    frame.writeUInt32BE(ordinal, MASK_AT);
    this.#log.noteLeft(worker, ordinal, this.#nowUs());
    socket.write(frame);
  }
}

/**
 * Calls back with every message of the check: its ordinal, and how long to delay the reply. Answers a close frame;
 * anything else ends the connection.
 */
function readMessages(socket: Duplex, onMessage: (ordinal: number, delayMs: number) => void): void {
  let rest: Buffer | null = null;
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= PAYLOAD_AT) {
      const length = bytes[1]! & LENGTH_MASK;
      if (bytes.length < PAYLOAD_AT + length) break;
      if ((bytes[0]! & OPCODE_MASK) === CLOSE) {
        socket.end(CLOSE_FRAME);
        return;
      }
      if (bytes[0] !== FIN_BINARY || length !== CHECK_BYTES) {
        socket.destroy();
        return;
      }
      onMessage(numberAt(bytes, 0, 4), numberAt(bytes, DELAY_AT, 2));
      bytes = bytes.subarray(PAYLOAD_AT + length);
    }
    rest = bytes.length === 0 ? null : bytes;
  });
}

/** An unmasked big-endian number in the message: `bytes` long, at offset `at`. */
function numberAt(frame: Buffer, at: number, bytes: number): number {
  const key = frame.readInt32LE(MASK_AT);
  let value = 0;
  for (let i = at; i < at + bytes; i++) value = value * 256 + (frame[PAYLOAD_AT + i]! ^ maskByte(key, i));
  return value;
}

/** The worker's number, taken from the path of the request: `/3`. */
function workerOf(request: IncomingMessage): number {
  return Number(request.url!.slice(1));
}
