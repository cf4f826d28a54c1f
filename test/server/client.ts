import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ClientOptions, type RawData, WebSocket } from 'ws';

/** A guard against hanging, far above what the busiest machine takes. */
const WAIT_MS = 60_000;

/** Fails with what was waited for instead of hanging. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${WAIT_MS} ms for ${what}`)), WAIT_MS);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again in every tick of the event loop until it is so. */
export function eventually(isSo: () => boolean, what: string): Promise<void> {
  let given = false;
  const looking = (async () => {
    while (!given && !isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
  })();
  return within(looking, what).finally(() => {
    given = true;
  });
}

export interface Received {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client that keeps what it received until somebody asks for it. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly received: Received[] = [];
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: RawData, isBinary: boolean) => {
      this.received.push({ data: data as Buffer, isBinary });
      this.#wake();
    });
    // A close always follows, and that is what tests wait for.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code: number, reason: Buffer) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      });
    });
  }

  static async open(url: string, options: ClientOptions = {}, subprotocols: string[] = []): Promise<Client> {
    const socket = new WebSocket(url, subprotocols, { perMessageDeflate: false, ...options });
    const client = new Client(socket);
    await within(once(socket, 'open'), `${url} to open`);
    return client;
  }

  /** Text or object as a text message, bytes as a binary one. */
  send(message: string | Buffer | object): void {
    if (typeof message === 'string' || Buffer.isBuffer(message)) this.socket.send(message);
    else this.socket.send(JSON.stringify(message));
  }

  async next(): Promise<Received> {
    await within(this.#something(), 'a message');
    const first = this.received.shift();
    if (first === undefined) throw new Error('closed before a message came');
    return first;
  }

  async nextText(): Promise<string> {
    const { data, isBinary } = await this.next();
    if (isBinary) throw new Error('text expected, binary came');
    return data.toString();
  }

  async nextJson(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.nextText()) as Record<string, unknown>;
  }

  /** Sends a message and waits for one. */
  async ask(message: string | Buffer | object): Promise<Record<string, unknown>> {
    this.send(message);
    return this.nextJson();
  }

  async close(): Promise<Closed> {
    this.socket.close();
    return within(this.closed, 'the close');
  }

  async #something(): Promise<void> {
    while (this.received.length === 0 && this.socket.readyState !== WebSocket.CLOSED) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The HTTP status an upgrade is refused with; fails where it is not. */
export async function refusedWith(
  url: string,
  options: ClientOptions = {},
  subprotocols: string[] = [],
): Promise<number> {
  const socket = new WebSocket(url, subprotocols, { perMessageDeflate: false, ...options });
  const status = new Promise<number>((resolve, reject) => {
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was let in'));
    });
    socket.on('error', reject);
  });
  return within(status, 'the refusal');
}

const HANDSHAKE = {
  Host: 'localhost',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** A plain socket for what no proper client sends. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  text = '';

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** The handshake with some headers changed (null leaves one out); gives the status line, empty where the connection ends first. */
  async request(headers: Readonly<Record<string, string | null>> = {}, path = '/', method = 'GET'): Promise<string> {
    const lines = Object.entries({ ...HANDSHAKE, ...headers }).filter(([, value]) => value !== null);
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
    const isAnswered = () => this.text.includes('\r\n\r\n');
    await eventually(() => isAnswered() || this.socket.destroyed, 'the answer to the handshake');
    return isAnswered() ? this.text.slice(0, this.text.indexOf('\r\n')) : '';
  }

  /** What came after the handshake. */
  get frames(): Buffer {
    return Buffer.from(this.text.slice(this.text.indexOf('\r\n\r\n') + 4), 'latin1');
  }
}

/** A masked frame with a mask of zeros. */
export function frame(opcode: number, payload: Buffer, isFinal = true): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.alloc(2) : length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
