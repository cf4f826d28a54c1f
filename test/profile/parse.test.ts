import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProfile } from '../../src/profile/parse.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { parse, problemLines, withLoad } from './fixtures.js';

/** `check` of a profile without that key. */
const NOTHING_SAID = {
  protocol: 'auto',
  reply: {
    ...{ match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 5000 },
    ...{ saysEcho: false, saysTimeout: false },
  },
  envelope: null,
  binary: null,
  largestBytes: null,
  subprotocol: null,
  compression: null,
  headers: {},
  cors: null,
  wrongPath: null,
  missingUpgrade: null,
  keepAliveMs: null,
  stream: null,
  close: null,
  broadcast: null,
  stats: null,
  invalidJson: null,
  missingField: null,
  malformed: null,
  oversized: null,
  frameLimitBytes: null,
  security: {
    unauthenticated: null,
    wrongOrigin: null,
    quota: null,
    connectionLimit: null,
    isolation: null,
    certificate: null,
    minimumTls: null,
    compressionBomb: null,
    hugeLength: null,
  },
};

test('every default is filled in', () => {
  const { profile, secrets } = parse('load: [{ connections: 10, rate: 100/s }]');
  assert.deepEqual(profile, {
    name: 'p',
    target: {
      kind: 'embedded',
      engine: 'auto',
      headers: {},
      subprotocols: [],
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
      pid: 'auto',
      resolve: 'all',
      proxy: null,
      followRedirects: false,
    },
    load: [
      {
        kind: 'steady',
        name: 'load',
        model: 'open',
        connections: [{ from: 10, to: 10 }],
        rates: [{ from: 100, to: 100 }],
        ratePer: 'total',
        swept: [],
        arrival: 'constant',
        inFlight: 1,
        thinkMs: 0,
        message: { format: 'json', size: { kind: 'fixed', bytes: 64 }, template: null },
        reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 5000 },
        warmupMs: 1000,
        durationMs: 10_000,
        drainMs: 5000,
        connectRate: 500,
        connectTimeoutMs: 10_000,
        maxInFlight: 65_536,
        lifetime: null,
        reconnect: { policy: 'never', baseMs: 100, capMs: 10_000, jitter: 'full' },
        keepAliveMs: null,
        events: [],
        talk: null,
      },
    ],
    protocol: { name: 'none', options: {}, beat: null },
    thresholds: [],
    check: NOTHING_SAID,
    pacing: 'auto',
    workers: 'auto',
    instrumentCheck: true,
    accuracy: { share: 0.2, us: 1000 },
    idleMemory: 'auto',
    receive: { largestBytes: 16 * 1024 * 1024, unfinishedBytes: null },
    seed: 1,
    labels: {},
    localAddresses: [],
    data: [],
    dataReuse: 'cycle',
  });
  assert.deepEqual(secrets, []);
});

test('units are read per key', () => {
  const { load } = parse(`
message: { size: 1KiB }
reply: { timeout: 1m30s, echo: 'field:content', field: n }
warmup: 500ms
maxInFlight: 5k
connectRate: 60/m
load: [{ connections: 1k, rate: 5k/s }]
`).profile;
  const [first] = load;
  assert.deepEqual(first!.message.size, { kind: 'fixed', bytes: 1024 });
  assert.deepEqual(first!.reply, {
    match: 'sequence',
    field: 'n',
    echo: { kind: 'field', field: 'content' },
    timeoutMs: 90_000,
  });
  assert.equal(first!.warmupMs, 500);
  assert.equal(first!.drainMs, 90_000);
  assert.equal(first!.maxInFlight, 5000);
  assert.equal(first!.connectRate, 1);
  assert.deepEqual(first!.connections, [{ from: 1000, to: 1000 }]);
  assert.deepEqual(first!.rates, [{ from: 5000, to: 5000 }]);
});

test('the content of replies is judged in full, unless replies are matched in another way than an echo is', () => {
  const kinds = (reply: string, own = '') =>
    parse(`reply: ${reply}\nload: [{ connections: 1, rate: 1${own} }]\n`).profile.load.map(
      ({ reply }) => reply.echo.kind,
    );
  assert.deepEqual(kinds('{}'), ['full']);
  assert.deepEqual(kinds('{ match: sequence, field: sequence }'), ['full']);
  assert.deepEqual(kinds('{ match: order }'), ['none']);
  assert.deepEqual(kinds('{ field: id }'), ['none']);
  assert.deepEqual(kinds('{ match: order, echo: full }'), ['full']);
  assert.deepEqual(kinds("{ field: id, echo: 'field:content' }"), ['field']);
  assert.deepEqual(kinds('{}', ', reply: { match: order }'), ['none']);
  assert.deepEqual(kinds('{ echo: full }', ', reply: { match: order }'), ['full']);
  assert.deepEqual(kinds('{ match: order }', ', reply: { match: sequence }'), ['full']);
});

test('a load entry overrides any default, key by key', () => {
  const { load } = parse(`
duration: 20s
message: { format: text, size: 100 }
reply: { match: order, timeout: 2s }
load:
  - { name: a, connections: 1, rate: 1 }
  - { name: b, connections: 1, rate: 1, duration: 5s, drain: 1s, message: { size: 200 }, reply: { timeout: 1s } }
  - { name: c, connections: 1, rate: 1, message: { template: 'hello' } }
`).profile;
  assert.deepEqual(
    load.map(({ durationMs, drainMs, message, reply }) => [
      durationMs,
      drainMs,
      message.format,
      message.size,
      reply.match,
      reply.timeoutMs,
    ]),
    [
      [20_000, 2000, 'text', { kind: 'fixed', bytes: 100 }, 'order', 2000],
      [5000, 1000, 'text', { kind: 'fixed', bytes: 200 }, 'order', 1000],
      [20_000, 2000, 'text', { kind: 'fixed', bytes: 5 }, 'order', 2000],
    ],
  );
});

test('sweeps and ramps', () => {
  const { load } = parse(`
load:
  - { name: s, sweep: { rate: [100/s, 1k/s], connections: [1, 10] } }
  - { name: r, connections: { from: 10, to: 100 }, rate: { from: 0, to: 50/s } }
  - { name: p, connections: 10, sweep: { ratePerConnection: [1/s, 2/s] } }
  - { name: hold, connections: 5, rate: 0 }
`).profile;
  assert.deepEqual(load[0]!.swept, ['connections', 'rate']);
  assert.deepEqual(
    load[0]!.connections.map((span) => span.to),
    [1, 10],
  );
  assert.deepEqual(
    load[0]!.rates.map((span) => span.to),
    [100, 1000],
  );
  assert.deepEqual(load[1]!.connections, [{ from: 10, to: 100 }]);
  assert.deepEqual(load[1]!.rates, [{ from: 0, to: 50 }]);
  assert.deepEqual([load[2]!.ratePer, load[2]!.swept], ['connection', ['rate']]);
  assert.deepEqual(load[3]!.rates, [{ from: 0, to: 0 }]);
});

test('message sizes: uniform and weighted', () => {
  const sizeOf = (size: string) => parse(withLoad(`message: { size: ${size} }`)).profile.load[0]!.message.size;
  assert.deepEqual(sizeOf('{ uniform: [64, 1KiB] }'), { kind: 'uniform', minBytes: 64, maxBytes: 1024 });
  assert.deepEqual(sizeOf('[{ size: 64, weight: 9 }, { size: 4KiB, weight: 0.5 }]'), {
    kind: 'weighted',
    choices: [
      { bytes: 64, weight: 9 },
      { bytes: 4096, weight: 0.5 },
    ],
  });
});

test('targets: url and command, with files read beside the profile', () => {
  const { target } = parse(
    withLoad(`
target:
  command: node server.js
  url: wss://127.0.0.1:9001/{{ connection }}
  ready: { log: listening }
  readyTimeout: 2m
  headers: { X-One: 1 }
  subprotocols: [a, b]
  pid: 4711
  tls: { ca: tls/ca.pem, cert: /abs/c.pem, key: k.pem, servername: test }
`),
    { files: { 'dir/tls/ca.pem': CERTIFICATE, '/abs/c.pem': CERTIFICATE, 'dir/k.pem': KEY } },
  ).profile;
  assert.deepEqual(target, {
    kind: 'command',
    command: 'node server.js',
    url: 'wss://127.0.0.1:9001/{{connection}}',
    ready: { by: 'log', line: 'listening' },
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 5000,
    headers: { 'X-One': '1' },
    subprotocols: ['a', 'b'],
    tls: { ca: CERTIFICATE, cert: CERTIFICATE, key: KEY, insecure: false, servername: 'test' },
    pid: 4711,
    resolve: 'all',
    proxy: null,
    followRedirects: false,
  });
});

test('JSON is read too, with tabs and $schema, and problems keep their place', () => {
  const text =
    '{\n\t"$schema": "../schemas/profile.schema.json",\n\t"load": [\n\t\t{ "connections": 10, "rate": 5 }\n\t]\n}\n';
  assert.deepEqual(parse(text).profile, parse('load: [{ connections: 10, rate: 5 }]').profile);
  assert.deepEqual(problemLines(text.replace('10', '0')), [
    '4:20 load[0].connections: 0 is out of range [from 1 to 1,000,000]',
  ]);
});

test('the result is frozen to the bottom', () => {
  const { profile } = parse(withLoad('labels: { a: b }'));
  assert.throws(() => Object.assign(profile.load[0]!.message.size, { bytes: 1 }), TypeError);
  assert.throws(() => Object.assign(profile.labels, { a: 'c' }), TypeError);
});

test('data rows from CSV and JSON', () => {
  const csv = 'user,pass\nann,"a, ""b"""\nbob,x\n';
  const rows = parse(withLoad('data: users.csv'), { files: { 'dir/users.csv': csv } }).profile.data;
  assert.deepEqual(rows, [
    { user: 'ann', pass: 'a, "b"' },
    { user: 'bob', pass: 'x' },
  ]);
  const json = parse(withLoad('data: u.json'), { files: { 'dir/u.json': '[{"id": 1, "ok": true}]' } }).profile.data;
  assert.deepEqual(json, [{ id: '1', ok: 'true' }]);
});

test('lifetimes, reconnects and events are read into base units, events in the order they happen', () => {
  const text = `
reconnect: { policy: backoff, base: 20s }
load:
  - { name: a, connections: 5, rate: 1, lifetime: { exponential: 1m }, reconnect: immediate }
  - { name: b, connections: 5, rate: 1, lifetime: 2s, events: [{ at: 9s, restart: server }, { at: 500ms, disconnect: 0.25 }] }
`;
  const { load, target } = parse(text).profile;
  assert.deepEqual(
    load.map(({ lifetime }) => lifetime),
    [
      { kind: 'exponential', meanMs: 60_000 },
      { kind: 'fixed', meanMs: 2000 },
    ],
  );
  assert.deepEqual(
    load.map(({ reconnect }) => reconnect),
    [
      { policy: 'immediate', baseMs: 100, capMs: 10_000, jitter: 'full' },
      // The cap gives way to a base above it.
      { policy: 'backoff', baseMs: 20_000, capMs: 20_000, jitter: 'full' },
    ],
  );
  assert.deepEqual(load[1]!.events, [
    { kind: 'disconnect', atMs: 500, share: 0.25 },
    { kind: 'restart', atMs: 9000 },
  ]);
  // An engine that can take its port again at once.
  assert.equal(target.kind === 'embedded' && target.engine, 'ws');
});

test('every ready-made profile is right and says what it is for', () => {
  const folder = new URL('../../../profiles/', import.meta.url);
  const names = readdirSync(folder).sort();
  assert.deepEqual(names, [
    ...['capacity.yaml', 'churn.yaml', 'fanout.yaml', 'matrix.yaml', 'nightly.yaml', 'report.yaml', 'smoke.yaml'],
    'storm.yaml',
  ]);
  for (const name of names) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const [schema, comment] = text.split('\n');
    assert.equal(schema, '# yaml-language-server: $schema=../schemas/profile.schema.json');
    assert.match(comment!, /^# .{20}/);
    const { profile } = parseProfile({ kind: 'file', path: `profiles/${name}`, text }, { env: {}, readText: () => '' });
    assert.equal(profile.name, name.replace('.yaml', ''));
    for (const { gate, title } of profile.thresholds) {
      assert.equal(gate, name !== 'report.yaml');
      if (name !== 'smoke.yaml') assert.ok(title);
    }
  }
});
