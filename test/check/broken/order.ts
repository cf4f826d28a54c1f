import type { WebSocket } from 'ws';
import { echo } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, typeOf } from './broken-server.js';

export const BROKEN_ORDER: readonly BrokenServer[] = [
  {
    what: 'has every second message overtaken',
    fails: ['7.1', '7.3', '7.4', '7.5', '7.8'],
    because: /came where/,
    start: () => {
      const held = new Map<WebSocket, Buffer>();
      return answers((ws, data) => {
        const before = held.get(ws);
        if (before === undefined) held.set(ws, data);
        else {
          ws.send(data.toString());
          ws.send(before.toString());
          held.delete(ws);
        }
      })();
    },
  },
  {
    what: 'answers everything twice',
    fails: ['7.1', '7.2'],
    because: /too many/,
    start: answers((ws, data, binary) => {
      echo(ws, data, binary);
      echo(ws, data, binary);
    }),
  },
  {
    what: 'pushes backwards',
    fails: ['7.6'],
    because: /^pushed messages: .*came where/,
    says: BOT,
    start: answers((ws, data, binary) => {
      if (typeOf(data) !== 'stream') return echo(ws, data, binary);
      for (let index = 49; index >= 0; index--) ws.send(JSON.stringify({ index }));
    }),
  },
  {
    what: 'answers once what comes twice',
    fails: ['7.7'],
    passes: ['7.1', '7.2'],
    because: /^50 of 100 lost/,
    says: { reply: { timeout: '1s' } },
    start: () => {
      const known = new WeakMap<WebSocket, Set<string>>();
      return answers((ws, data, binary) => {
        const seen = known.get(ws) ?? new Set();
        known.set(ws, seen);
        if (seen.has(data.toString())) return;
        seen.add(data.toString());
        echo(ws, data, binary);
      })();
    },
  },
];
