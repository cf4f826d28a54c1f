import type { WebSocket } from 'ws';
import { echo, wsServer } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, processWith, typeOf } from './broken-server.js';

const TRACE = [
  "TypeError: Cannot read properties of undefined (reading 'type')",
  '    at onMessage (file:///srv/chat/server.js:41:17)',
  '',
].join('\n');

/** Ends every connection when one of them sends what is no JSON. */
function fallsTogether() {
  const all = new Set<WebSocket>();
  return wsServer({
    onConnection: (ws) => all.add(ws),
    onMessage: (ws, data, binary) => {
      try {
        if (data.toString() !== 'still here') JSON.parse(data.toString());
        echo(ws, data, binary);
      } catch {
        for (const each of all) each.terminate();
      }
    },
  });
}

/** Ends a connection on which nothing came for this long. */
/** Clients that do nothing wrong, of whom a check opens this many first. */
const BYSTANDERS = 3;

/** `after`: with how many connections it is patient. */
const impatient =
  (ms: number, after = 0) =>
  () =>
    wsServer({
      onConnection: (ws, ordinal, { socket }) => {
        if (ordinal < after) return;
        let timer = setTimeout(() => ws.terminate(), ms);
        socket.on('data', () => {
          clearTimeout(timer);
          timer = setTimeout(() => ws.terminate(), ms);
        });
        ws.on('close', () => clearTimeout(timer));
      },
    });

export const BROKEN_TROUBLE: readonly BrokenServer[] = [
  {
    what: 'ends all connections with the end of one',
    fails: ['8.1', '8.7', '8.12'],
    because: /a client that did nothing wrong \(1 of \d\): the connection (?:is closed|no longer answers)/,
    says: { ...BOT, check: { requests: { stats: 'none' } } },
    start: () => {
      const all = new Set<WebSocket>();
      return wsServer({
        onConnection: (ws) => {
          all.add(ws);
          ws.on('close', () => {
            for (const each of all) each.terminate();
            all.clear();
          });
        },
        onMessage: (ws, data, binary) => (typeOf(data) === 'close' ? ws.close(1001) : echo(ws, data, binary)),
      });
    },
  },
  {
    what: 'ends a connection after 200 ms of silence',
    fails: ['8.8'],
    because: /in silence the server ended it: closed with 1006/,
    start: impatient(200),
  },
  {
    what: 'ends a connection as soon as its line is broken',
    fails: ['8.2'],
    because: /did not arrive once the line was whole again: closed with 1006/,
    start: impatient(200, BYSTANDERS),
  },
  {
    what: 'never drops a dead client',
    fails: ['8.3'],
    because: /after 650 ms a dead connection is still on the server's list/,
    says: { ...BOT, check: { keepAlive: '50ms' } },
    start: () => {
      let open = 0;
      return wsServer({
        onConnection: (ws) => {
          open += 1;
          ws.on('close', () => {
            open -= 1;
          });
        },
        onMessage: (ws, data, binary) => {
          if (typeOf(data) === 'stats') ws.send(JSON.stringify({ connections: open }));
          else echo(ws, data, binary);
        },
      });
    },
  },
  {
    what: 'keeps 20 characters of a message',
    fails: ['8.4', '8.5', '8.9'],
    because: /the content is not what was sent|bytes came back of|the answer does not contain "too_large"/,
    says: BOT,
    start: answers((ws, data) => ws.send(data.toString('latin1').slice(0, 20))),
  },
  {
    what: 'falls with all its connections over one invalid message',
    fails: ['8.6'],
    because: /a client that did nothing wrong/,
    says: { reply: { timeout: '1s' } },
    start: fallsTogether,
  },
  {
    what: 'cuts a connection that sends too much, without a word',
    fails: ['8.9'],
    passes: ['5.8'],
    because: /bytes: cut without a close frame/,
    says: { check: { answers: { frameLimit: '1MiB' } } },
    start: () =>
      wsServer({
        onConnection: (_ws, _ordinal, { socket }) => {
          socket.on('data', (chunk: Buffer) => {
            if (chunk.length > 14 && (chunk[1]! & 127) === 127) socket.destroy();
          });
        },
      }),
  },
  {
    what: 'is held up by one that does not read',
    fails: ['8.10'],
    because: /a client that did nothing wrong \(\d of 3\): nothing came within/,
    says: { reply: { timeout: '300ms' } },
    start: () => {
      let large = 0;
      return answers((ws, data, binary) => {
        if (data.length > 1000) large += 1;
        if (large === 0) echo(ws, data, binary);
      })();
    },
  },
  {
    what: 'prints a stack trace when it gets garbage',
    fails: ['8.11'],
    passes: ['8.12'],
    because: /^TypeError: .* \| at onMessage \(file:/,
    process: ({ accepted }) =>
      processWith({
        log: {
          get mark() {
            return accepted();
          },
          since: (mark) => TRACE.repeat(accepted() - mark),
        },
      }),
    start: () => wsServer(),
  },
];
