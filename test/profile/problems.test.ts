import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT, WsurgeError } from '../../src/errors.js';
import { parse, problemLines, withLoad } from './fixtures.js';

test('all problems come at once, each with its place, its value and a hint', () => {
  const text = `name: x
durration: 5s
warmup: 5
message: { size: 2MiB }
load:
  - { name: a, connections: 0, rate: abc, duration: 0s }
  - { name: b, model: closed, connections: 10, rate: 5, zz: 1 }
  - { name: b, connections: { from: 5, to: x }, rate: -1 }
thresholds:
  ws_response_tim: p(95)<5
  ws_response_time: [p(95)<<5]
`;
  assert.deepEqual(problemLines(text), [
    '2:1 durration: unknown key [did you mean "duration"?]',
    '3:9 warmup: 5 has no unit [write 5s or 5ms]',
    '4:18 message.size: "2MiB" is out of range [from 0 B to 1 MiB]',
    '6:29 load[0].connections: 0 is out of range [from 1 to 1,000,000]',
    '6:38 load[0].rate: "abc" is not a rate [write it like 500/s, 5k/s or 30/m]',
    '6:53 load[0].duration: "0s" is out of range [from 1 ms to 168 h]',
    '7:48 load[1].rate: does not go with model: closed [replies set the pace: use inFlight and think]',
    '7:57 load[1].zz: unknown key [one of: kind, name, connections, rate, ratePerConnection, model, arrival, inFlight, think, sweep, lifetime, events, message, reply, warmup, duration, drain, connectRate, connectTimeout, maxInFlight, reconnect, keepAlive, fairness, session, when, requests, pick, rooms, senders, deliver, slow, script]',
    '8:7 load[2].name: load[1] is called "b" too [names must differ]',
    '8:44 load[2].connections.to: "x" is not a number [write it like 100 or 5k]',
    '8:55 load[2].rate: -1 is out of range [from 0/s to 1,000,000/s]',
    '10:3 thresholds.ws_response_tim: unknown metric [did you mean "ws_response_time"?]',
    '11:22 thresholds.ws_response_time[0]: "p(95)<<5" is not a threshold [write `aggregation operator value`, e.g. p(95)<50]',
  ]);
});

test('several bad values of one list hide no rule about its neighbours', () => {
  assert.deepEqual(problemLines('load: [{ sweep: { rate: [x, y, 5], connections: [1, 1] } }]'), [
    '1:26 load[0].sweep.rate[0]: "x" is not a rate [write it like 500/s, 5k/s or 30/m]',
    '1:29 load[0].sweep.rate[1]: "y" is not a rate [write it like 500/s, 5k/s or 30/m]',
    '1:53 load[0].sweep.connections[1]: 1 appears twice in the sweep',
  ]);
});

test('problems are a usage error (104)', () => {
  assert.throws(
    () => parse('load: 5'),
    (error) =>
      error instanceof WsurgeError && error.exitCode === EXIT.usage && error.problems[0]?.where === 'dir/p.yaml',
  );
});

/** One slip each, and the one line that must come of it. */
const SLIPS: readonly [text: string, problem: string][] = [
  [
    '',
    '1:1 the file is empty [a profile needs at least `load:` with one entry, e.g. `load: [{ connections: 10, rate: 100/s }]`]',
  ],
  [
    '# only a comment\n',
    '1:1 the file is empty [a profile needs at least `load:` with one entry, e.g. `load: [{ connections: 10, rate: 100/s }]`]',
  ],
  ['hello', '1:1 "hello" is not a mapping'],
  ['name: x', '1:1 load: is missing'],
  ['load: []', '1:7 load: a list must not be empty'],
  ['load:\n  - { connections: 1, rate: 1 }\n  - 7', '3:5 load[1]: 7 is not a mapping'],
  [withLoad('seed: 1\nseed: 2'), '3:1 this key appears twice [keep one of them]'],
  [withLoad('labels:\n\ta: b'), '3:1 a tab used as indentation [indent with spaces]'],
  [withLoad('labels: &l { a: b }\ndata: *l'), '3:7 the alias *l [aliases are not supported: write the value out]'],
  [withLoad('labels: { <<: { a: b } }'), '2:11 merge keys (<<) are not supported [write the keys out]'],
  [withLoad('labels: { __proto__: { a: b } }'), '2:11 the key "__proto__" is not allowed'],
  [withLoad('constructor: 1'), '2:1 the key "constructor" is not allowed'],
  [withLoad('? [a]\n: b'), '2:3 a key that is not plain text'],
  [withLoad('seed: !!js 1'), '2:7 tags (!name) are not supported [write plain values]'],
  [withLoad('---\nload: []'), '3:1 a second document [a profile is one document: remove `---`]'],
  [
    '%YAML 1.1\n---\nload: [{ connections: 10, rate: 1 }]',
    '1:1 YAML 1.1 [profiles are YAML 1.2: remove the %YAML line]',
  ],
  [withLoad('seed: .nan'), '2:7 seed: NaN is not a number [write it like 100 or 5k]'],
  [withLoad('seed: 1.5'), '2:7 seed: 1.5 is not a whole number'],
  [withLoad('seed: .inf'), '2:7 seed: Infinity is out of range [from 0 to 4,294,967,295]'],
  [withLoad('duration: 1s 2'), '2:11 duration: "1s 2" is not a duration [write it like 30s, 500ms or 1m30s]'],
  [withLoad('duration: -5s'), '2:11 duration: "-5s" is not a duration [write it like 30s, 500ms or 1m30s]'],
  [withLoad('duration:'), '2:10 duration: nothing is not a duration [write it like 30s, 500ms or 1m30s]'],
  [withLoad('reply: { timeout: 11m }'), '2:19 reply.timeout: "11m" is out of range [from 1 ms to 10 min]'],
  [
    withLoad('reply: { match: sequnce }'),
    '2:17 reply.match: "sequnce" is not one of sequence, order, none [did you mean "sequence"?]',
  ],
  [
    withLoad('reply: { echo: partly }'),
    '2:16 reply.echo: "partly" is not allowed here [full, none or field:NAME, e.g. field:content]',
  ],
  [
    withLoad('pacing: warp'),
    '2:9 pacing: "warp" is not one of auto, timer, metronome, spin [one of: auto, timer, metronome, spin]',
  ],
  [withLoad('instrumentChecks: true'), '2:1 instrumentChecks: unknown key [did you mean "instrumentCheck"?]'],
  [withLoad('workers: many'), '2:10 workers: "many" is not a number [write a whole number or auto]'],
  [
    withLoad('message: { size: 10 }'),
    '2:18 message.size: 10 is too small to hold the sequence and the connection id of 10 connections [at least 55 bytes for json, or reply: { match: order } (--match order)]',
  ],
  [
    withLoad('message: { size: { uniform: [90, 80] } }'),
    '2:20 message.size.uniform: the smallest size is above the largest [write [min, max]]',
  ],
  [withLoad('message: { size: { uniform: [90] } }'), '2:29 message.size.uniform: a list needs at least 2 entries'],
  [
    withLoad('message: { size: 64, template: "{{sequence}}" }'),
    '2:12 message.size: stands beside template [a template or file is sent as it is: size does not apply]',
  ],
  [
    withLoad("message: { template: 'hi' }"),
    '2:22 message.template: the text does not hold {{sequence}}, by which replies are matched [put it in, or say reply: { match: order } (--match order)]',
  ],
  [
    withLoad("message: { format: json, template: '{ {{sequence}}' }"),
    '2:36 message.template: the text is not valid JSON once its tokens are filled in [correct it, or say format: text]',
  ],
  [
    withLoad("message: { template: '{{sequence}} {{nope}}' }"),
    '2:22 message.template: the text holds the unknown token "{{nope}}" [{{sequence}}, {{connection}}, {{room}}, {{env.X}}, {{data.x}} or {{session.x}}]',
  ],
  [
    withLoad("message: { template: '{{sequence}} {{env.NOPE}}' }"),
    '2:22 message.template: the text uses {{env.NOPE}}, which is not set [set NOPE in the environment]',
  ],
  [
    withLoad("message: { template: '{{sequence}} {{data.x}}' }"),
    '2:22 message.template: the text uses {{data.x}}, but the data has no such column [name a .csv or .json file with rows in `data:`]',
  ],
  [
    withLoad('message: { file: no.txt }'),
    '2:12 message.file: cannot read "no.txt" [ENOENT: no such file, open \'dir/no.txt\']',
  ],
  [withLoad('data: rows.txt'), '2:1 data: cannot read "rows.txt" [ENOENT: no such file, open \'dir/rows.txt\']'],
  [
    withLoad(`name: '\${env:NOPE}'`),
    `2:1 name: the environment variable "NOPE" is not set [set NOPE or remove \${env:NOPE}]`,
  ],
  [
    withLoad(`name: '\${evn:NOPE}'`),
    `2:1 name: \${evn:...} is not known [use \${env:NAME}, \${secret:NAME} or \${file:path}]`,
  ],
  [
    withLoad('target: { url: http://h/ }'),
    '2:16 target.url: "http://h/" is not a WebSocket URL [use ws:// instead of http://]',
  ],
  [
    withLoad('target: { url: "ws://{{connection}}/" }'),
    '2:16 target.url: "ws://{{connection}}/" has a token in its host [tokens may stand after the host only]',
  ],
  [
    withLoad('target: { url: "ws://h/{{sequence}}" }'),
    '2:16 target.url: "ws://h/{{sequence}}" holds {{sequence}}, which changes with every message [use {{connection}} here]',
  ],
  [
    withLoad('target: { url: ws://h/, embedded: auto }'),
    '2:25 target.embedded: stands beside url [give one of { url }, { embedded: auto } or { command, url }]',
  ],
  [
    withLoad('target: { headers: {} }'),
    '2:1 target: names no server [give one of { url }, { embedded: auto } or { command, url }]',
  ],
  [
    withLoad('target: { command: x }'),
    '2:11 target.command: needs url [say where the started server listens, e.g. url: ws://127.0.0.1:9001/]',
  ],
  [
    withLoad('target: { url: ws://h/, ready: port }'),
    '2:25 target.ready: belongs to command [remove it, or give the command that starts the server]',
  ],
  [
    withLoad('target: { embedded: auto, stopTimeout: 1s }'),
    '2:27 target.stopTimeout: belongs to command [remove it, or give the command that starts the server]',
  ],
  [withLoad('target: { url: ws://h/, headers: { "a b": x } }'), '2:36 target.headers.a b: is not a header name'],
  [
    withLoad('target: { url: ws://h/, headers: { upgrade: x } }'),
    '2:36 target.headers.upgrade: cannot be set [it belongs to the handshake]',
  ],
  [
    withLoad('target: { url: ws://h/, headers: { A: 1, a: 2 } }'),
    '2:42 target.headers.a: appears twice [keep one of them]',
  ],
  [
    withLoad('target: { url: ws://h/, headers: { A: "x\\r\\ny" } }'),
    '2:36 target.headers.A: has a value with characters that a header cannot hold [a header is one line: remove the line end]',
  ],
  [
    withLoad('target: { url: wss://h/, tls: { cert: -----BEGIN } }'),
    '2:33 target.tls.cert: needs key [a client certificate is both]',
  ],
  [
    'load: [{ connections: 10 }]',
    '1:8 load[0].rate: is missing [say how many messages per second, e.g. rate: 100/s; rate: 0 holds the connections silently]',
  ],
  ['load: [{ rate: 10 }]', '1:8 load[0].connections: is missing [say how many, e.g. connections: 100]'],
  [
    'load: [{ kind: ramp, connections: 1, rate: 1 }]',
    '1:16 load[0].kind: "ramp" is not one of steady [one of: steady]',
  ],
  [
    'load: [{ name: a/b, connections: 1, rate: 1 }]',
    '1:16 load[0].name: "a/b" is not allowed here [letters, digits, - and _, starting with a letter or digit]',
  ],
  [
    'load: [{ connections: 1, rate: 1, inFlight: 2 }]',
    '1:35 load[0].inFlight: does not go with model: open [it belongs to model: closed]',
  ],
  [
    'load: [{ connections: 1, model: listen, message: {} }]',
    '1:41 load[0].message: does not go with model: listen [a listening load sends nothing]',
  ],
  [
    'load: [{ connections: 1, rate: { from: 1, to: 2 }, arrival: poisson }]',
    '1:52 load[0].arrival: poisson arrivals need a steady load [use arrival: constant, or drop the ramp]',
  ],
  [
    'load: [{ connections: { from: 5, to: 2 }, rate: 1 }]',
    '1:10 load[0].connections: a ramp of connections must rise [swap from and to]',
  ],
  ['load: [{ connections: { from: 5 }, rate: 1 }]', '1:10 load[0].connections.to: is missing'],
  [
    'load: [{ connections: 5, rate: 1, sweep: { connections: [1] } }]',
    '1:10 load[0].connections: is given beside a sweep of the same axis [keep one of them]',
  ],
  [
    'load: [{ connections: 5, sweep: { rate: [1, 1/s] } }]',
    '1:45 load[0].sweep.rate[1]: "1/s" appears twice in the sweep',
  ],
  [
    'load: [{ connections: 5, rate: 1, sweep: {} }]',
    '1:35 load[0].sweep: sweeps nothing [e.g. sweep: { connections: [1, 10, 100] }]',
  ],
  [
    'load: [{ connections: 5, rate: 1, ratePerConnection: 1 }]',
    '1:35 load[0].ratePerConnection: stands beside rate [keep one of them]',
  ],
  [
    'load: [{ connections: 2k, ratePerConnection: 1k }]',
    '1:27 load[0].ratePerConnection: comes to 2,000,000 messages per second over all connections [at most 1,000,000/s in total]',
  ],
  [
    'load: [{ connections: 1, rate: 1M/s }]\nduration: 3h',
    '1:26 load[0].rate: comes to 10,801,000,000 messages, more than ten-digit sequences can number [a shorter duration or a lower rate]',
  ],
  ['load: [{ connections: 5, rate: 1, lifetime: 5 }]', '1:45 load[0].lifetime: 5 has no unit [write 5s or 5ms]'],
  [
    'load: [{ connections: 5, rate: 1, lifetime: 99ms }]',
    '1:45 load[0].lifetime: "99ms" is out of range [from 100 ms to 168 h]',
  ],
  [
    'load: [{ connections: 5, rate: 1, lifetime: { exponential: soon } }]',
    '1:60 load[0].lifetime.exponential: "soon" is not a duration [write it like 30s, 500ms or 1m30s]',
  ],
  [
    'load: [{ connections: { from: 1, to: 5 }, rate: 1, lifetime: 5s }]',
    '1:52 load[0].lifetime: does not go with a ramp of connections [give one number of connections]',
  ],
  [
    'load: [{ connections: 600, rate: 1, lifetime: 1s }]',
    '1:37 load[0].lifetime: comes to 600 connects per second, above the connectRate of 500/s [a longer lifetime, fewer connections, or connectRate: 600/s]',
  ],
  [
    withLoad('reconnect: sometimes'),
    '2:12 reconnect: "sometimes" is not one of never, immediate, backoff [one of: never, immediate, backoff]',
  ],
  [
    withLoad('reconnect: { policy: bakoff }'),
    '2:22 reconnect.policy: "bakoff" is not one of never, immediate, backoff [did you mean "backoff"?]',
  ],
  [
    withLoad('reconnect: { policy: immediate, cap: 5s }'),
    '2:33 reconnect.cap: does not go with policy: immediate [it belongs to policy: backoff]',
  ],
  [
    withLoad('reconnect: { policy: never, base: 5s }'),
    '2:29 reconnect.base: does not go with policy: never [it belongs to policy: backoff or immediate]',
  ],
  [
    'load: [{ connections: 5, rate: 1, reconnect: { policy: backoff, base: 5s, cap: 1s } }]',
    '1:65 load[0].reconnect.base: is above the cap of 1 s [raise cap]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 10s, disconnect: 50% }] }]',
    '1:50 load[0].events[0].at: "10s" is past the measured time of 10 s [it counts from where measuring starts, after the warm-up]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 1s, disconnect: 0% }] }]',
    '1:66 load[0].events[0].disconnect: "0%" is out of range [above 0 %, at most 100 %]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 1s, disconnect: 101% }] }]',
    '1:66 load[0].events[0].disconnect: "101%" is out of range [above 0 %, at most 100 %]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 1s, disconnect: half }] }]',
    '1:66 load[0].events[0].disconnect: "half" is not a share [write it like 50% or 0.5]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 1s }] }]',
    '1:44 load[0].events[0]: does nothing [give one of disconnect: 50% or restart: server]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 1s, disconnect: 10%, restart: server }] }]',
    '1:44 load[0].events[0]: does two things [give one of disconnect: 50% or restart: server]',
  ],
  [
    'load: [{ connections: 5, rate: 1, events: [{ at: 1s, disconnect: 10% }, { at: 1000ms, disconnect: 20% }] }]',
    '1:79 load[0].events[1].at: "1000ms" is taken [one at a time: events[0] is there already]',
  ],
  [
    'load: [{ connections: { from: 1, to: 5 }, rate: 1, events: [{ at: 1s, disconnect: 10% }] }]',
    '1:52 load[0].events: does not go with a ramp of connections [give one number of connections]',
  ],
  [
    'target: { url: ws://h/ }\nload: [{ connections: 5, rate: 1, events: [{ at: 1s, restart: server }] }]',
    '2:54 load[0].events[0].restart: needs a server that wsurge starts itself [let wsurge start it: target: { command: ..., url: ... }; or cut connections: disconnect: 100%]',
  ],
  [
    'target: { embedded: uws }\nload: [{ connections: 5, rate: 1, events: [{ at: 1s, restart: server }] }]',
    '2:54 load[0].events[0].restart: needs target.embedded: ws [uWebSockets.js cannot take its port again for a minute after it closed connections]',
  ],
  [
    withLoad('thresholds: { ws_ping: { threshold: p(9)<1, delayAbortEval: 1s } }'),
    '2:45 thresholds.ws_ping.delayAbortEval: has no effect without abortOnFail: true',
  ],
  [
    withLoad('thresholds:\n  ws_ping{load:laod}: p(9)<1'),
    '3:3 thresholds.ws_ping{load:laod}: there is no load "laod" [did you mean "load"?]',
  ],
  [
    withLoad('thresholds:\n  ws_ping{connections:11}: p(9)<1'),
    '3:3 thresholds.ws_ping{connections:11}: no load has connections "11" [one of: 10]',
  ],
  [
    withLoad('thresholds:\n  ws_ping{code:1006}: p(9)<1'),
    '3:3 thresholds.ws_ping{code:1006}: code:1006 does not fit [a close code such as 1006, with ws_close_codes]',
  ],
];

for (const [text, problem] of SLIPS) {
  test(`refused: ${problem.slice(0, 70)}`, () => assert.deepEqual(problemLines(text), [problem]));
}

test('what is broken YAML is said with its place', () => {
  const [first] = problemLines('load: [{ connections: 10, rate: 1 }\nname: x');
  assert.match(first!, /^2:\d+ not valid YAML: /);
});

test('text nested without end, or too large, is refused and not followed', () => {
  for (const piece of ['[', '{a: ', '- ', '? ']) {
    assert.match(problemLines(piece.repeat(20_000))[0]!, /nested deeper than 64 levels/);
  }
  assert.match(problemLines(`# ${'x'.repeat(5 * 1024 * 1024)}`)[0]!, /larger than 4 MiB/);
});

const ALMOST_4_MIB = 4 * 1024 * 1024 - 16;
for (const [piece, refusal] of [
  ['[', /nested deeper than 64 levels/],
  ['{a: ', /nested deeper than 64 levels/],
  ['- ', /nested deeper than 64 levels/],
  ['a: {b: [', /nested deeper than 64 levels/],
  ['[] ', /more than 200000 words and signs/],
  ['- a\n', /more than 200000 words and signs/],
  ['*a ', /more than 200000 words and signs/],
  ['---\n', /more than 200000 words and signs/],
] as const) {
  test(`4 MiB of ${JSON.stringify(piece)} are refused while they are read`, () => {
    const before = process.memoryUsage().heapUsed;
    assert.match(problemLines(piece.repeat(ALMOST_4_MIB / piece.length))[0]!, refusal);
    // Parsed whole, they would hold gigabytes.
    assert.ok(process.memoryUsage().heapUsed - before < 400e6);
  });
}

test('a flood of problems is cut short', () => {
  const rates = Array.from({ length: 90 }, (_, index) => `x${index}`).join(', ');
  const load = `{ connections: 1, sweep: { rate: [${rates}] } }`;
  const lines = problemLines(`load: [${load}, ${load}]`);
  assert.equal(lines.length, 101);
  assert.match(lines[100]!, /^dir.p.yaml: and 80 more problems$/);
});

test('bad data rows are named by their line', () => {
  const files = {
    'dir/u.csv': 'a,b\n1,2\n3\n',
    'dir/q.csv': 'a\n"x\n',
    'dir/p.csv': '__proto__\n1\n',
    'dir/e.csv': 'a,b\n',
    'dir/j.json': '[{"a":{}}]',
    'dir/x.json': '{',
  };
  const problem = (file: string) => problemLines(withLoad(`data: ${file}`), { files })[0]!;
  assert.equal(problem('u.csv'), '2:7 data: "u.csv" line 3 has 1 fields, the header 2');
  assert.match(problem('q.csv'), /line 2 has a quote that does not close/);
  assert.match(problem('p.csv'), /has a column named "__proto__"/);
  assert.match(problem('e.csv'), /has no rows/);
  assert.match(problem('j.json'), /row 1: "a" is not text/);
  assert.match(problem('x.json'), /is not valid JSON/);
});

test('a data column that does not exist is refused with the nearest', () => {
  const files = { 'dir/u.csv': 'user\nann\n' };
  const text = withLoad("data: u.csv\ntarget: { url: 'ws://h/{{data.usr}}' }");
  assert.deepEqual(problemLines(text, { files }), [
    '3:16 target.url: "ws://h/{{data.usr}}" uses {{data.usr}}, but the data has no such column [did you mean "user"?]',
  ]);
});
