import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { echo, type LocalServer, wsServer } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, processWith, typeOf } from './broken-server.js';

const CLOSE_FRAME = 8;
const MIB = 1024 * 1024;

/** Tells how many connections it ever had; closes where it is asked to. */
function neverForgets(): Promise<LocalServer> {
  let opened = 0;
  return wsServer({
    onConnection: () => {
      opened += 1;
    },
    onMessage: (ws, data, binary) => {
      if (typeOf(data) === 'stats') ws.send(JSON.stringify({ connections: opened }));
      else echo(ws, data, binary);
    },
  });
}

export const BROKEN_CLOSE: readonly BrokenServer[] = [
  {
    what: 'answers a close with a cut',
    fails: ['5.1', '5.2', '5.3', '5.4'],
    because: /the close is not echoed: closed with 1006, no close frame/,
    start: () =>
      wsServer({
        onConnection: (_ws: WebSocket, _ordinal: number, { socket }: IncomingMessage) =>
          socket.prependListener('data', (chunk: Buffer) => {
            if ((chunk[0]! & 15) === CLOSE_FRAME) socket.destroy();
          }),
      }),
  },
  {
    what: 'closes with another code than it was asked for',
    fails: ['5.5'],
    because: /asked to close with 1001: closed with 1000/,
    says: BOT,
    start: answers((ws, data, binary) => (typeOf(data) === 'close' ? ws.close(1000) : echo(ws, data, binary))),
  },
  {
    what: 'closes with 1011 on whatever comes',
    fails: ['5.6', '5.7', '5.8', '8.9'],
    because: /closed with 1011/,
    says: { check: { answers: { frameLimit: '1MiB' } } },
    start: () =>
      wsServer({
        onConnection: (_ws, _ordinal, { socket }) => {
          // Bystanders send nothing before they are asked whether they still work.
          socket.removeAllListeners('data');
          socket.on('data', () => socket.end(Buffer.from([0x88, 2, 1011 >> 8, 1011 & 255])));
        },
      }),
  },
  {
    what: 'keeps dead connections on its list',
    fails: ['5.9', '5.11'],
    because: /connections are on the server's list|are left on the list/,
    says: BOT,
    start: neverForgets,
  },
  {
    what: 'drops what is in flight when it closes',
    fails: ['5.10'],
    because: /before the close: 1 of 100 lost: 99/,
    says: BOT,
    start: () => {
      let count = 0;
      return answers((ws, data, binary) => {
        if (typeOf(data) === 'close') ws.close(1000);
        else if (++count <= 99) echo(ws, data, binary);
      })();
    },
  },
  {
    what: 'has a list that never moves',
    fails: ['5.11'],
    because: /1 connections on the list with 20 more than 1/,
    says: { ...BOT, reply: { timeout: '500ms' } },
    start: answers((ws, data, binary) =>
      typeOf(data) === 'stats' ? ws.send('{"connections":1}') : echo(ws, data, binary),
    ),
  },
  {
    what: 'keeps the files of connections that ended',
    fails: ['5.12'],
    because: /40 files are open, 20 before/,
    process: ({ accepted }) => processWith({ sample: () => ({ rssBytes: 50 * MIB, openFds: 20 + accepted() }) }),
    start: () => wsServer(),
  },
  {
    what: 'keeps a megabyte of each connection',
    fails: ['5.13'],
    passes: ['5.12'],
    because: /memory grew by 150.0 MiB over 150 connections/,
    process: ({ accepted }) => processWith({ sample: () => ({ rssBytes: (50 + accepted()) * MIB, openFds: 20 }) }),
    start: () => wsServer(),
  },
];
