/** Every model, matching and kind of payload through real sockets: each answers as it should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { echo, wsServer } from './local-server.js';
import { assertAnswered, assertExit, COUNTED_RUN, runCli } from './run-cli.js';

/** Six loads on one server, told apart by their path: one process start, one canary. */
const PROFILE = `
load:
  - { name: text, connections: 2, rate: 20/s, message: { format: text, size: 100 } }
  - { name: binary, connections: 2, rate: 20/s, message: { format: binary, size: 4KiB } }
  - { name: empty, connections: 2, rate: 20/s, message: { format: text, size: 0 }, reply: { match: order } }
  - { name: large, connections: 2, rate: 4/s, message: { format: binary, size: 1MiB } }
  - name: mixed
    connections: 3
    rate: 60/s
    arrival: poisson
    message: { format: json, size: [{ size: 64, weight: 1 }, { size: 2KiB, weight: 1 }] }
  - { name: closed, model: closed, connections: 2, inFlight: 2, think: 20ms }
  - { name: blind, connections: 2, rate: 20/s, reply: { match: none } }
  - { name: hold, connections: 3, rate: 0 }
warmup: 0s
duration: 500ms
connectRate: 5000/s
instrumentCheck: false
`;

test('text, binary, 0 bytes, 1 MiB, mixed sizes; open, closed, order, none, hold', async (t) => {
  const sizes = new Map<WebSocket, { bytes: Set<number>; binary: boolean }>();
  const server = await wsServer({
    onMessage: (ws, data, binary) => {
      const seen = sizes.get(ws) ?? { bytes: new Set(), binary };
      sizes.set(ws, seen);
      seen.bytes.add(data.length);
      echo(ws, data, binary);
    },
  });
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, 'p.yaml', '--target', server.url], {
    files: { 'p.yaml': PROFILE },
  });
  assertExit(run, 0);
  const cells = new Map(run.result!.cells.map((cell) => [cell.load, cell]));
  for (const cell of cells.values()) {
    assert.deepEqual(cell.laws, [], cell.id);
    assert.equal(cell.connections.held, cell.connections.asked, cell.id);
    const { lost, duplicated, reordered, corrupted, misdelivered, unexpected } = cell.flows[0]!.messages;
    assert.deepEqual([lost, duplicated, reordered, corrupted, misdelivered], [0, 0, 0, 0, 0], cell.id);
    assert.equal(unexpected, 0, cell.id);
  }
  const messages = (load: string) => cells.get(load)!.flows[0]!.messages;
  for (const [load, planned] of [
    ['text', 10],
    ['binary', 10],
    ['empty', 10],
    ['large', 2],
  ] as const) {
    assertAnswered(cells.get(load)!, planned);
  }
  assertAnswered(cells.get('mixed')!, messages('mixed').planned);
  assert.ok(messages('mixed').planned > 5);
  assert.ok(
    messages('closed').answered >= 4,
    'four in flight with a pause of 20 ms: about a hundred if nothing stalls',
  );
  assert.equal(cells.get('closed')!.flows[0]!.latencyUs.response, null, 'undefined in the closed model');
  assert.deepEqual([messages('blind').planned, messages('blind').unmatched], [10, messages('blind').sent]);
  // A reply that names no message belongs to the instant it came: on a busy machine some come after the measured time.
  assert.equal(messages('blind').received + (cells.get('blind')!.outside ?? 0), messages('blind').sent);
  assert.deepEqual([messages('hold').planned, messages('hold').sent], [0, 0]);
  // What goes out or comes in after the measured time is not counted.
  const { sent, received } = cells.get('large')!.bytes;
  for (const bytes of [sent, received])
    assert.ok([1, 2].includes(bytes / 2 ** 20), `${sent} sent, ${received} received`);

  const kinds = [...sizes.values()].map(
    ({ bytes, binary }) => `${binary ? 'binary' : 'text'} ${[...bytes].sort().join('+')}`,
  );
  for (const kind of ['text 100', 'binary 4096', 'text 0', 'binary 1048576']) assert.ok(kinds.includes(kind), kind);
  assert.ok(kinds.includes('text 2048+64'));
});

test('listen: everything the server says is received, nothing is sent', async (t) => {
  let heard = 0;
  const server = await wsServer({
    onConnection: (ws) => {
      const every = setInterval(() => ws.send('news'), 20);
      ws.on('close', () => clearInterval(every));
    },
    onMessage: () => heard++,
  });
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url, '--model', 'listen', '-c', '2', '-d', '500ms', '-W', '0s']);
  assertExit(run, 0);
  const { flows, laws } = run.result!.cells[0]!;
  assert.deepEqual([flows[0]!.messages.planned, flows[0]!.messages.sent, heard], [0, 0, 0]);
  assert.ok(flows[0]!.messages.received > 0);
  assert.deepEqual(laws, []);
});
