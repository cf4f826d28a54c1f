/** How much wsurge takes of what the target sends, and who is told which key raises it. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import type { WebSocket } from 'ws';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { type CliRun, COUNTED_RUN, runCli } from './run-cli.js';

const MIB = 1024 * 1024;

async function listened(t: TestContext, receive: string, greet: (ws: WebSocket) => void): Promise<CliRun> {
  // The canary is spared: it would say so before any load.
  const server = await wsServer({ onConnection: (ws, ordinal) => ordinal > 0 && greet(ws) });
  t.after(() => server.stop());
  const load =
    'load: [{ connections: 2, model: listen, duration: 1s }]\nwarmup: 1s\nworkers: 1\ninstrumentCheck: false\n';
  const profile = `target: { url: '${server.url}' }\n${load}${receive}\n`;
  return await runCli([...COUNTED_RUN, 'p.yaml', '-q'], { files: { 'p.yaml': profile } });
}

const errorsOf = ({ result }: CliRun) => result!.cells[0]!.errors.map(({ code, count }) => [code, count]);
const limitOf = ({ result }: CliRun) => result!.verdict.reasons.find(({ code }) => code === 'client_limit');

test('a message over receive.largest ends the connection, and the key is named', async (t) => {
  const run = await listened(t, 'receive: { largest: 100KiB }', (ws) => ws.send(Buffer.alloc(100 * 1024 + 1)));
  assert.deepEqual(errorsOf(run), [['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 2]]);
  assert.match(limitOf(run)!.message, /wsurge itself ended 2 of 2 .*receive\.largest/);
  assert.match(limitOf(run)!.fix!, /raise receive\.largest/);
});

test('one within it is taken, also above the usual 16 MiB', further, async (t) => {
  for (const [receive, bytes] of [
    ['receive: { largest: 100KiB }', 100 * 1024],
    ['receive: { largest: 20MiB }', 17 * MIB],
  ] as const) {
    const run = await listened(t, receive, (ws) => ws.send(Buffer.alloc(bytes)));
    assert.deepEqual([errorsOf(run), limitOf(run)], [[], undefined]);
    assert.equal(run.result!.cells[0]!.connections.opened, 2);
  }
});

test('unfinished messages over receive.unfinished end the largest holder, and the key is named', further, async (t) => {
  const begin = (ws: WebSocket) => {
    const header = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0x20, 0, 0]);
    (ws as unknown as { _socket: net.Socket })._socket.write(Buffer.concat([header, Buffer.alloc(1.5 * MIB)]));
  };
  const run = await listened(t, 'receive: { unfinished: 1MiB }', begin);
  assert.deepEqual(errorsOf(run), [['receive_memory', 2]]);
  assert.match(limitOf(run)!.message, /receive\.unfinished/);
  assert.deepEqual(errorsOf(await listened(t, 'receive: { unfinished: 10MiB }', begin)), []);
});

test('a reply over the limit is named before any load', async (t) => {
  const server = await wsServer({ onMessage: (ws) => ws.send(Buffer.alloc(70_000)) });
  t.after(() => server.stop());
  const profile = `target: { url: '${server.url}' }\nload: [{ connections: 1, rate: 1/s }]\nreceive: { largest: 64KiB }\n`;
  const run = await runCli([...COUNTED_RUN, 'p.yaml'], { files: { 'p.yaml': profile } });
  assert.equal(run.code, 104);
  assert.match(run.stderr, /wsurge itself ended the connection: .*receive\.largest/);
});

for (const [receive, says] of [
  ['receive: { largest: 100 }', /receive\.largest: 100 is out of range/],
  ['receive: { largest: 2GiB }', /receive\.largest: .*out of range/],
  ['receive: { largest: all }', /receive\.largest/],
  ['receive: { unfinished: 1KiB }', /receive\.unfinished: .*out of range/],
  ['receive: 16MiB', /receive: .*not a mapping/],
] as const) {
  test(`refused: ${receive}`, async () => {
    const run = await runCli([...COUNTED_RUN, 'p.yaml'], {
      files: { 'p.yaml': `load: [{ connections: 1, rate: 1/s }]\n${receive}\n` },
    });
    assert.equal(run.code, 104);
    assert.match(run.stderr, says);
  });
}
