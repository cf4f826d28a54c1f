import { createHash, randomBytes } from 'node:crypto';
import type net from 'node:net';
import { codeOf, messageOf } from '../errors.js';
import type { Endpoint } from '../plan/cell.js';
import { ConnectError, type OpenOptions, TimedOut } from './check-socket.js';
import { requestOf, urlFor } from './request-url.js';
import { resetSocket } from './reset-socket.js';
import { Waiting } from './waiting.js';
import { openWire } from './wire.js';

/** One frame, which may break the rules. Masked with a random key unless `masked` is false. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload?: Buffer;
  readonly fin?: boolean;
  /** RSV1 to RSV3 as bits 4, 2, 1. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** A false length for the header, always in 8 bytes. */
  readonly saysLength?: bigint;
}

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; the last wins. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const HEAD_MAX_BYTES = 64 * 1024;
const BUFFER_MAX_BYTES = 32 * 1024 * 1024;
const KEY_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A WebSocket made by hand, to break the rules: any bytes, any handshake, a reset. Every wait has a deadline. */
export class RawSocket {
  readonly #endpoint: Endpoint;
  readonly #options: OpenOptions;
  readonly #waiting: Waiting;
  readonly #socket: net.Socket;
  #buffer = Buffer.alloc(0);
  #connected = false;
  #ended: string | null = null;

  private constructor(endpoint: Endpoint, options: OpenOptions, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#waiting = new Waiting(signal);
    const url = new URL(endpoint.url.replace(/^ws/, 'http'));
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const { socket } = openWire(endpoint, host, port, options.tls);
    this.#socket = socket;
    socket.once(endpoint.url.startsWith('wss:') ? 'secureConnect' : 'connect', () =>
      this.#waiting.note(() => {
        this.#connected = true;
      }),
    );
    socket.on('data', (bytes: Buffer) => this.#waiting.note(() => this.#onData(bytes)));
    socket.on('error', (error) =>
      this.#waiting.note(() => this.#end(`${codeOf(error) ?? 'error'}: ${messageOf(error)}`)),
    );
    socket.on('end', () => this.#waiting.note(() => this.#end('ended')));
    socket.on('close', () => this.#waiting.note(() => this.#end('closed')));
  }

  /** TCP and TLS only. Rejects with a ConnectError. */
  static async connect(
    endpoint: Endpoint,
    options: OpenOptions & { readonly withinMs: number },
    signal: AbortSignal,
  ): Promise<RawSocket> {
    const raw = new RawSocket(endpoint, options, signal);
    await raw.#waiting.until(() => raw.#connected || raw.#ended !== null, options.withinMs);
    if (raw.#connected) return raw;
    raw.destroy();
    const phase = endpoint.url.startsWith('wss:') ? 'tls' : 'tcp';
    throw new ConnectError(phase, raw.#ended ?? 'timeout', raw.#ended ?? 'no connection');
  }

  /** How the TCP connection ended; null while it is open. */
  get ended(): string | null {
    return this.#ended;
  }

  write(bytes: Buffer | string): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  frame(frame: RawFrame): void {
    this.write(encodeFrame(frame));
  }

  /** A correct handshake, with other headers if given; null leaves a header out. Resolves with the answer. */
  async handshake(
    withinMs: number,
    change: Readonly<Record<string, string | null>> = {},
  ): Promise<HttpAnswer & { readonly acceptsKey: boolean }> {
    const key = randomBytes(16).toString('base64');
    const { host, path } = requestOf(urlFor(this.#endpoint.url, this.#options));
    const own = this.#options.anonymous === true ? {} : this.#endpoint.headers;
    const offered = this.#options.subprotocols ?? this.#endpoint.subprotocols;
    const headers: Record<string, string | null> = {
      Host: host,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
      'User-Agent': this.#endpoint.userAgent,
      ...(offered.length === 0 ? {} : { 'Sec-WebSocket-Protocol': offered.join(', ') }),
      ...own,
      ...change,
    };
    const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}\r\n`]));
    this.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    const answer = await this.readHead(withinMs);
    const accept = createHash('sha1').update(`${key}${KEY_GUID}`).digest('base64');
    return { ...answer, acceptsKey: answer.headers['sec-websocket-accept'] === accept };
  }

  /** Status and headers of an HTTP answer. Bytes after it are left for `readFrame`. */
  async readHead(withinMs: number): Promise<HttpAnswer> {
    await this.#waiting.until(
      () => this.#headEnd() >= 0 || this.#ended !== null || this.#buffer.length > HEAD_MAX_BYTES,
      withinMs,
    );
    const end = this.#headEnd();
    if (end < 0) {
      const until = this.#ended === null ? `within ${withinMs} ms` : `before the connection ended (${this.#ended})`;
      throw new TimedOut(`no HTTP answer ${until}`);
    }
    const [first = '', ...lines] = this.#buffer.subarray(0, end).toString('latin1').split('\r\n');
    this.#buffer = this.#buffer.subarray(end + 4);
    const pairs = lines.map((line) => /^([^:]*):\s*(.*)$/.exec(line) ?? ['', line, '']);
    const headers = Object.fromEntries(pairs.map(([, name, value]) => [name!.toLowerCase(), value!]));
    return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0), headers };
  }

  #headEnd(): number {
    return this.#buffer.subarray(0, HEAD_MAX_BYTES).indexOf('\r\n\r\n');
  }

  /** The next frame; null if the connection ends or the deadline comes first. */
  async readFrame(withinMs: number): Promise<ReadFrame | null> {
    await this.#waiting.until(() => frameLength(this.#buffer) !== null || this.#ended !== null, withinMs);
    const length = frameLength(this.#buffer);
    if (length === null) return null;
    const payload = this.#buffer.subarray(length.head, length.head + length.payload);
    const first = this.#buffer[0]!;
    this.#buffer = this.#buffer.subarray(length.head + length.payload);
    return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
  }

  /** Reads up to the close frame. Its code (1005 if it has none), or null if the connection ends without one. */
  async readClose(withinMs: number): Promise<{ readonly code: number; readonly reason: string } | null> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const frame = await this.readFrame(untilMs - performance.now());
      if (frame === null) return null;
      if (frame.opcode !== OPCODE.close) continue;
      if (frame.payload.length < 2) return { code: 1005, reason: '' };
      return { code: frame.payload.readUInt16BE(0), reason: frame.payload.subarray(2).toString('utf8') };
    }
  }

  /** True once the TCP connection has ended; false if it is still open at the deadline. */
  async over(withinMs: number): Promise<boolean> {
    await this.#waiting.until(() => this.#ended !== null, withinMs);
    return this.#ended !== null;
  }

  /** Stops reading: the kernel's buffer fills up, then the server's. */
  pause(): void {
    this.#socket.pause();
  }

  reset(): void {
    resetSocket(this.#socket);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    if (this.#buffer.length <= BUFFER_MAX_BYTES) return;
    this.#end('cut: too much came');
    this.destroy();
  }

  #end(how: string): void {
    this.#ended ??= how;
  }
}

/** Length of header and payload of the first frame in `bytes`; null if that frame is not complete. */
function frameLength(bytes: Buffer): { readonly head: number; readonly payload: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes[1]! & 0x7f;
  const masked = (bytes[1]! & 0x80) !== 0 ? 4 : 0;
  const head = (short === 126 ? 4 : short === 127 ? 10 : 2) + masked;
  if (bytes.length < head) return null;
  const payload = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return bytes.length < head + payload ? null : { head, payload };
}

export function encodeFrame({
  opcode,
  payload = EMPTY,
  fin = true,
  rsv = 0,
  masked = true,
  saysLength,
}: RawFrame): Buffer {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const length = saysLength ?? BigInt(payload.length);
  const size = saysLength !== undefined || length > 0xffffn ? 10 : length > 125n ? 4 : 2;
  const head = Buffer.alloc(size);
  head[0] = first;
  head[1] = mask | (size === 10 ? 127 : size === 4 ? 126 : Number(length));
  if (size === 4) head.writeUInt16BE(Number(length), 2);
  if (size === 10) head.writeBigUInt64BE(length, 2);
  if (!masked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  const body = Buffer.from(payload);
  for (let at = 0; at < body.length; at++) body[at] = body[at]! ^ key[at & 3]!;
  return Buffer.concat([head, key, body]);
}

const EMPTY = Buffer.alloc(0);
