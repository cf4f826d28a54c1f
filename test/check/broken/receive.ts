import { echo, wsServer } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, changes, countAsked, upTo } from './broken-server.js';

/** All but one of the checks that send one JSON message. */
const others = (id: string) => ['3.1', '3.2', '3.3', '3.4', '3.5'].filter((each) => each !== id);
const DEEPEST = 6;
const LONGEST_LIST = 20;

/** Pushes what is asked for with these indices; everything else it repeats. */
const pushes = (indices: (count: number) => number[], stamp: (index: number) => number = (index) => index) =>
  answers((ws, data, binary) => {
    const count = countAsked(data);
    if (count === null) return echo(ws, data, binary);
    for (const index of indices(count)) ws.send(JSON.stringify({ index, sentAtMs: stamp(index) }));
  });

/** JSON with every value below a depth taken out. */
function cutDeep(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((each) => cutDeep(each, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cutDeep(each, depth - 1)]));
}

/** JSON with every list cut. */
const cutLong = (text: string) =>
  JSON.stringify(JSON.parse(text), (_, value) => (Array.isArray(value) ? value.slice(0, LONGEST_LIST) : value));

export const BROKEN_RECEIVE: readonly BrokenServer[] = [
  {
    what: 'takes a single field out of its object',
    fails: ['3.1'],
    passes: others('3.1'),
    because: /bytes came back of|the content is not/,
    start: changes((text) => (text === '{"content":"hello"}' ? '"hello"' : null)),
  },
  {
    what: 'forgets what is nested deeply',
    fails: ['3.2'],
    passes: others('3.2'),
    because: /bytes came back of|the content is not/,
    start: changes((text) => JSON.stringify(cutDeep(JSON.parse(text), DEEPEST))),
  },
  {
    what: 'cuts long lists',
    fails: ['3.3'],
    passes: others('3.3'),
    because: /bytes came back of|the content is not/,
    start: changes(cutLong),
  },
  {
    what: 'rounds numbers',
    fails: ['3.4'],
    passes: others('3.4'),
    because: /byte \d+ of|the content is not/,
    start: changes((text) => text.replace('9007199254740991', '9007199254740992')),
  },
  {
    what: 'gets a byte of a megabyte wrong',
    fails: ['3.6'],
    passes: ['3.1'],
    because: /byte \d+ of 1000000|the content is not/,
    start: answers((ws, data, binary) => {
      if (data.length > 100_000) data[500_000] = data[500_000] === 0x41 ? 0x42 : 0x41;
      echo(ws, data, binary);
    }),
  },
  {
    what: 'swaps two messages',
    fails: ['3.7'],
    because: /8 came where 7 was due/,
    start: () => {
      let held: Buffer | null = null;
      return answers((ws, data) => {
        if (data.includes('"number":7,')) held = data;
        else {
          ws.send(data.toString());
          if (held !== null) ws.send(held.toString());
          held = null;
        }
      })();
    },
  },
  {
    what: 'floods a client with 96 MB nobody asked for',
    fails: ['3.7'],
    because: /lost/,
    start: () =>
      wsServer({
        onMessage: (ws) => {
          const block = Buffer.alloc(8 * 1024 * 1024);
          for (let sent = 0; sent < 12; sent++) ws.send(block);
        },
      }),
  },
  {
    what: 'pushes one message too few',
    fails: ['3.8'],
    because: /99 of 100 messages came/,
    says: { ...BOT, reply: { timeout: '1s' } },
    start: pushes((count) => upTo(count).filter((index) => index !== 3)),
  },
  {
    what: 'turns back its clock',
    fails: ['3.8'],
    because: /1 times are earlier/,
    says: BOT,
    start: pushes(upTo, (index) => (index === 5 ? 0 : index)),
  },
  {
    what: 'pushes the last message twice',
    fails: ['3.9', '3.10', '3.11'],
    because: /1 too many/,
    says: BOT,
    start: pushes((count) => [...upTo(count), count - 1]),
  },
];
