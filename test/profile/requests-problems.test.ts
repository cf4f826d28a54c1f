import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemLines, withLoad } from './fixtures.js';

const Q = "requests: [{ name: q, send: { id: '{{sequence}}' } }]\n";
const SEVENTEEN = Array.from({ length: 17 }, (_, i) => `{ name: q${i}, send: '{{sequence}}' }`).join(', ');

/** What is wrong, and every line that must come of it. The load of `withLoad` stands in the first line. */
const SLIPS: readonly [text: string, problems: readonly string[]][] = [
  [withLoad('requests: []'), ['2:11 requests: a list must not be empty']],
  [withLoad('requests: { q: 1 }'), ['2:11 requests: a mapping is not a list']],
  [withLoad(`requests: [${SEVENTEEN}]`), ['2:11 requests: a list has more than 16 entries']],
  [withLoad("requests: [{ send: '{{sequence}}' }]"), ['2:12 requests[0].name: is missing']],
  [
    withLoad("requests: [{ name: 'a b', send: '{{sequence}}' }]"),
    ['2:20 requests[0].name: "a b" is not allowed here [letters, digits, - and _, starting with a letter or digit]'],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{sequence}}' }, { name: a, send: '{{sequence}}' }]"),
    ['2:49 requests[1].name: request 1 is called "a" too [names must differ]'],
  ],
  [
    withLoad("requests: [{ name: a, weight: 0, send: '{{sequence}}' }]"),
    ['2:31 requests[0].weight: 0 is out of range [above 0, at most 1,000,000,000]'],
  ],
  [
    withLoad("requests: [{ name: a, weight: -1, send: '{{sequence}}' }]"),
    ['2:31 requests[0].weight: -1 is out of range [above 0, at most 1,000,000,000]'],
  ],
  [
    withLoad("pick: in turn\nrequests: [{ name: a, weight: 2, send: '{{sequence}}' }]"),
    [
      '3:23 requests[0].weight: does not go with pick: in turn [every request has its turn; for more turns list it again under another name]',
    ],
  ],
  [
    withLoad("pick: random\nrequests: [{ name: q, send: { id: '{{sequence}}' } }]\n"),
    ['2:7 pick: "random" is not one of weighted, in turn [one of: weighted, in turn]'],
  ],
  [withLoad('pick: weighted'), ['2:1 pick: stands without requests [name the requests to pick from]']],
  [
    withLoad('requests: [{ name: a, send: { a: 1 } }]'),
    [
      "2:23 requests[0].send: does not hold {{sequence}}, by which replies are matched [put it in, e.g. id: '{{sequence}}', or say reply: { match: none }]",
    ],
  ],
  [
    withLoad('requests: [{ name: a, send: }]'),
    ['2:29 requests[0].send: nothing is no value [give it one, or remove the key]'],
  ],
  [
    withLoad('requests: [{ name: a, send: [.nan] }]'),
    ['2:29 requests[0].send: a list holds a number that JSON does not have [put it in quotes]'],
  ],
  [
    withLoad('requests: [{ name: a, send: { id: 12345678901234567890, n: "{{sequence}}" } }]'),
    ['2:29 requests[0].send: a mapping holds a number with more digits than JSON keeps exactly [put it in quotes]'],
  ],
  [
    withLoad("requests: [{ name: a, to: x, send: '{{sequence}}' }]"),
    [
      '2:23 requests[0].to: does not go with protocol: none [put everything into send: the message itself: a text, or JSON]',
    ],
  ],
  [
    withLoad(`${Q}message: { size: 64 }`),
    ['3:1 message: stands beside requests [put it into requests, or keep one of them]'],
  ],
  [
    withLoad(`${Q}reply: { echo: full }`),
    ['3:10 reply.echo: does not go with requests: a reply is no echo [say what the reply must hold: expect]'],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{step}} {{sequence}}' }]"),
    ['2:23 requests[0].send: holds {{step}}, which only steps of the session have [use {{sequence}} here]'],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{room}} {{sequence}}' }]"),
    ['2:23 requests[0].send: holds {{room}}, but the load has no rooms [say how many, e.g. rooms: 20]'],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{data.x}} {{sequence}}' }]"),
    [
      '2:23 requests[0].send: uses {{data.x}}, but the data has no such column [name a .csv or .json file with rows in `data:`]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{nope}} {{sequence}}' }]"),
    [
      '2:23 requests[0].send: holds the unknown token "{{nope}}" [{{sequence}}, {{connection}}, {{room}}, {{env.X}}, {{data.x}} or {{session.x}}]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{session.x}} {{sequence}}' }]"),
    [
      '2:23 requests[0].send: uses {{session.x}}, which nothing has captured by then [capture it in a step of the session, or from the reply to another request]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{session.x}} {{sequence}}', capture: { x: $.x } }]"),
    [
      '2:12 requests[0]: needs {{session.x}}, which is captured only after it was sent [capture it in a step, or from another request]',
    ],
  ],
  [
    withLoad(
      "requests: [{ name: a, send: '{{session.y}} {{sequence}}', capture: { x: $.x } }, { name: b, send: '{{session.x}} {{sequence}}', capture: { y: $.y } }]",
    ),
    [
      '2:12 requests[0]: needs {{session.y}}, which is captured only after it was sent [capture it in a step, or from another request]',
      '2:82 requests[1]: needs {{session.x}}, which is captured only after it was sent [capture it in a step, or from another request]',
    ],
  ],
  [
    withLoad(
      "requests: [{ name: a, send: '{{sequence}}', capture: { x: $.x } }, { name: b, send: '{{session.x}} {{sequence}}' }]",
    ),
    [
      '2:68 requests[1]: needs {{session.x}}, which another request captures: with pick: weighted it may come first [say pick: in turn, and list the request that captures it in front]',
    ],
  ],
  [
    withLoad(
      "pick: in turn\nrequests: [{ name: b, send: '{{session.x}} {{sequence}}' }, { name: a, send: '{{sequence}}', capture: { x: $.x } }]",
    ),
    [
      '3:12 requests[0]: needs {{session.x}}, which is captured by a request behind it [list the request that captures it in front]',
    ],
  ],
  [
    withLoad(
      "pick: in turn\nreconnect: immediate\nrequests: [{ name: a, send: '{{sequence}}', capture: { x: $.x } }, { name: b, send: '{{session.x}} {{sequence}}' }]",
    ),
    [
      '1:8 load[0].requests: need what others capture, and a connection that opens anew during the load has none of it [capture it in a step of the session, or leave lifetime, reconnect and events out]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{sequence}}', capture: { x: x.y } }]"),
    ['2:56 requests[0].capture.x: is not a path [write it like $.user.id, $.items[0], or $ for all]'],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{sequence}}', capture: { 'a b': $.y } }]"),
    [
      '2:56 requests[0].capture.a b: is no name for a captured value [letters, digits, _ and -, starting with a letter]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{sequence}}', capture: $.x }]"),
    ['2:54 requests[0].capture: "$.x" is not a mapping [write it like capture: { user: $.user.id }]'],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{sequence}}', expect: ok }]"),
    [
      '2:45 requests[0].expect: is a text, which is looked for as JSON in quotes [write { text: ... } for a part of the text]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: '{{sequence}}', expect: { text: '' } }]"),
    ['2:45 requests[0].expect: is empty'],
  ],
  [
    withLoad("rooms: 2\nrequests: [{ name: a, send: '{{sequence}}', expect: { room: '{{room}}' } }]"),
    [
      '3:45 requests[0].expect: holds {{room}}; what a reply must hold may have {{sequence}} only [expect what every such reply holds]',
    ],
  ],
  [
    withLoad("requests: [{ name: a, send: 'x', expect: { a: 1 } }]\nreply: { match: none }"),
    ['2:34 requests[0].expect: needs replies that are matched by number [say reply: { match: sequence }]'],
  ],
  [
    withLoad(`${Q}thresholds: { "ws_response_time{request:x}": p(95)<5 }`),
    ['3:15 thresholds.ws_response_time{request:x}: there is no request "x" [did you mean "q"?]'],
  ],
  [
    withLoad('thresholds: { "ws_response_time{request:x}": p(95)<5 }'),
    [
      '2:15 thresholds.ws_response_time{request:x}: there is no request "x" [requests: [{ name: ..., send: ... }] would name them]',
    ],
  ],
  [
    withLoad(`${Q}thresholds: { ws_deliver_last: p(99)<200 }`),
    [
      '3:15 thresholds.ws_deliver_last: is about messages that reach many connections, and no request does [say it of a request: reaches: room]',
    ],
  ],
  [
    withLoad(`${Q}thresholds: { "ws_msgs_missed{request:q}": count==0 }`),
    [
      '3:15 thresholds.ws_msgs_missed{request:q}: is about messages that reach many connections, and no request does [say it of a request: reaches: room]',
    ],
  ],
  [
    withLoad(`${Q}thresholds: { "ws_connecting{request:q}": p(95)<5 }`),
    [
      '3:15 thresholds.ws_connecting{request:q}: knows no single requests [these do: ws_response_time, ws_service_time, ws_send_lag, ws_deliver_time, ws_deliver_first, ws_deliver_last, ws_deliver_spread, ws_msgs_sent, ws_msgs_lost, ws_msgs_duplicated, ws_msgs_reordered, ws_msgs_corrupted, ws_msgs_failed, ws_msgs_blocked, ws_msgs_delivered, ws_msgs_missed, ws_msgs_redelivered, ws_msgs_answered, ws_reach]',
    ],
  ],
  [
    withLoad(`${Q}thresholds: { "ws_response_time{step:q}": p(95)<5 }`),
    ['3:15 thresholds.ws_response_time{step:q}: knows no single steps [these do: ws_step_time]'],
  ],
  [
    withLoad('session: [{ name: join, wait: 1s }]\nthresholds: { "ws_step_time{step:jion}": p(95)<5 }'),
    ['3:15 thresholds.ws_step_time{step:jion}: there is no step "jion" [did you mean "join"?]'],
  ],
  [
    'load: [{ connections: 10, model: listen, requests: [{ name: a, send: x }] }]',
    ['1:42 load[0].requests: does not go with model: listen [a listening load sends nothing]'],
  ],
  [
    'load: [{ connections: 10, rate: 0, senders: 3 }]',
    ['1:36 load[0].senders: says who sends, in a load that sends nothing [remove it]'],
  ],
  [
    "load: [{ connections: 10, rate: 5, message: { size: 64 }, requests: [{ name: a, send: '{{sequence}}' }] }]",
    ['1:36 load[0].message: stands beside requests [put it into requests, or keep one of them]'],
  ],
];

describe('what is refused about requests', () => {
  for (const [text, problems] of SLIPS) {
    it(problems[0]!, () => assert.deepEqual(problemLines(text), problems));
  }
});
