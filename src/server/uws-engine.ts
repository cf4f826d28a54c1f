import { lookup } from 'node:dns/promises';
import { createServer, isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, type HttpRequest, refused } from './admission.js';
import { type Engine, SHUTDOWN_GRACE_MS } from './engine.js';
import type { Handshake, Hub } from './hub.js';
import { listenError } from './listen-error.js';
import type { UwsApp, UwsModule, UwsRequest, UwsResponse, UwsSocket } from './load-uws.js';
import { type Peer, PeerState } from './peer.js';
import type { TlsFiles } from './tls-files.js';

/** uWebSockets.js keeps this object with the connection. It is both the user data and the peer. */
class UwsPeer implements Peer {
  readonly state = new PeerState();
  socket: UwsSocket | null = null;

  deliver(data: string | Uint8Array, isBinary: boolean): number {
    const { socket } = this;
    if (socket === null) return 0;
    return socket.send(data, isBinary) === 1 ? 0 : socket.getBufferedAmount();
  }

  ping(): void {
    this.socket?.ping();
  }

  read(_isWanted: boolean): never {
    throw new Error('uWebSockets.js cannot stop reading one connection');
  }

  end(code: number, reason: string): void {
    this.socket?.end(code, reason);
  }

  terminate(): void {
    this.socket?.close();
  }
}

/** Time for closing sockets to send their close frame. The library does not report when it is sent. */
const FLUSH_MS = 200;

/** The name of the peer in the user data. uWebSockets.js copies the fields of the user data, and this name survives. */
interface UserData {
  readonly peer: UwsPeer;
  readonly handshake: Handshake | null;
}

const userDataOf = (socket: UwsSocket): UserData => socket.getUserData() as UserData;
const peerOf = (socket: UwsSocket): UwsPeer => userDataOf(socket).peer;

/** The server on uWebSockets.js: the same rules, C++ sockets. */
export class UwsEngine implements Engine {
  readonly #hub: Hub;
  readonly #uws: UwsModule;
  readonly #app: UwsApp;
  #listenSocket: unknown = null;

  constructor(hub: Hub, uws: UwsModule, tls: TlsFiles | null) {
    this.#hub = hub;
    this.#uws = uws;
    this.#app = tls === null ? uws.App() : uws.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
    const { maxFrameBytes, maxBufferedBytes } = hub.settings;
    this.#app.ws('/*', {
      compression: uws.DISABLED,
      // The library cuts a connection with a longer message without a close code. Up to here the rules close it with
      // 1009.
      maxPayloadLength: 2 * maxFrameBytes,
      idleTimeout: 0,
      sendPingsAutomatically: false,
      // The hub closes a slow reader with 1013 at its own limit. The engine's limit lies above it.
      maxBackpressure: maxBufferedBytes + maxFrameBytes,
      upgrade: (response, request, context) => this.#onUpgrade(response, request, context),
      open: (socket) => {
        const { peer, handshake } = userDataOf(socket);
        peer.socket = socket;
        hub.onOpen(peer);
        handshake?.opened(peer);
      },
      message: (socket, message, isBinary) => hub.onMessage(peerOf(socket), Buffer.from(message), isBinary),
      pong: (socket) => hub.onPong(peerOf(socket)),
      close: (socket) => {
        const peer = peerOf(socket);
        peer.socket = null;
        hub.onClose(peer);
      },
    });
    this.#app.any('/*', (response, request) => this.#onRequest(response, request));
  }

  async listen(): Promise<number> {
    const { host, port } = this.#hub.settings;
    // uWebSockets.js reports only that it failed. A plain socket finds out why, and whether the port is free at all.
    await probe(host, port);
    const address = isIP(host) === 0 ? (await lookup(host)).address : host;
    const listenSocket = await new Promise<unknown>((resolve) => {
      this.#app.listen(address, port, LISTEN_EXCLUSIVE_PORT, resolve);
    });
    if (!listenSocket) throw listenError(host, port, new Error('the engine could not listen'));
    this.#listenSocket = listenSocket;
    return this.#uws.us_socket_local_port(listenSocket);
  }

  async close(): Promise<void> {
    if (this.#listenSocket !== null) this.#uws.us_listen_socket_close(this.#listenSocket);
    this.#listenSocket = null;
    const hadPeers = this.#hub.openConnections > 0;
    await this.#hub.closeAll(SHUTDOWN_GRACE_MS);
    if (hadPeers) await delay(FLUSH_MS);
    this.#app.close();
  }

  #onUpgrade(response: UwsResponse, request: UwsRequest, context: unknown): void {
    const reception = this.#hub.receive(readable(request));
    if (reception.kind === 'answer') write(response, reception.answer, request.getMethod());
    else if (reception.kind === 'cut') response.close();
    else if (reception.kind === 'hang') response.onAborted(() => undefined);
    else this.#upgrade(response, request, context, reception);
  }

  #upgrade(
    response: UwsResponse,
    request: UwsRequest,
    context: unknown,
    { subprotocol, handshake }: { readonly subprotocol: string | null; readonly handshake: Handshake | null },
  ): void {
    // Read the request now: it is invalid once this call returns.
    const key = request.getHeader('sec-websocket-key');
    const data: UserData = { peer: new UwsPeer(), handshake };
    const upgrade = () => response.upgrade(data, key, subprotocol ?? '', '', context);
    if (handshake === null) {
      upgrade();
      return;
    }
    let isGone = false;
    response.onAborted(() => {
      isGone = true;
    });
    handshake.begin(() => {
      if (!isGone) response.cork(upgrade);
    });
  }

  /** Answers a request that the library does not recognise as a handshake. */
  #onRequest(response: UwsResponse, request: UwsRequest): void {
    const reception = this.#hub.receive(readable(request));
    const { answer } = reception.kind === 'answer' ? reception : refused(400, 'no WebSocket handshake');
    write(response, answer, request.getMethod());
  }
}

/** LIBUS_LISTEN_EXCLUSIVE_PORT: a second server on the same port fails, instead of sharing the port. */
const LISTEN_EXCLUSIVE_PORT = 1;

function readable(request: UwsRequest): HttpRequest {
  return {
    method: request.getMethod(),
    path: request.getUrl(),
    query: request.getQuery() ?? '',
    header: (name) => request.getHeader(name),
  };
}

/** The library adds Content-Length itself and closes the connection after an error. */
function write(response: UwsResponse, { status, statusText, headers, body }: HttpAnswer, method: string): void {
  response.writeStatus(`${status} ${statusText}`);
  for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value);
  // If the length is given as an argument, the library sends nothing and aborts the process.
  if (method === 'head') response.writeHeader('Content-Length', String(Buffer.byteLength(body))).endWithoutBody();
  else response.end(body, status >= 400);
}

/** Listens and closes at once. Rejects with the reason if the port is not free. Port 0 is always free. */
async function probe(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(host, port, error)));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
