/**
 * The server of the bench, a process of its own: sends every message back, or to all, and does nothing else, on
 * uWebSockets.js where it is installed, else on `ws`. Talks to its parent over IPC, and ends with it.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { loadUws, type UwsApp, type UwsModule, type UwsSocket } from '../src/server/load-uws.js';
import { takeJob } from './child.js';

export interface EchoJob {
  /** Paths of PEM files; null for plain connections. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Every message goes to all connections, the sender included. */
  readonly isHub: boolean;
}

export type FromEcho =
  | { readonly type: 'listening'; readonly port: number; readonly engine: string }
  /** When the n-th connection sent its first message, nanoseconds of the machine's monotonic clock. */
  | { readonly type: 'first'; readonly connection: number; readonly atNs: string }
  | { readonly type: 'count'; readonly messages: number };
/** The parent asks how many messages were echoed so far. */
export type ToEcho = { readonly type: 'count' };

const HOST = '127.0.0.1';
const MAX_BYTES = 16 * 1024 * 1024;
/** The first messages of this many connections are reported. */
const TOLD_CONNECTIONS = 2;

let messages = 0;
let told = 0;
const toldOf = new WeakSet<object>();

function tell(message: FromEcho): void {
  process.send?.(message);
}

function note(socket: object): void {
  messages++;
  if (told === TOLD_CONNECTIONS || toldOf.has(socket)) return;
  toldOf.add(socket);
  tell({ type: 'first', connection: ++told, atNs: String(process.hrtime.bigint()) });
}

async function serve({ tls, isHub }: EchoJob): Promise<void> {
  const loaded = await loadUws();
  const port = loaded.status === 'loaded' ? await serveWithUws(loaded.uws, tls, isHub) : await serveWithWs(tls, isHub);
  tell({ type: 'listening', port, engine: loaded.status === 'loaded' ? 'uws' : 'ws' });
}

function serveWithUws(uws: UwsModule, tls: EchoJob['tls'], isHub: boolean): Promise<number> {
  const app: UwsApp = tls === null ? uws.App() : uws.SSLApp({ cert_file_name: tls.cert, key_file_name: tls.key });
  const all = new Set<UwsSocket>();
  app.ws('/*', {
    compression: uws.DISABLED,
    maxPayloadLength: MAX_BYTES,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxBackpressure: MAX_BYTES,
    upgrade: (response, request, context) => {
      const key = request.getHeader('sec-websocket-key');
      response.upgrade({}, key, request.getHeader('sec-websocket-protocol'), '', context);
    },
    open: (socket) => void all.add(socket),
    message: (socket: UwsSocket, message: ArrayBuffer, isBinary: boolean) => {
      note(socket);
      // The library accepts the ArrayBuffer itself; a view would be one more object.
      const bytes = message as unknown as Uint8Array;
      if (!isHub) socket.send(bytes, isBinary);
      else for (const each of all) each.send(bytes, isBinary);
    },
    pong: () => {},
    close: (socket) => void all.delete(socket),
  });
  return new Promise((resolve, reject) => {
    app.listen(HOST, 0, 0, (socket) => {
      if (socket) resolve(uws.us_socket_local_port(socket));
      else reject(new Error('the echo server could not listen'));
    });
  });
}

async function serveWithWs(tls: EchoJob['tls'], isHub: boolean): Promise<number> {
  const http =
    tls === null ? createHttpServer() : createHttpsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) });
  const server = new WebSocketServer({ server: http, perMessageDeflate: false, skipUTF8Validation: true });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer, isBinary) => {
      note(socket);
      if (!isHub) socket.send(data, { binary: isBinary });
      else for (const each of server.clients) each.send(data, { binary: isBinary });
    });
    // Nothing to do: the load process ended without a closing handshake.
    socket.on('error', () => socket.terminate());
  });
  await new Promise<void>((resolve) => http.listen({ host: HOST, port: 0, backlog: 4096 }, resolve));
  return (http.address() as AddressInfo).port;
}

process.on('message', (message: ToEcho) => {
  if (message.type === 'count') tell({ type: 'count', messages });
});
process.on('disconnect', () => process.exit(0));
await serve(takeJob<EchoJob>());
