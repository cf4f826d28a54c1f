import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { HttpAnswer, HttpRequest } from './admission.js';
import { type Engine, SHUTDOWN_GRACE_MS } from './engine.js';
import type { Hub } from './hub.js';
import { listenError } from './listen-error.js';
import { type Peer, PeerState } from './peer.js';
import type { TlsFiles } from './tls-files.js';

/** The socket of one connection knows its peer, so that its handlers can be shared by all. */
class PeerSocket extends WebSocket {
  peer: WsPeer | null = null;
}

class WsPeer implements Peer {
  readonly state = new PeerState();
  readonly hub: Hub;
  readonly #socket: PeerSocket;

  constructor(socket: PeerSocket, hub: Hub) {
    this.#socket = socket;
    this.hub = hub;
  }

  send(data: string | Uint8Array, isBinary: boolean): number {
    this.#socket.send(data, { binary: isBinary });
    return this.#socket.bufferedAmount;
  }

  ping(): void {
    this.#socket.ping();
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const { peer } = this as PeerSocket;
  peer?.hub.onMessage(peer, data as Buffer, isBinary);
}

function onPong(this: WebSocket): void {
  const { peer } = this as PeerSocket;
  peer?.hub.onPong(peer);
}

function onClose(this: WebSocket): void {
  const { peer } = this as PeerSocket;
  peer?.hub.onClose(peer);
}

/** A peer that breaks the protocol or the connection: ws closes it with the right code, and `close` follows. */
function onError(): void {}

/** The server on Node's own HTTP and the `ws` package. */
export class WsEngine implements Engine {
  readonly #hub: Hub;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  constructor(hub: Hub, tls: TlsFiles | null) {
    const { settings } = hub;
    this.#hub = hub;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: settings.maxFrameBytes,
      WebSocket: PeerSocket,
    });
    this.#http = tls === null ? createServer() : createTlsServer({ cert: tls.cert, key: tls.key });
    this.#http.on('request', (request, response) => this.#onRequest(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  async listen(): Promise<number> {
    const { host, port } = this.#hub.settings;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', (error) => reject(listenError(host, port, error)));
      this.#http.listen({ host, port, backlog: 4096 }, resolve);
    });
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
    await this.#hub.closeAll(SHUTDOWN_GRACE_MS);
    this.#http.closeAllConnections();
    await closed;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const admission = this.#hub.admit(readable(request));
    const answer =
      admission.kind === 'page'
        ? this.#hub.page(admission.page)
        : admission.kind === 'refused'
          ? admission.answer
          : null;
    if (answer === null) return void response.destroy();
    response.writeHead(answer.status, { ...answer.headers, 'Content-Length': Buffer.byteLength(answer.body) });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', onError);
    const admission = this.#hub.admit(readable(request));
    if (admission.kind !== 'websocket') {
      const answer = admission.kind === 'page' ? this.#hub.page(admission.page) : admission.answer;
      socket.end(rawAnswer(answer));
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      socket.off('error', onError);
      this.#adopt(opened as PeerSocket);
    });
  }

  #adopt(socket: PeerSocket): void {
    socket.peer = new WsPeer(socket, this.#hub);
    socket.on('message', onMessage);
    socket.on('pong', onPong);
    socket.on('close', onClose);
    socket.on('error', onError);
    this.#hub.onOpen(socket.peer);
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

/** An HTTP answer on a socket that had asked for an upgrade. */
function rawAnswer({ status, statusText, headers, body }: HttpAnswer): string {
  const all = { ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${statusText}\r\n${lines.join('')}\r\n${body}`;
}
