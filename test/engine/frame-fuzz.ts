import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import WebSocket from 'ws';
import { realClock } from '../../src/engine/pacing/clock.js';
import { Connection, MAX_PAYLOAD_BYTES } from '../../src/engine/socket/connection.js';
import { Rng } from '../../src/stats/rng.js';
import { type ClientFrame, clientFrames } from './client-frames.js';
import { randomStream, type Stream } from './streams.js';

/** All that can be seen of a client that reads a stream. */
export interface Outcome {
  readonly messages: readonly Buffer[];
  /** Pings that came from the server show in the pongs among these, its close in the close. */
  readonly sent: readonly Pick<ClientFrame, 'opcode' | 'payload'>[];
  readonly pongs: number;
  readonly errors: readonly string[];
  readonly closeCode: number;
}

/** A server that answers the upgrade and then writes its stream, whatever the client says. */
export class ScriptedServer {
  readonly #server: net.Server;
  readonly #scheme: 'ws' | 'wss';
  #stream: Stream = { bytes: Buffer.alloc(0), glued: 0, writes: [], closeAfter: 0 };
  readonly #clientBytes = new Map<string, Buffer>();

  /** With a certificate it speaks TLS. */
  constructor(certificate: { readonly cert: string; readonly key: string } | null) {
    const serve = (socket: net.Socket) => this.#serve(socket);
    this.#server = certificate === null ? net.createServer(serve) : tls.createServer(certificate, serve);
    this.#scheme = certificate === null ? 'ws' : 'wss';
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What plain `ws` and our connection make of a stream. */
  async compare(stream: Stream): Promise<{ readonly plain: Outcome; readonly fast: Outcome }> {
    this.#stream = stream;
    const { port } = this.#server.address() as AddressInfo;
    const url = `${this.#scheme}://127.0.0.1:${port}`;
    const [plain, fast] = await Promise.all([
      readPlain(`${url}/plain`, stream.closeAfter),
      readFast(`${url}/fast`, stream.closeAfter),
    ]);
    return { plain: { ...plain, sent: this.#sentBy('/plain') }, fast: { ...fast, sent: this.#sentBy('/fast') } };
  }

  #sentBy(path: string): Outcome['sent'] {
    return clientFrames(this.#clientBytes.get(path)!).map(({ opcode, payload }) => ({ opcode, payload }));
  }

  #serve(socket: net.Socket): void {
    const stream = this.#stream;
    let path: string | null = null;
    let received = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => {}); // a client that terminates resets the connection
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf('\r\n\r\n');
      if (path !== null) {
        this.#clientBytes.set(path, received);
      } else if (end >= 0) {
        const request = received.toString('latin1', 0, end);
        path = request.split(' ')[1]!;
        received = received.subarray(end + 4);
        this.#clientBytes.set(path, received);
        void this.#write(socket, response(request), stream);
      }
    });
  }

  async #write(socket: net.Socket, response: Buffer, { bytes, glued, writes }: Stream): Promise<void> {
    socket.write(Buffer.concat([response, bytes.subarray(0, glued)]));
    for (const write of writes) {
      await nextTurn();
      await nextTurn();
      socket.write(write);
    }
    await nextTurn();
    socket.end();
  }
}

/** Runs the stream of a seed through both; throws where they differ. */
export async function fuzzConnection(server: ScriptedServer, seed: number): Promise<void> {
  const { plain, fast } = await server.compare(randomStream(new Rng(seed)));
  assert.deepEqual(fast, plain, `seed ${seed}`);
}

function response(request: string): Buffer {
  const key = /sec-websocket-key: (\S+)/i.exec(request)![1]!;
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return Buffer.from(`${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
}

function readPlain(url: string, closeAfter: number): Promise<Omit<Outcome, 'sent'>> {
  return new Promise((resolve) => {
    const protocol = { perMessageDeflate: false, skipUTF8Validation: true, maxPayload: MAX_PAYLOAD_BYTES };
    const ws = new WebSocket(url, { ...protocol, rejectUnauthorized: false });
    const messages: Buffer[] = [];
    const errors: string[] = [];
    let pongs = 0;
    ws.on('message', (data: Buffer) => {
      if (messages.push(data) === closeAfter) ws.close(1000);
    });
    ws.on('pong', () => pongs++);
    ws.on('error', (error: NodeJS.ErrnoException) => errors.push(String(error.code)));
    ws.on('close', (closeCode) => resolve({ messages, pongs, errors, closeCode }));
  });
}

function readFast(url: string, closeAfter: number): Promise<Omit<Outcome, 'sent'>> {
  return new Promise((resolve, reject) => {
    const messages: Buffer[] = [];
    const errors: string[] = [];
    let pongs = 0;
    const tls = { ca: null, cert: null, key: null, insecure: true, servername: null };
    const endpoint = { url, address: null, headers: {}, subprotocols: [], tls, userAgent: 'fuzz' };
    const options = { endpoint, connection: 0, env: {}, data: [], connectTimeoutMs: 60_000 };
    const connection = new Connection(
      0,
      realClock.nowUs(),
      options,
      {
        onOpen: () => {},
        onFailed: (_, failure) => reject(new Error(failure.message)),
        onFrame: (_, bytes, start, end) => {
          if (messages.push(Buffer.from(bytes.subarray(start, end))) === closeAfter) connection.close();
        },
        onReadEnd: () => {},
        onPong: () => pongs++,
        onClose: (_, closeCode) => resolve({ messages, pongs, errors, closeCode }),
        onError: (_, code) => errors.push(code),
      },
      realClock,
    );
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
