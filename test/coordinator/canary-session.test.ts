import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { canaryCells, canaryLine, runCanary } from '../../src/coordinator/canary.js';
import { sessionFix } from '../../src/coordinator/canary-fixes.js';
import type { CanaryOptions } from '../../src/coordinator/canary-options.js';
import type { WsurgeError } from '../../src/errors.js';
import type { Cell } from '../../src/plan/cell.js';
import { sanitize } from '../../src/text/sanitize.js';
import { answering, wsServer } from '../e2e/local-server.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Words, wireWith } from '../plan/talk.js';
import { type Asked, answerAll, sessionServer, tell } from './session-server.js';

const LOGIN = {
  name: 'login',
  send: { type: 'login', token: '{{data.token}}' },
  expect: { type: 'welcome' },
  capture: { user: '$.user.id' },
};
const ORDER = { name: 'order', send: { type: 'order', id: '{{sequence}}', user: '{{session.user}}' } };
const QUOTE = { name: 'quote', send: { type: 'quote', id: '{{sequence}}' } };
/** For servers that never answer as they should. */
const SOON_MS = 300;

function talking(words: Words, changes: Partial<Cell> = {}): Cell {
  const reply = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 60_000 } as const;
  return cellWith({ reply, wire: wireWith(words), ...changes });
}

function soon(words: Words): Cell {
  const reply = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: SOON_MS } as const;
  return talking(words, { reply, connectTimeoutMs: SOON_MS });
}

function optionsFor(url: string, cells: readonly Cell[], changes: Partial<CanaryOptions> = {}): CanaryOptions {
  return {
    cells,
    endpoint: {
      url,
      address: '127.0.0.1',
      headers: {},
      subprotocols: [],
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
      userAgent: 'wsurge/test',
    },
    env: {},
    data: [{ token: 'first' }, { token: 'last-one' }],
    printable: sanitize,
    shownUrl: 'ws://shown/',
    signal: new AbortController().signal,
    ...changes,
  };
}

async function refused(options: CanaryOptions): Promise<WsurgeError> {
  let refusal: WsurgeError | null = null;
  await assert.rejects(runCanary(options), (error: WsurgeError) => {
    refusal = error;
    return true;
  });
  return refusal!;
}

test('the session, then each request once with the last numbers and the last row; pushes and duties beside it', async (t) => {
  const server = await sessionServer(
    t,
    (ws, asked) => {
      tell(ws, { type: 'tick' });
      if (asked.type === 'order') tell(ws, { type: 'ping' });
      answerAll(ws, asked);
    },
    (ws) => tell(ws, { type: 'hello' }),
  );
  const when = [
    { has: ['"type":"ping"'], means: 'duty', name: 'ping', send: { type: 'pong' } },
    { has: ['"type":"tick"'], means: 'count', name: 'tick' },
  ] as const;
  const report = await runCanary(
    optionsFor(server.url, [talking({ session: [LOGIN], when, requests: [QUOTE, ORDER] })]),
  );
  const pong = server.heard.findIndex((asked) => (asked as Asked).type === 'pong');
  assert.ok(pong > 0);
  assert.deepEqual(server.heard.toSpliced(pong, 1), [
    { type: 'login', token: 'last-one' },
    { type: 'quote', id: 9_999_999_998 },
    { type: 'order', id: 9_999_999_999, user: 'u7' },
  ]);
  assert.deepEqual(report.requests, { sent: 2, answered: 2, silent: 0 });
  assert.ok(report.sessionUs! > 0 && report.replyUs! > 0);
  const line = canaryLine({ ...report, tcpUs: 100, upgradeUs: 200, sessionUs: 4000, replyUs: 1500 }, 'host:1', null);
  assert.equal(
    line,
    'host:1: tcp 0.10 ms, upgrade 0.20 ms, session 4.00 ms, 2 of 2 requests answered (the slowest in 1.50 ms), no sub-protocol',
  );
});

test('one test connection for each kind of session and requests, each number once', async (t) => {
  const server = await sessionServer(t);
  const one = talking({ session: [LOGIN], requests: [QUOTE] });
  const other = talking({ requests: [QUOTE, { ...QUOTE, name: 'again' }] });
  const cells = [one, { ...one, id: 'load/c20-r100' }, other, cellWith({ wire: other.wire! })];
  assert.deepEqual(canaryCells(cells), [one, other]);
  const report = await runCanary(optionsFor(server.url, canaryCells(cells)));
  assert.equal(server.accepted(), 2);
  const numbers = server.heard.flatMap((asked) => ((asked as Asked).id === undefined ? [] : [(asked as Asked).id]));
  assert.deepEqual(numbers, [9_999_999_997, 9_999_999_998, 9_999_999_999]);
  assert.deepEqual(report.requests, { sent: 3, answered: 3, silent: 0 });
});

test('a request that captures goes first, and what it captured is in the next', async (t) => {
  const server = await sessionServer(t, (ws, { type, id }) =>
    tell(ws, { id, ...(type === 'create' ? { made: 'm1' } : {}) }),
  );
  const use = { name: 'use', send: { type: 'use', id: '{{sequence}}', of: '{{session.made}}' } };
  const create = { name: 'create', send: { type: 'create', id: '{{sequence}}' }, capture: { made: '$.made' } };
  await runCanary(optionsFor(server.url, [talking({ requests: [use, create] })]));
  assert.deepEqual(
    server.heard.map((asked) => [(asked as Asked).type, (asked as Asked)['of']]),
    [
      ['create', undefined],
      ['use', 'm1'],
    ],
  );
});

test('match none: each request once, and no reply is waited for', async (t) => {
  const server = await sessionServer(t, () => {});
  const reply = { match: 'none', field: 'id', echo: { kind: 'none' }, timeoutMs: 60_000 } as const;
  const report = await runCanary(optionsFor(server.url, [talking({ requests: [QUOTE, ORDER] }, { reply })]));
  assert.deepEqual(report.requests, { sent: 2, answered: null, silent: 2 });
  assert.match(canaryLine(report, 'host:1', null), /, 2 requests sent, no reply asked for, /);
});

test('a refused session: 103 with the step, the words of the server, the fix, and the whole transcript', async (t) => {
  const server = await sessionServer(
    t,
    (ws, { type }) => {
      if (type === 'ping') return;
      tell(ws, { type: 'tick', n: 1 });
      tell(ws, { type: 'tick', n: 2 });
      ws.close(4403, 'go\u001b away');
    },
    (ws) => tell(ws, 'hi\nthere'),
  );
  const words = {
    session: [LOGIN],
    when: [{ has: ['"tick"'], means: 'count', name: 'tick' }],
    requests: [QUOTE],
  } as const;
  const error = await refused(
    optionsFor(server.url, [soon(words)], {
      transcribed: (text, most) => sanitize(text.replaceAll('last-one', '***'), most),
    }),
  );
  assert.deepEqual([error.exitCode, error.code], [103, 'session_refused']);
  const shown = error.message.replaceAll(/ +[\d.]+ ms/g, '   T ms');
  assert.equal(
    shown,
    [
      'the session on ws://shown/ did not become ready: step login: the server closed with 4403 go\\x1b away (session, closed_4403)',
      '  on the test connection (load load):',
      '   T ms  sent      {"type":"login","token":"***"}  (step login)',
      '   T ms  expected  a message that holds {"type":"welcome"}  (step login)',
      '   T ms  received  hi\\nthere  (not what was expected)',
      '   T ms  received  {"type":"tick","n":1}  (counted, and 1 more)',
      '   T ms  failed    step login: the server closed with 4403 go\\x1b away  (closed_4403)',
    ].join('\n'),
  );
  assert.match(error.next!, /credentials.*a step of session, target\.headers/);
});

test('a flood before the session: the newest lines, and always what was sent and expected', async (t) => {
  const server = await sessionServer(t, (ws) => {
    for (let n = 1; n <= 100; n++) tell(ws, { type: 'noise', n });
  });
  const error = await refused(optionsFor(server.url, [soon({ session: [LOGIN] })]));
  assert.deepEqual([error.exitCode, error.code], [104, 'session_not_ready']);
  const lines = error.message.split('\n').slice(2);
  assert.equal(lines.length, 21);
  assert.match(lines[0]!, /sent +\{"type":"login"/);
  assert.match(lines[1]!, /expected +a message that holds/);
  // 100 messages, what was sent and expected, and the failure, of which 20 are printed.
  assert.match(lines[2]!, /^ +\.\.\. 83 lines left out$/);
  assert.match(lines[19]!, /"n":100\}/);
  assert.match(lines[20]!, /failed +step login: not done within 0\.3 s/);
  assert.match(error.next!, /correct expect of this step/);
});

for (const [what, answer, code, says, fix] of [
  [
    'no reply',
    () => {},
    'no_matching_reply',
    /did not answer request quote .*nothing came within 0\.3 s/,
    /match none/,
  ],
  [
    'the reply to another number',
    (ws, { id }) => tell(ws, { id: id! - 1 }),
    'no_matching_reply',
    /did not answer request quote .*no reply to it came/,
    /reply\.field=NAME/,
  ],
  ['a close', (ws) => ws.close(1011, 'oops'), 'no_matching_reply', /it closed the connection with 1011 oops/, /match/],
  [
    'a reply that a rule calls a failure',
    (ws, { id }) => tell(ws, { id, error: 'no rights' }),
    'request_failed',
    /answered request quote with a failure: \{"id":\d+,"error":"no rights"\}/,
    /correct request quote \(to, send\)/,
  ],
  [
    'a reply without what is expected',
    (ws, { id }) => tell(ws, { id, price: null }),
    'request_unexpected',
    /answered request quote, but not with what it expects/,
    /correct expect or capture of request quote/,
  ],
] as const satisfies readonly (readonly [string, Parameters<typeof sessionServer>[1] & {}, string, RegExp, RegExp])[]) {
  test(`${what} to a request: 104 before any load, with the transcript`, async (t) => {
    const server = await sessionServer(t, answer);
    const quote = { ...QUOTE, expect: { price: 7 } };
    const when = [{ has: ['"error":'], means: 'fails', name: 'error' }] as const;
    const error = await refused(optionsFor(server.url, [soon({ when, requests: [quote] })]));
    assert.deepEqual([error.exitCode, error.code], [104, code]);
    assert.match(error.message.split('\n')[0]!, says);
    assert.match(error.message, /sent +\{"type":"quote","id":9999999999\} {2}\(request quote\)/);
    assert.match(error.message, /expected +a reply with the number 9999999999 that holds \{"price":7\}/);
    assert.match(error.next!, fix);
  });
}

test('a captured value that is nested too deeply to be sent again: 104, and wsurge goes on', async (t) => {
  const id = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const server = await sessionServer(t, (ws) => ws.send(`{"type":"welcome","user":{"id":${id}}}`));
  const order = { name: 'order', send: { id: '{{sequence}}', user: '{{session.user}}' } };
  const error = await refused(optionsFor(server.url, [talking({ session: [LOGIN], requests: [order] })]));
  assert.deepEqual([error.exitCode, error.code], [104, 'session_not_ready']);
  assert.match(error.message, /user is nested too deeply to be sent again \(session, capture_too_deep\)/);
  assert.match(error.next!, /capture a part/);
});

test('a message above a limit of wsurge in the session: the fix names the limit', () => {
  const code = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  const message = `step login: the connection broke: ${code}`;
  const said = { messages: [], closed: null };
  assert.match(
    sessionFix({ protocol: 'none', code, message, said, offered: [], chosen: '' }),
    /^the server sent a message larger than receive\.largest .*: let it send less, or raise the limit$/,
  );
});

test('a step without what it captures: 104, and the fix names the path', async (t) => {
  const server = await sessionServer(t, (ws) => tell(ws, { type: 'welcome' }));
  const error = await refused(optionsFor(server.url, [soon({ session: [LOGIN] })]));
  assert.deepEqual([error.exitCode, error.code], [104, 'session_not_ready']);
  assert.match(error.message, /no user in \{"type":"welcome"\} \(session, capture_missing\)/);
  assert.match(error.next!, /path of capture/);
});

/** What strangers say first, and how they end a connection whose messages they do not know. */
const STRANGERS = [
  ['socket.io', '0{"sid":"x","upgrades":[],"pingInterval":25000}', null],
  ['actioncable', '{"type":"welcome"}', null],
  ['pusher', '{"event":"pusher:connection_established","data":"{}"}', null],
  ['signalr', '{}\u001e', null],
  ['phoenix', '[null,"1","room:1","phx_reply",{"status":"error","response":{}}]', null],
  ['graphql-ws', null, [4400, 'Invalid message received']],
  ['graphql-ws', null, [4429, 'Too many initialisation requests']],
] as const;

for (const [name, greeting, close] of STRANGERS) {
  test(`a server of ${name} (${greeting ?? close}) is recognised, and the fix names the protocol`, async (t) => {
    const server = await sessionServer(
      t,
      (ws) => {
        if (close !== null) ws.close(close[0], close[1]);
      },
      (ws) => {
        if (greeting !== null) ws.send(greeting);
      },
    );
    const step = { name: 'login', send: { type: 'login' }, expect: { ok: true } };
    for (const cell of [soon({ session: [step] }), soon({ requests: [QUOTE] }), plainCell()]) {
      const error = await refused(optionsFor(server.url, [cell]));
      assert.equal(error.next, `the server speaks ${name}: write protocol: ${name} into the profile`);
    }
  });
}

function plainCell(): Cell {
  return cellWith({ reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: SOON_MS } });
}

test('socket.io: a refused namespace and a refused token have fixes of their own', async (t) => {
  const serverThat = (refusal: string) => socketIo(t, refusal);
  const cell = soon({
    protocol: 'socket.io',
    options: { auth: { token: 'x' } },
    requests: [{ name: 'say', to: 'say' }],
  });
  for (const [refusal, fix] of [
    ['44{"message":"Invalid namespace"}', /name a namespace that the server has/],
    ['44{"message":"invalid token"}', /credentials: check protocol: \{ name: socket\.io, auth/],
  ] as const) {
    const error = await refused(optionsFor((await serverThat(refusal)).url, [cell]));
    assert.deepEqual([error.exitCode, error.code], [103, 'session_refused']);
    assert.match(error.message, /step connect: the server refused: 44\{.*\(session, CONNECT_ERROR\)/);
    assert.match(error.message, /received +44\{"message":".*"\} {2}\(a refusal\)/);
    assert.match(error.next!, fix);
  }
});

test('socket.io: a namespace that the server ends is told as that, not as a close', async (t) => {
  const server = await wsServer({
    onConnection: (ws) => ws.send('0{"sid":"x","pingInterval":25000}'),
    onMessage: (ws, data) => ws.send(data.toString().startsWith('40') ? '40{"sid":"y"}' : '41'),
  });
  t.after(() => server.stop());
  const requests = [{ name: 'say', to: 'say' }];
  const reply = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 60_000 } as const;
  const { message, next } = await refused(
    optionsFor(server.url, [talking({ protocol: 'socket.io', requests }, { reply })]),
  );
  const [first] = message.split('\n');
  assert.match(first!, /did not answer request say .*; it ended the session \(disconnect\) and kept the connection$/);
  assert.match(message, /received +41 {2}\(ends the session\)$/m);
  assert.doesNotMatch(message, /1005/);
  assert.match(next!, /^see in the log of the server why it disconnected this client at request say/);
});

test('json-rpc: an error that names no call is the answer to the only one under way', async (t) => {
  const said = { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } };
  const server = await sessionServer(t, (ws) => tell(ws, said));
  const requests = [{ name: 'call', to: 'call' }];
  // Longer than a test may take: it does not wait for that.
  const reply = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 600_000 } as const;
  const { code, message } = await refused(
    optionsFor(server.url, [talking({ protocol: 'json-rpc', requests }, { reply })]),
  );
  assert.equal(code, 'request_failed');
  assert.match(message, /answered request call with a failure: .*Invalid Request/);
});

test('a reply that is too late: the fix names how long it may take', async (t) => {
  const server = await sessionServer(t, () => {});
  const { next } = await refused(optionsFor(server.url, [soon({ requests: [QUOTE] })]));
  assert.match(next!, /; if it needs longer than 300 ms, raise reply\.timeout$/);
  const closing = await sessionServer(t, (ws) => ws.close(1011));
  const closed = await refused(optionsFor(closing.url, [soon({ requests: [QUOTE] })]));
  assert.doesNotMatch(closed.next!, /reply\.timeout/);
});

async function socketIo(t: TestContext, refusal: string) {
  const server = await wsServer({
    onConnection: (ws) => ws.send('0{"sid":"x","pingInterval":25000}'),
    onMessage: (ws) => ws.send(refusal),
  });
  t.after(() => server.stop());
  return server;
}

for (const [what, answer, protocol, fix] of [
  [
    'socket.io without its query',
    'HTTP/1.1 400 Bad Request\r\nContent-Length: 17\r\n\r\nTransport unknown',
    'none',
    /^the server speaks socket\.io: write protocol: socket\.io into the profile$/,
  ],
  [
    'a wrong path',
    'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
    'phoenix',
    /check the path.*; servers of phoenix have it at \/socket\/websocket as a rule$/,
  ],
] as const) {
  test(`an upgrade refused by ${what}: 103 with the likeliest fix`, async (t) => {
    const server = await answering(answer);
    t.after(() => server.stop());
    const error = await refused(optionsFor(server.url, [soon({ protocol, requests: [{ ...QUOTE, to: 'a b' }] })]));
    assert.deepEqual([error.exitCode, error.code], [103, 'unreachable']);
    assert.match(error.next!, fix);
  });
}

test('stopped while the session opens: 105', async (t) => {
  const stop = new AbortController();
  const server = await sessionServer(t, () => stop.abort());
  const error = await refused(optionsFor(server.url, [talking({ session: [LOGIN] })], { signal: stop.signal }));
  assert.deepEqual([error.exitCode, error.code], [105, 'interrupted']);
});

test('a step that nobody answers: the hint names the limit that ended it', async (t) => {
  const server = await sessionServer(t, () => {});
  const words = { session: [LOGIN], requests: [QUOTE] };
  const { next: whole } = await refused(optionsFor(server.url, [soon(words)]));
  assert.match(whole!, /did not answer the step: .* raise connectTimeout$/);
  const own = talking({ ...words, session: [{ ...LOGIN, timeoutMs: SOON_MS }] });
  const { message, next } = await refused(optionsFor(server.url, [own]));
  assert.match(message, /step login: nothing that fits came within 0\.3 s/);
  assert.match(next!, /did not answer the step: .* raise the timeout of this step$/);
});
