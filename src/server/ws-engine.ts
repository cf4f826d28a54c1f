import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, type ServerOptions, WebSocket, WebSocketServer, type Server as WebSocketServerOf } from 'ws';
import { type HttpAnswer, type HttpRequest, refused } from './admission.js';
import { type Engine, SHUTDOWN_GRACE_MS } from './engine.js';
import type { Handshake, Hub } from './hub.js';
import { listenError } from './listen-error.js';
import { type Peer, PeerState } from './peer.js';
import type { TlsFiles } from './tls-files.js';

/** ws cuts a connection that leaves its closing handshake unfinished for this long. */
const CLOSE_TIMEOUT_MS = 5000;
/** Connections that may wait for accept: thousands of clients may connect at once. */
const BACKLOG = 4096;
const TEXT = Object.freeze({ binary: false });
const BINARY = Object.freeze({ binary: true });

/** A connection of ws that is also its own peer, so that idle connections carry no wrapper and no closures. */
class WsPeer extends WebSocket implements Peer {
  readonly state = new PeerState();
  hub: Hub | null = null;

  deliver(data: string | Uint8Array, isBinary: boolean): number {
    this.send(data, isBinary ? BINARY : TEXT);
    return this.bufferedAmount;
  }

  read(isWanted: boolean): void {
    if (isWanted) this.resume();
    else this.pause();
  }

  end(code: number, reason: string): void {
    this.close(code, reason);
  }
}

// Shared by all connections. The type of `this` in ws says only that it is one of its own.
function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  // A message is one Buffer: that is the default binaryType.
  (this as WsPeer).hub?.onMessage(this as WsPeer, data as Buffer, isBinary);
}

function onPong(this: WebSocket): void {
  (this as WsPeer).hub?.onPong(this as WsPeer);
}

function onClose(this: WebSocket): void {
  (this as WsPeer).hub?.onClose(this as WsPeer);
}

/** A peer broke the protocol or the connection. ws closes it with the right code and then emits `close`. */
function onError(): void {}

/** The server on Node's own HTTP and the `ws` package. */
export class WsEngine implements Engine {
  readonly #hub: Hub;
  readonly #http: Server;
  readonly #sockets: WebSocketServerOf<typeof WsPeer>;
  /** Sockets with an upgrade that is not answered yet, or never will be. */
  readonly #unanswered = new Set<Duplex>();

  constructor(hub: Hub, tls: TlsFiles | null) {
    const { settings } = hub;
    this.#hub = hub;
    const options: ServerOptions<typeof WsPeer> & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: settings.maxFrameBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
      WebSocket: WsPeer,
    };
    this.#sockets = new WebSocketServer(options);
    this.#http = tls === null ? createServer() : createTlsServer({ cert: tls.cert, key: tls.key });
    this.#http.on('request', (request, response) => this.#onRequest(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  async listen(): Promise<number> {
    const { host, port } = this.#hub.settings;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', (error) => reject(listenError(host, port, error)));
      this.#http.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
    await this.#hub.closeAll(SHUTDOWN_GRACE_MS);
    for (const socket of this.#unanswered) socket.destroy();
    this.#http.closeAllConnections();
    await closed;
  }

  /** Answers a request that Node does not recognise as an upgrade. */
  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const reception = this.#hub.receive(readable(request));
    const { answer } = reception.kind === 'answer' ? reception : refused(400, 'no WebSocket handshake');
    const { status, headers, body } = answer;
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const reception = this.#hub.receive(readable(request));
    if (reception.kind === 'websocket' && reception.handshake === null) {
      this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#adopt(peer));
      return;
    }
    // Ignored: the client has closed before it read the answer.
    socket.on('error', () => socket.destroy());
    if (reception.kind === 'answer') {
      socket.once('finish', () => socket.destroy());
      socket.end(rawAnswer(reception.answer));
    } else if (reception.kind === 'cut') {
      socket.destroy();
    } else {
      this.#unanswered.add(socket);
      socket.once('close', () => this.#unanswered.delete(socket));
      if (reception.kind === 'hang') socket.once('end', () => socket.destroy()).resume();
      else this.#begin(reception.handshake!, request, socket, head);
    }
  }

  #begin(handshake: Handshake, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    handshake.begin(() => {
      this.#unanswered.delete(socket);
      this.#sockets.handleUpgrade(request, socket, head, (peer) => {
        this.#adopt(peer);
        handshake.opened(peer);
      });
    });
  }

  #adopt(peer: WsPeer): void {
    peer.hub = this.#hub;
    peer.on('message', onMessage);
    peer.on('pong', onPong);
    peer.on('close', onClose);
    peer.on('error', onError);
    this.#hub.onOpen(peer);
  }
}

function readable(request: IncomingMessage): HttpRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : (value ?? '');
    },
  };
}

/** An HTTP answer on a socket that asked for an upgrade. */
function rawAnswer({ status, statusText, headers, body }: HttpAnswer): string {
  const all = { ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n${body}`;
}
