import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, problemLines, withLoad } from './fixtures.js';

const SAY = "{ name: say, send: { sequence: '{{sequence}}' }, reaches: all, reply: none }";
const speaking = (protocol: string, request: string, more = '') =>
  withLoad(`target: { url: 'ws://h/' }\nprotocol: ${protocol}\nrequests: [${request}]\n${more}`);

/** What is wrong, and every line that must come of it. The load of `withLoad` has 10 connections, in the first line. */
const SLIPS: readonly [text: string, problems: readonly string[]][] = [
  [
    withLoad("requests: [{ name: say, send: '{{sequence}}', reaches: some }]"),
    ['2:56 requests[0].reaches: "some" is not one of all, room, others [one of: all, room, others]'],
  ],
  [
    'load: [{ connections: 10, rate: 1/s, reaches: room }]',
    [
      '1:38 load[0].reaches: unknown key [it belongs to a request: requests: [{ name: ..., send: ..., reaches: room }]]',
    ],
  ],
  [
    withLoad('requests: [{ name: say, send: { sequence: 5 }, reaches: all, reply: none }]'),
    [
      "2:48 requests[0].reaches: needs {{sequence}} in send, by which deliveries are known [put it in, e.g. send: { id: '{{sequence}}' }]",
    ],
  ],
  [
    withLoad("requests: [{ name: say, send: 'sequence', reaches: all, reply: none }]"),
    [
      "2:43 requests[0].reaches: needs {{sequence}} in send, by which deliveries are known [put it in, e.g. send: { id: '{{sequence}}' }]",
    ],
  ],
  [
    withLoad('requests: [{ name: say, send: { a: 1 }, reaches: others }]'),
    [
      "2:25 requests[0].send: does not hold {{sequence}}, by which replies are matched [put it in, e.g. id: '{{sequence}}', or say reply: { match: none }]",
    ],
  ],
  [
    speaking('socket.io', "{ name: say, to: 'say {{sequence}}', send: ['hi'], reaches: all }"),
    [
      "4:63 requests[0].reaches: needs {{sequence}} in send, by which deliveries are known [put it in, e.g. send: ['{{sequence}}']; the id that socket.io adds does not reach others]",
    ],
  ],
  [
    speaking('graphql-ws', "{ name: say, send: { query: 'mutation { say }' }, reaches: all }"),
    [
      "4:62 requests[0].reaches: needs {{sequence}} in send, by which deliveries are known [put it in, e.g. send: { query: ..., variables: { id: '{{sequence}}' } }; the id that graphql-ws adds does not reach others]",
    ],
  ],
  [
    withLoad("requests: [{ name: say, send: '{{sequence}}', reaches: room, reply: none }]"),
    ['2:47 requests[0].reaches: says room, but the load has no rooms [say how many, e.g. rooms: 20; or reaches: all]'],
  ],
  [
    withLoad(`rooms: 6\nrequests: [{ name: say, send: '{{sequence}}', reaches: room, reply: none }]`),
    [
      '3:47 requests[0].reaches: says room, but of 6 rooms for 10 connections one of them has a single connection [at most 5 rooms, or at least 12 connections]',
    ],
  ],
  [
    withLoad(`rooms: 11\nrequests: [{ name: say, send: '{{sequence}}', reaches: room, reply: none }]`),
    ['2:8 rooms: 11 is above the number of connections, so that rooms are empty [at most 10]'],
  ],
  [
    `load: [{ sweep: { connections: [4, 100] }, rate: 1/s }]
rooms: 5
requests: [{ name: say, send: '{{sequence}}', reaches: others }]`,
    [
      '3:47 requests[0].reaches: says others, but of 5 rooms for 4 connections some are empty [at most 2 rooms, or at least 10 connections]',
    ],
  ],
  [
    "load: [{ connections: 1, rate: 1/s }]\nrequests: [{ name: say, send: '{{sequence}}', reaches: others }]",
    [
      '2:47 requests[0].reaches: says others, but with one connection there is nobody but the sender [use more connections]',
    ],
  ],
  [
    `load: [{ connections: 10, model: closed }]\nrequests: [{ name: say, send: '{{sequence}}', reaches: others }]`,
    [
      '2:47 requests[0].reaches: does not go with model: closed [use model: open with a rate: a delivery is timed from the instant when its message was due]',
    ],
  ],
  [
    "load: [{ connections: 10, model: listen, requests: [{ name: say, send: '{{sequence}}', reaches: all, reply: none }] }]",
    ['1:42 load[0].requests: does not go with model: listen [a listening load sends nothing]'],
  ],
  [
    withLoad(
      "requests: [{ name: say, send: '{{sequence}}', reaches: others }, { name: ask, send: '{{sequence}}' }]\nreply: { match: order }",
    ),
    [
      '2:47 requests[0].reaches: does not go with match: order: a delivery would pass for a reply [match replies by {{sequence}}]',
    ],
  ],
  [
    withLoad("requests: [{ name: say, send: '{{sequence}}', reaches: all }]"),
    [
      `2:47 requests[0].reaches: says all, so the sender gets its own message, and nothing tells it from a reply [say reply: none if there is no reply; or what a delivery looks like, e.g. when: [{ has: '"type":"said"', delivers: say }]; or reaches: others]`,
    ],
  ],
  [
    speaking('pusher', "{ name: say, to: private-a client-say, send: { n: '{{sequence}}' }, reaches: all }"),
    [
      '4:80 requests[0].reaches: says all, which includes the sender, but in pusher nobody gets what he sends [say reaches: others]',
    ],
  ],
  [
    withLoad(`when: [{ has: said, delivers: sya }]\nrequests: [${SAY}]`),
    ['2:31 when[0].delivers: "sya" names no request [did you mean "say"?]'],
  ],
  [
    withLoad("when: [{ has: said, delivers: ask }]\nrequests: [{ name: ask, send: '{{sequence}}' }]"),
    [
      '2:31 when[0].delivers: "ask" names a request that reaches nobody [say whom the request reaches: reaches: all, room or others]',
    ],
  ],
  [
    withLoad('when: [{ has: said, delivers: say }]'),
    ['2:31 when[0].delivers: "say" names no request [say whom the request reaches: reaches: all, room or others]'],
  ],
  [
    withLoad(`deliver: { timeout: 2s }\nrequests: [{ name: ask, send: '{{sequence}}' }]`),
    [
      '2:1 deliver: stands without a request that reaches others [say whom the request reaches: reaches: all, room or others]',
    ],
  ],
  [
    withLoad('deliver: { timeout: 2s }'),
    [
      '2:1 deliver: stands without a request that reaches others [say whom the request reaches: reaches: all, room or others]',
    ],
  ],
  [
    `requests: [${SAY}]
load:
  - { name: chat, connections: 10, rate: 1/s }
  - { name: ear, connections: 10, model: listen, deliver: { timeout: 2s } }`,
    [
      '4:50 load[1].deliver: stands without a request that reaches others [say whom the request reaches: reaches: all, room or others]',
    ],
  ],
  [
    withLoad(`deliver: { timeout: 0s }\nrequests: [${SAY}]`),
    ['2:21 deliver.timeout: "0s" is out of range [from 1 ms to 10 min]'],
  ],
  [
    withLoad("requests: [{ name: say, send: '{{sequence}}', reply: never }]"),
    ['2:54 requests[0].reply: "never" is not one of none [one of: none]'],
  ],
  [
    withLoad(
      "requests: [{ name: say, send: hi, reply: none, expect: { ok: true }, capture: { id: $.id } }, { name: ask, send: '{{sequence}}' }]",
    ),
    [
      '2:48 requests[0].expect: asks for a reply, and the request says reply: none [keep one of them]',
      '2:70 requests[0].capture: asks for a reply, and the request says reply: none [keep one of them]',
    ],
  ],
  [
    "load: [{ connections: 10, model: closed }]\nrequests: [{ name: say, send: hi, reply: none }, { name: ask, send: '{{sequence}}' }]",
    ['2:35 requests[0].reply: says none, but model: closed waits for replies [use model: open with a rate]'],
  ],
  [
    speaking('graphql-ws', "{ name: say, send: { query: 'mutation { say }' }, reply: none }"),
    ['4:62 requests[0].reply: says none, but graphql-ws answers every message [remove it]'],
  ],
];

describe('what is refused about requests that reach others', () => {
  for (const [text, problems] of SLIPS) {
    it(problems[0]!, () => assert.deepEqual(problemLines(text), problems));
  }
});

describe('requests that reach others', () => {
  const load = (text: string, index = 0) => parse(text).profile.load[index]!;

  it('deliveries are waited for as long as replies, or as deliver says', () => {
    const timeoutOf = (more: string) => load(withLoad(`requests: [${SAY}]\n${more}`)).talk!.deliver;
    assert.deepEqual(timeoutOf(''), { timeoutMs: 5000 });
    assert.deepEqual(timeoutOf('reply: { timeout: 3s }'), { timeoutMs: 3000 });
    assert.deepEqual(timeoutOf('reply: { timeout: 3s }\ndeliver: { timeout: 1s }'), { timeoutMs: 1000 });
  });

  it('without any reply, none is matched', () => {
    const { reply, talk } = load(withLoad(`requests: [${SAY}]`));
    assert.equal(reply.match, 'none');
    assert.deepEqual(talk!.requests[0]!.silent, true);
    const ask = "{ name: ask, send: '{{sequence}}' }";
    assert.equal(load(withLoad(`requests: [${SAY.replace('all', 'others')}, ${ask}]`)).reply.match, 'sequence');
  });

  it('a rule tells deliveries from replies, and so does a protocol', () => {
    const said = "requests: [{ name: say, send: '{{sequence}}', reaches: all }]";
    assert.deepEqual(problemLines(withLoad(`when: [{ has: said, delivers: say }]\n${said}`)), []);
    assert.deepEqual(
      problemLines(speaking('socket.io', "{ name: say, to: say, send: ['{{text:sequence}}'], reaches: all }")),
      [],
    );
    assert.deepEqual(
      problemLines(speaking('actioncable', "{ name: say, to: C, send: { '{{sequence}}': 1 }, reaches: all }")),
      [],
    );
  });

  it('a load that only listens shares rules and deliver with one that sends', () => {
    const text = `
deliver: { timeout: 2s }
when: [{ has: said, delivers: say }]
requests: [${SAY}]
load:
  - { name: chat, connections: { from: 2, to: 10 }, rate: 1/s }
  - { name: ear, connections: 10, model: listen }`;
    assert.deepEqual(problemLines(text), []);
    assert.deepEqual(load(text, 0).talk!.deliver, { timeoutMs: 2000 });
    assert.equal(load(text, 1).talk!.deliver, undefined);
  });

  it('in one room, everybody alone may be reached; a ramp of connections is judged by its end', () => {
    const one = `requests: [${SAY}]`;
    assert.deepEqual(problemLines(`load: [{ connections: 1, rate: 1/s }]\n${one}`), []);
    const room = one.replace('all', 'room');
    const ramp = `load: [{ connections: { from: 1, to: 10 }, rate: 1/s }]\nrooms: 5\n${room}`;
    assert.deepEqual(problemLines(ramp), []);
  });
});
