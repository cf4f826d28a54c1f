import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import net from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** TCP (or unix) connections accepted so far, whatever came of them. */
  accepted(): number;
  stop(): Promise<void>;
}

/** A server on a free port of 127.0.0.1 that does with each socket what the test says; `ordinal` counts from 0. */
export async function rawServer(onSocket: (socket: net.Socket, ordinal: number) => void): Promise<LocalServer> {
  return await listening(net.createServer(), (socket, ordinal) => onSocket(socket, ordinal), 'ws', null);
}

/** Answers every request, upgrade or not, with one and the same bytes, then closes. */
export async function answering(response: string): Promise<LocalServer> {
  return await rawServer((socket) => socket.once('data', () => socket.end(response)));
}

export interface WsOptions {
  /** PEM texts: the server speaks wss. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Listens on this unix socket instead of a port. */
  readonly socketPath?: string;
  /** false: pings are never answered. */
  readonly autoPong?: boolean;
  /** What to do with each message; an echo where absent. `ordinal` counts the opened connections from 0. */
  readonly onMessage?: (ws: WebSocket, data: Buffer, binary: boolean, ordinal: number) => void;
  readonly onConnection?: (ws: WebSocket, ordinal: number, request: IncomingMessage) => void;
  /** Called for each upgrade request; returns true where it took the socket away from the server. */
  readonly takes?: (socket: net.Socket, ordinal: number) => boolean;
}

/** A WebSocket server in this process: an echo, unless the test says otherwise. */
export async function wsServer(options: WsOptions = {}): Promise<LocalServer> {
  const { tls, onConnection, onMessage = echo, takes = () => false } = options;
  const server: Server = tls === undefined ? createServer() : createSecureServer(tls);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, autoPong: options.autoPong ?? true });
  let upgrades = 0;
  let opened = 0;
  server.on('upgrade', (request, socket: net.Socket, head) => {
    socket.on('error', () => socket.destroy());
    if (takes(socket, upgrades++)) return;
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const ordinal = opened++;
      ws.on('error', () => ws.terminate());
      ws.on('message', (data: Buffer, binary) => onMessage(ws, data, binary, ordinal));
      onConnection?.(ws, ordinal, request);
    });
  });
  return await listening(server, () => {}, tls === undefined ? 'ws' : 'wss', options.socketPath ?? null);
}

export function echo(ws: WebSocket, data: Buffer, binary: boolean): void {
  ws.send(data, { binary });
}

/** A port of 127.0.0.1 that nobody listens on: one that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = await rawServer((socket) => socket.destroy());
  await server.stop();
  return server.port;
}

async function listening(
  server: net.Server,
  onSocket: (socket: net.Socket, ordinal: number) => void,
  scheme: 'ws' | 'wss',
  socketPath: string | null,
): Promise<LocalServer> {
  const open = new Set<net.Socket>();
  let accepted = 0;
  server.on('connection', (socket: net.Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    onSocket(socket, accepted++);
  });
  if (socketPath === null) server.listen(0, '127.0.0.1');
  else server.listen(socketPath);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: socketPath === null ? `${scheme}://127.0.0.1:${port}/` : `ws+unix:${socketPath}:/`,
    port,
    accepted: () => accepted,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
