/** Servers that do what no server should: `run` ends with a code and a reason, soon, and never with an internal error. */
import type net from 'node:net';
import type { WebSocket } from 'ws';
import { answering, type LocalServer, rawServer, wsServer } from '../../e2e/local-server.js';
import { type Case, trial } from './case.js';

const frame = (...bytes: number[]) => Buffer.from(bytes);
const socketOf = (ws: WebSocket) => (ws as unknown as { _socket: net.Socket })._socket;

/** After a right handshake: these bytes, with every message. */
const bytes = (what: Buffer) => () =>
  wsServer({
    onMessage: (ws, data, binary) => {
      ws.send(data, { binary });
      socketOf(ws).write(what);
    },
  });

const SERVERS: Readonly<Record<string, () => Promise<LocalServer>>> = {
  'accepts and says nothing': () => rawServer(() => undefined),
  'resets every connection': () => rawServer((socket) => socket.resetAndDestroy()),
  'closes every connection': () => rawServer((socket) => socket.end()),
  'answers with garbage': () => answering('\u0000\u0001\u0002 not http\r\n\r\n'),
  'answers with headers that never end': () =>
    answering(`HTTP/1.1 101 Switching Protocols\r\n${'X: y\r\n'.repeat(20_000)}`),
  'answers 101 with a wrong accept': () =>
    answering(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n',
    ),
  'answers 200 with ten megabytes': () => answering(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(10_000_000)}`),
  'redirects to itself': () => answering('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
  'sends a frame of 2^62 bytes': bytes(frame(0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0)),
  'sends invalid UTF-8': bytes(frame(0x81, 2, 0xc3, 0x28)),
  'sets RSV1': bytes(frame(0xc1, 1, 0x41)),
  'uses an unknown opcode': bytes(frame(0x83, 0)),
  'masks its frames': bytes(frame(0x81, 0x81, 1, 2, 3, 4, 0x40)),
  'closes with code 999': bytes(frame(0x88, 2, 0x03, 0xe7)),
  'starts messages and never ends them': bytes(Buffer.concat([frame(0x01, 126, 0xff, 0xff), Buffer.alloc(65_535)])),
  'pings without end': bytes(Buffer.concat(new Array(1000).fill(frame(0x89, 0)))),
  'floods with frames that nobody asked for': bytes(Buffer.concat(new Array(1000).fill(frame(0x81, 2, 0x68, 0x69)))),
  'answers with JSON nested 100,000 deep': () => wsServer({ onMessage: (ws) => ws.send('['.repeat(100_000)) }),
  'answers each message a thousand times': () =>
    wsServer({
      onMessage: (ws, data, binary) => {
        for (let i = 0; i < 1000; i++) ws.send(data, { binary });
      },
    }),
  'takes one connection and no more': () => rawServerOnce(),
};

function rawServerOnce(): Promise<LocalServer> {
  return wsServer({
    takes: (socket, ordinal) => {
      if (ordinal > 0) socket.destroy();
      return ordinal > 0;
    },
  });
}

export function serverCases(): Case[] {
  return Object.entries(SERVERS).map(([name, start]) => ({
    group: 'server side',
    name: `a server that ${name}`,
    run: async () => {
      const server = await start();
      try {
        const load = ['-c', '3', '-R', '20', '-d', '2s', '-W', '0s', '--reply-timeout', '2s'];
        return await trial({ args: ['run', server.url, ...load], codes: [0, 98, 99, 103, 104] });
      } finally {
        await server.stop();
      }
    },
  }));
}
