/** What users bring arrives as it is, once, or is refused before any load. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

const QUICK = 'warmup: 0s\ninstrumentCheck: false\nreply: { timeout: 2s }\n';

/** An echo that writes down every request line and every message. */
async function witness(t: TestContext) {
  const requests: { url: string; headers: Readonly<Record<string, unknown>> }[] = [];
  const messages: Buffer[] = [];
  const server = await wsServer({
    onConnection: (_ws, _ordinal, { url, headers }) => requests.push({ url: url ?? '', headers }),
    onMessage: (ws, data, binary) => {
      messages.push(Buffer.from(data));
      ws.send(data, { binary });
    },
  });
  t.after(() => server.stop());
  return { ...server, requests, messages };
}

const TWO_LOADS = `load:
  - { name: one, connections: 10, rate: 50/s, duration: 500ms }
  - { name: two, connections: 10, rate: 50/s, duration: 500ms }
`;
const tickets = (count: number) => ['ticket', ...Array.from({ length: count }, (_, i) => `t${i}`), ''].join('\n');

test('every connection of a run has a ticket of its own, the test connection too, and no number comes twice', async (t) => {
  const server = await witness(t);
  const url = `ws://127.0.0.1:${server.port}/?ticket={{data.ticket}}`;
  const profile = `target: { url: '${url}' }\ndata: tickets.csv\n${QUICK}${TWO_LOADS}`;
  const { result, stderr } = await runCli([...COUNTED_RUN, 'p.yaml', '-q'], {
    files: { 'p.yaml': profile, 'tickets.csv': tickets(200) },
  });
  assert.deepEqual(
    result?.cells.map(({ connections }) => connections.asked),
    [10, 10],
    stderr,
  );
  const used = server.requests.map(({ url }) => new URL(url, 'http://h').searchParams.get('ticket'));
  assert.deepEqual([...used].sort(), [...Array.from({ length: 20 }, (_, i) => `t${i}`), 't199'].sort());
  const numbers = server.messages.map((message) => (JSON.parse(message.toString()) as { sequence: number }).sequence);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.ok(numbers.every((number) => String(number).length === 10));
});

test('a run that needs more rows than may be used is refused before any load', async (t) => {
  const server = await witness(t);
  const url = `ws://127.0.0.1:${server.port}/?ticket={{data.ticket}}`;
  const profile = `target: { url: '${url}' }\ndata: { file: tickets.csv, reuse: never }\n${QUICK}${TWO_LOADS}`;
  const run = await runCli([...COUNTED_RUN, 'p.yaml', '-q'], {
    files: { 'p.yaml': profile, 'tickets.csv': tickets(20) },
  });
  assert.equal(run.code, 104);
  assert.match(run.stderr, /20 connections and the test connection need a row each, and there are 20 \(reuse: never\)/);
  assert.equal(server.requests.length, 0);
});

test('a connection that is opened again takes another row', further, async (t) => {
  const server = await witness(t);
  const url = `ws://127.0.0.1:${server.port}/?ticket={{data.ticket}}`;
  const load = 'load: [{ connections: 2, rate: 20/s, duration: 1s, lifetime: 300ms }]\n';
  const template = `message: { template: '{"sequence":{{sequence}},"ticket":"{{data.ticket}}"}' }\n`;
  const profile = `target: { url: '${url}' }\ndata: tickets.csv\n${QUICK}${template}${load}`;
  await runCli([...COUNTED_RUN, 'p.yaml', '-q'], {
    files: { 'p.yaml': profile, 'tickets.csv': tickets(300) },
  });
  const used = server.requests.map(({ url }) => url);
  assert.ok(used.length > 3);
  assert.equal(new Set(used).size, used.length);
  const said = new Set(server.messages.map((message) => (JSON.parse(message.toString()) as { ticket: string }).ticket));
  for (const ticket of said) assert.ok(used.includes(`/?ticket=${ticket}`), ticket);
});

test('a binary file goes out byte for byte', async (t) => {
  const server = await witness(t);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const profile = `target: { url: 'ws://127.0.0.1:${server.port}/' }
message: { format: binary, file: message.bin }
${QUICK.replace('timeout: 2s', 'match: order, timeout: 2s')}load: [{ connections: 2, rate: 20/s, duration: 500ms }]
`;
  const { result } = await runCli([...COUNTED_RUN, 'p.yaml', '-q'], {
    files: { 'p.yaml': profile, 'message.bin': bytes },
  });
  assert.ok(server.messages.length > 1);
  for (const message of server.messages) assert.deepEqual(message, bytes);
  const [cell] = result!.cells;
  assert.equal(cell!.bytes.sent, cell!.flows[0]!.messages.sent * bytes.length);
});

for (const [target, rows, said] of [
  ['?x={{raw:data.t}}" }', [{ t: 'a#b' }], /of row 1 it has a fragment/],
  ['{{data.t}}" }', [{ t: 'a' }, { t: 'b' }, { t: 'd e' }], /of row 3 it holds a space/],
  ['", headers: { Authorization: "Bearer {{data.t}}" } }', [{ t: 'abc\n' }], /of row 1 .* a header cannot hold/],
  ['", subprotocols: ["{{data.t}}"] }', [{ t: 'a b' }], /of row 1 it is not a sub-protocol name/],
] as const) {
  test(`refused with 104 before any load: ${target}`, async (t) => {
    const server = await witness(t);
    const profile = `target: { url: "ws://127.0.0.1:${server.port}/${target}\ndata: rows.json\n${QUICK}load: [{ connections: 5, rate: 50/s, duration: 500ms }]\n`;
    const run = await runCli([...COUNTED_RUN, 'p.yaml', '-q'], {
      files: {
        'p.yaml': profile,
        'rows.json': JSON.stringify(rows),
      },
    });
    assert.equal(run.code, 104, run.stderr);
    assert.doesNotMatch(run.stderr, /internal error/);
    assert.match(run.stderr, said);
    assert.equal(server.requests.length, 0);
  });
}

test('a value in a query arrives as it is in its row', async (t) => {
  const server = await witness(t);
  const url = `ws://127.0.0.1:${server.port}/?t={{data.t}}&e={{env.E}}`;
  const profile = `target: { url: '${url}' }\ndata: rows.json\n${QUICK}load: [{ connections: 2, rate: 10/s, duration: 300ms }]\n`;
  const rows = JSON.stringify([{ t: 'a#b' }, { t: 'c&d=é %41+' }, { t: 'last' }]);
  await runCli([...COUNTED_RUN, 'p.yaml', '-q'], {
    env: { E: 'x y\n' },
    files: { 'p.yaml': profile, 'rows.json': rows },
  });
  const seen = server.requests.map(({ url }) => new URL(url, 'http://h').searchParams);
  assert.deepEqual(seen.map((query) => query.get('t')).sort(), ['a#b', 'c&d=é %41+', 'last']);
  for (const query of seen) assert.equal(query.get('e'), 'x y');
});

test('numbers and names from the environment are shown, and a label is treated alike everywhere', further, async () => {
  const profile = `name: ci
target: { embedded: ws, headers: { X-Stage: '\${env:STAGE}', X-Conns: '\${env:CONNS}', X-Token: '\${env:TOKEN}' } }
labels: { commit: '\${env:BUILD_COMMIT}', key: '\${secret:KEY}', token: '\${env:TOKEN}' }
${QUICK}connectRate: 10000/s
load: [{ name: load, connections: '\${env:CONNS}', rate: '\${env:RATE}', duration: 300ms }]
`;
  const env = {
    CONNS: '1000',
    RATE: '2000',
    BUILD_COMMIT: '9f1c2ab77d',
    STAGE: 'load',
    KEY: 'k3y-of-mine',
    TOKEN: 't0ken-1',
  };
  const run = await runCli([...COUNTED_RUN, 'p.yaml', '--format', 'csv', '-q'], {
    env,
    files: { 'p.yaml': profile },
  });
  const { result, files } = run;
  assert.deepEqual(
    result?.cells.map(({ id }) => id),
    ['load/c1000-r2000'],
    run.stderr,
  );
  const labels = { commit: '9f1c2ab77d', key: '***', token: '***' };
  assert.deepEqual(result!.labels, labels);
  assert.deepEqual((JSON.parse(files['run.json']!) as { labels: unknown }).labels, labels);
  assert.match(run.stdout, /1000/);
  assert.doesNotMatch(run.stdout, /\*\*\*/);
  assert.ok(files['seconds.csv']!.trim().split('\n').length > 1);
  for (const [name, text] of Object.entries(files)) {
    for (const secret of ['k3y-of-mine', 't0ken-1']) assert.ok(!text.includes(secret), `${name} holds ${secret}`);
  }
});
