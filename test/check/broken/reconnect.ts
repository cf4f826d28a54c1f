import type { WebSocket } from 'ws';
import { echo, wsServer } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, processWith } from './broken-server.js';

const ROOM_FOR = 60;

export const BROKEN_RECONNECT: readonly BrokenServer[] = [
  {
    what: 'turns away whoever comes again',
    fails: ['6.1', '6.2', '6.3', '6.5', '6.6'],
    because: /the connection is closed \(4000\)|no longer answers/,
    start: () =>
      wsServer({
        onConnection: (ws: WebSocket, ordinal: number) => {
          if (ordinal % 2 === 1) ws.close(4000);
        },
      }),
  },
  {
    what: 'answers nothing after a restart',
    fails: ['6.4'],
    passes: ['6.1'],
    because: /the connection is still open though its server has ended; the connection no longer answers/,
    says: { reply: { timeout: '300ms' } },
    ...restartsBadly(),
  },
  {
    what: 'has room for 60',
    fails: ['6.7'],
    because: /^a pool of 100 does not open: /,
    start: () => {
      let open = 0;
      return wsServer({
        takes: (socket) => {
          if (open >= ROOM_FOR) {
            socket.destroy();
            return true;
          }
          open += 1;
          socket.once('close', () => {
            open -= 1;
          });
          return false;
        },
      });
    },
  },
  {
    what: 'sends a new connection what the last one left',
    fails: ['6.8'],
    passes: ['6.1'],
    because: /a new connection hears what an old one left/,
    says: BOT,
    start: () => {
      let left: string | null = null;
      return wsServer({
        onConnection: (ws, ordinal) => {
          if (ordinal > 1 && left?.includes('left behind')) ws.send(left);
        },
        onMessage: (ws, data, binary) => {
          left = data.toString();
          echo(ws, data, binary);
        },
      });
    },
  },
];

/** What is called a restart leaves the old connections open, and new ones without answers. */
function restartsBadly(): Pick<BrokenServer, 'start' | 'process'> {
  let hasRestarted = false;
  return {
    process: () =>
      processWith({
        restart: async () => {
          hasRestarted = true;
        },
      }),
    start: answers((ws, data, binary) => {
      if (!hasRestarted) echo(ws, data, binary);
    }),
  };
}
