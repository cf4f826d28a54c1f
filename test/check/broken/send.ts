import { echo, wsServer } from '../../e2e/local-server.js';
import { answers, BOT, type BrokenServer, changes } from './broken-server.js';

/** All but one of the checks that send a single text. */
const others = (id: string) => ['2.1', '2.2', '2.4', '2.5', '2.6'].filter((each) => each !== id);
const SHORT_REPLY = { reply: { timeout: '200ms' } };
const LIMIT_CHARACTERS = 8192;

export const BROKEN_SEND: readonly BrokenServer[] = [
  {
    what: 'answers in capitals, and binary as text',
    fails: ['2.1', '2.2', '2.3'],
    because: /byte \d+ of|the content is not|the reply is not binary/,
    start: answers((ws, data) => ws.send(data.toString().toUpperCase())),
  },
  {
    what: 'closes after the first answer',
    fails: ['2.1'],
    because: /the connection (?:is closed|no longer answers)/,
    start: answers((ws, data, binary) => {
      echo(ws, data, binary);
      ws.close();
    }),
  },
  {
    what: 'answers nothing',
    fails: ['2.1'],
    because: /nothing came within 200 ms/,
    says: SHORT_REPLY,
    start: answers(() => undefined),
  },
  {
    what: 'does not answer an empty message',
    fails: ['2.4'],
    passes: others('2.4'),
    because: /nothing came within/,
    says: { reply: { timeout: '1s' } },
    start: answers((ws, data, binary) => data.length > 0 && echo(ws, data, binary)),
  },
  {
    what: 'keeps 8 KiB of a message',
    fails: ['2.5'],
    passes: others('2.5'),
    because: /8192 bytes came back of 10000/,
    start: changes((text) => text.slice(0, LIMIT_CHARACTERS)),
  },
  {
    what: 'takes UTF-8 for Latin-1',
    fails: ['2.6', '3.5'],
    passes: [...others('2.6'), '3.1'],
    because: /bytes came back of|the content is not what was sent/,
    start: changes((text) => Buffer.from(text).toString('latin1')),
  },
  {
    what: 'loses one of many messages',
    fails: ['2.7'],
    because: /^1 of 100 lost: 49$/,
    says: { reply: { timeout: '2s' } },
    start: () => {
      let count = 0;
      return answers((ws, data, binary) => {
        if (++count !== 50) echo(ws, data, binary);
      })();
    },
  },
  {
    what: 'repeats bad messages like good ones',
    fails: ['2.8', '2.9', '2.10', '2.11'],
    passes: ['2.1'],
    because: /the answer says something else/,
    says: BOT,
    start: () => wsServer(),
  },
];
