import type { WebSocket } from 'ws';
import { echo, wsServer } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, countAsked, upTo } from './broken-server.js';

const SHORT_REPLY = { reply: { timeout: '2s' } };

/** Loses the message with this number on each connection. */
const loses = (number: number) =>
  answers((ws, data, binary) => {
    if (!data.includes(`"number":${number},`)) echo(ws, data, binary);
  });

const push = (ws: WebSocket, index: number) => ws.send(JSON.stringify({ index }));

export const BROKEN_BOTH_WAYS: readonly BrokenServer[] = [
  {
    what: 'loses a reply and a pushed message',
    fails: ['4.1'],
    because: /replies: 1 of 100 lost: 49; pushed messages: 1 of 100 lost: 99/,
    says: { ...BOT, ...SHORT_REPLY },
    start: () => {
      let count = 0;
      return answers((ws, data, binary) => {
        const asked = countAsked(data);
        if (asked === null && ++count !== 50) echo(ws, data, binary);
        for (const index of asked === null ? [] : upTo(asked - 1)) push(ws, index);
      })();
    },
  },
  {
    what: 'answers when all is pushed',
    isTimed: true,
    fails: ['4.1'],
    because: /replies stalled|replies: 100 of 100 late/,
    says: BOT,
    start: () => {
      const held: string[] = [];
      let pushed = 0;
      return answers((ws, data, binary) => {
        if (countAsked(data) === null) return pushed < 100 ? void held.push(data.toString()) : echo(ws, data, binary);
        const timer = setInterval(() => {
          push(ws, pushed++);
          if (pushed < 100) return;
          clearInterval(timer);
          for (const text of held.splice(0)) ws.send(text);
        }, 20);
      })();
    },
  },
  {
    what: 'pushes when all is answered',
    isTimed: true,
    fails: ['4.1'],
    because: /pushed messages stalled/,
    says: BOT,
    start: () => {
      let answered = 0;
      return answers((ws, data, binary) => {
        if (countAsked(data) !== null) return;
        echo(ws, data, binary);
        if (++answered < 100) return;
        setTimeout(() => {
          for (const index of upTo(100)) push(ws, index);
        }, 1000);
      })();
    },
  },
  {
    what: 'loses a message that only 500 a second have',
    fails: ['4.2'],
    because: /^replies: 1 of 500 lost: 300/,
    says: SHORT_REPLY,
    start: loses(300),
  },
  {
    what: 'loses a message that only 1000 a second have',
    fails: ['4.3'],
    because: /^replies: 1 of 1000 lost: 700/,
    says: SHORT_REPLY,
    start: loses(700),
  },
  {
    what: 'has short messages overtake long ones',
    fails: ['4.4'],
    because: /^replies: 4 came where 3 was due/,
    says: SHORT_REPLY,
    start: () => {
      const held: Buffer[] = [];
      const release = (ws: WebSocket) => {
        for (const late of held.splice(0)) echo(ws, late, false);
      };
      return answers((ws, data, binary) => {
        if (data.length > 5000) {
          held.push(data);
          // The last one is followed by nothing.
          setTimeout(release, 50, ws);
          return;
        }
        echo(ws, data, binary);
        release(ws);
      })();
    },
  },
  {
    what: 'answers 200 a second, however fast they come',
    isTimed: true,
    fails: ['4.2'],
    because: /^replies(?: came at \d+ a second, not 500|: \d+ of 500 late)/,
    start: () => {
      const held: Buffer[] = [];
      let timer: NodeJS.Timeout | null = null;
      return answers((ws, data) => {
        held.push(data);
        timer ??= setInterval(() => {
          const next = held.shift();
          if (next !== undefined) echo(ws, next, false);
          else if (timer !== null) clearInterval(timer);
        }, 5);
      })();
    },
  },
  {
    what: 'answers no ping',
    fails: ['4.5'],
    because: /^[123] of [123] pings had no pong within 1 s/,
    says: { reply: { timeout: '1s' } },
    start: () => wsServer({ autoPong: false }),
  },
];
