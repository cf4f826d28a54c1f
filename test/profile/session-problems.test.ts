import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemLines, withLoad } from './fixtures.js';

/** What is wrong, and every line that must come of it. The load of `withLoad` stands in the first line. */
const SLIPS: readonly [text: string, problems: readonly string[]][] = [
  [
    withLoad('session: [{ subscribe: x }]'),
    [
      '2:13 session[0].subscribe: does not go with protocol: none, which has no confirmed subscriptions [send the message that subscribes, and expect its answer]',
    ],
  ],
  [withLoad('session: [{ name: a }]'), ['2:11 session[0]: does nothing [give it send, subscribe, expect or wait]']],
  [
    withLoad('session: [{ name: a, wait: 1s }, { name: a, wait: 1s }]'),
    ['2:36 session[1].name: step 1 is called "a" too [names must differ]'],
  ],
  [
    withLoad('session: [{ wait: 11s }]'),
    [
      '2:1 session: pauses for 11 s in all, so no connection is ready within connectTimeout [wait less, or raise connectTimeout (10 s)]',
    ],
  ],
  [
    withLoad('session: [{ send: x, repeat: 20, wait: 1s }]'),
    [
      '2:1 session: pauses for 20 s in all, so no connection is ready within connectTimeout [wait less, or raise connectTimeout (10 s)]',
    ],
  ],
  [
    withLoad('session: [{ send: x, expect: { text: y }, timeout: 11s }]'),
    [
      '2:43 session[0].timeout: is above connectTimeout, in which the whole session must be ready [at most 10s, or raise connectTimeout]',
    ],
  ],
  [
    withLoad('session: [{ send: x, timeout: 1s }]'),
    ['2:22 session[0].timeout: stands without expect: nothing is waited for [say what must come: expect: { ... }]'],
  ],
  [
    withLoad('session: [{ send: x, capture: { a: $.a } }]'),
    [
      '2:22 session[0].capture: stands without expect, so there is nothing to take it from [say what must come: expect: { ... }]',
    ],
  ],
  [
    withLoad("session: [{ send: '{{sequence}}' }]"),
    [
      '2:13 session[0].send: holds {{sequence}}, which changes with every message [use {{step}} or {{connection}} here]',
    ],
  ],
  [
    withLoad("session: [{ send: '{{session.a}}', expect: { b: 1 }, capture: { a: $.a } }]"),
    ['2:13 session[0].send: uses {{session.a}}, which nothing has captured by then [capture it in an earlier step]'],
  ],
  [
    withLoad('session: [{ wait: 1s, repeat: 3 }]'),
    ['2:23 session[0].repeat: repeats a step that sends nothing [use wait for a pause]'],
  ],
  [withLoad('session: [{ send: x, repeat: 0 }]'), ['2:30 session[0].repeat: 0 is out of range [from 1 to 10,000]']],
  [
    withLoad('session: [{ send: x, expect: hello }]'),
    [
      '2:22 session[0].expect: is a text, which is looked for as JSON in quotes [write { text: ... } for a part of the text]',
    ],
  ],
  [
    withLoad('session: [{ sned: x }]'),
    [
      '2:11 session[0]: does nothing [give it send, subscribe, expect or wait]',
      '2:13 session[0].sned: unknown key [did you mean "send"?]',
    ],
  ],
  [
    withLoad('session: [{ before: x, wait: 1s }]'),
    ['2:13 session[0].before: unknown key [log in ahead of the run and give the tokens as data: {{data.token}}]'],
  ],
  [
    withLoad('when: [{ has: x }]'),
    [
      '2:8 when[0]: does not say what such a message means [give one of send: (an obligation), count: NAME (expected traffic), delivers: REQUEST (sent to many) or fails: true (the reply says no)]',
    ],
  ],
  [withLoad('when: [{ send: x }]'), ['2:8 when[0].has: is missing']],
  [
    withLoad('when: [{ has: x, send: y, count: z }]'),
    [
      '2:27 when[0].count: stands beside send [give one of send: (an obligation), count: NAME (expected traffic), delivers: REQUEST (sent to many) or fails: true (the reply says no)]',
    ],
  ],
  [
    withLoad('when: [{ has: x, fails: false }]'),
    ['2:18 when[0].fails: is false, which says nothing [say fails: true, or remove the rule]'],
  ],
  [withLoad('when: [{ has: x, count: a, name: b }]'), ['2:28 when[0].name: stands beside count [count has the name]']],
  [
    withLoad("when: [{ has: '{{session.a}}', count: a }]"),
    [
      '2:10 when[0].has: holds {{session.a}}, but rules look for fixed text [name the parts that are the same in every such message]',
    ],
  ],
  [
    withLoad("when: [{ has: x, send: '{{session.a}}' }]"),
    ['2:18 when[0].send: uses {{session.a}}, which nothing has captured by then [capture it in a step of the session]'],
  ],
  [
    withLoad("when: [{ has: x, send: '{{sequence}}' }]"),
    ['2:18 when[0].send: holds {{sequence}}, which changes with every message [use {{connection}} here]'],
  ],
  [withLoad('when: [{ has: [], count: a }]'), ['2:15 when[0].has: a list must not be empty']],
  [
    withLoad('when: [{ has: x, count: "a b" }]'),
    ['2:25 when[0].count: "a b" is not allowed here [letters, digits, - and _, starting with a letter or digit]'],
  ],
  [
    withLoad('reply: { match: order }\nwhen: [{ has: x, count: a }]'),
    [
      '3:18 when[0].count: does not go with match: order [match replies by {{sequence}}: a message that no rule knows would shift all replies behind it]',
    ],
  ],
  [withLoad('rooms: 0'), ['2:8 rooms: 0 is out of range [from 1 to 10,000,000]']],
  [withLoad('rooms: 11'), ['2:8 rooms: 11 is above the number of connections, so that rooms are empty [at most 10]']],
  [withLoad('senders: 11'), ['2:10 senders: 11 is above the number of connections [at most 10]']],
  [withLoad('senders: 0'), ['2:10 senders: 0 is out of range [from 1 to 10,000,000]']],
  [
    withLoad('script: chat.py'),
    [
      '2:1 script: cannot read "chat.py" [ENOENT: no such file, open \'dir/chat.py\']',
      '2:9 script: "chat.py" is not a script [its name ends in .js, .mjs, .ts or .mts]',
    ],
  ],
  [withLoad('script: chat.ts'), ['2:1 script: cannot read "chat.ts" [ENOENT: no such file, open \'dir/chat.ts\']']],
  [
    withLoad("target: { url: 'ws://h:1/{{session.a}}' }"),
    [
      '2:16 target.url: "ws://h:1/{{session.a}}" holds {{session.a}}, which is captured after the handshake [use {{data.x}} or {{env.X}}: log in ahead of the run, or in a step of the session]',
    ],
  ],
  [
    withLoad("target: { url: 'ws://h:1/', headers: { a: '{{room}}' } }"),
    ['2:43 target.headers.a: "***" holds {{room}}, which is for messages [use {{connection}} or {{data.x}} here]'],
  ],
  [
    withLoad("target: { url: 'ws://h:1/', headers: { Sec-WebSocket-Extensions: permessage-deflate } }"),
    ['2:40 target.headers.Sec-WebSocket-Extensions: cannot be set [compression is never asked for]'],
  ],
  [
    withLoad('compression: true'),
    ['2:1 compression: unknown key [compression is never asked for: wsurge speaks uncompressed WebSocket]'],
  ],
  [
    withLoad('perMessageDeflate: true'),
    ['2:1 perMessageDeflate: unknown key [compression is never asked for: wsurge speaks uncompressed WebSocket]'],
  ],
];

describe('what is refused about session, when, rooms, senders and script', () => {
  for (const [text, problems] of SLIPS) {
    it(problems[0]!, () => assert.deepEqual(problemLines(text), problems));
  }
});
