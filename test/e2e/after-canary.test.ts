/** Connections that fail only once the load is on: counted, and the measurement stays what it is. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { assertExit, COUNTED_RUN, runCli } from './run-cli.js';

/** Long enough for a server in this process to let in the others, however busy the machine is. */
const SHORT = ['-R', '20', '-d', '500ms', '-W', '0s', '--set', 'connectTimeout=3s'];

test('a server that never answers some upgrades and drips at others: each past its deadline is counted', async (t) => {
  // The canary is 0; of the load's four, one is ignored and one gets a byte now and then.
  const takes = (socket: Socket, ordinal: number) => {
    if (ordinal === 2) drip(socket);
    return ordinal === 1 || ordinal === 2;
  };
  const server = await wsServer({ takes });
  t.after(() => server.stop());
  const run = await runCli([...COUNTED_RUN, server.url, '-c', '4', ...SHORT]);
  const { result, stderr } = run;
  const cell = result!.cells[0]!;
  assert.deepEqual(cell.errors, [{ phase: 'connect', code: 'handshake_timeout', count: 2 }], stderr);
  assert.deepEqual([cell.connections.attempts, cell.connections.opened, cell.connections.failed], [4, 2, 2]);
  assert.equal(cell.connections.held, 2);
  assert.deepEqual(cell.laws, []);
  const { gates, validity } = result!.verdict;
  const failed = gates.filter(({ passed }) => !passed).map(({ gate }) => gate);
  // A generator that hardly got a processor fails others too.
  assert.ok(failed.includes('held') && (failed.length === 1 || validity === 'invalid'), failed.join(', '));
  assertExit(run, 99);
});

test(
  'a server that refuses everybody but the canary: each refusal counted, target down, exit 103',
  further,
  async (t) => {
    const takes = (socket: Socket, ordinal: number) => {
      if (ordinal > 0) socket.end('HTTP/1.1 503 Full\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return ordinal > 0;
    };
    const server = await wsServer({ takes });
    t.after(() => server.stop());
    const { result, code } = await runCli([...COUNTED_RUN, server.url, '-c', '4', ...SHORT]);
    const cell = result!.cells[0]!;
    const said = 'the server answered 503 Full';
    assert.deepEqual(cell.errors, [{ phase: 'connect', code: 'HTTP_503', count: 4, said }]);
    assert.equal(cell.connections.opened, 0);
    assert.equal(cell.flows[0]!.messages.planned, cell.flows[0]!.messages.notConnected);
    assert.deepEqual(cell.laws, []);
    assert.equal(cell.target, 'down');
    assert.equal(code, 103);
  },
);

function drip(socket: Socket): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nX-Drip: ');
  const timer = setInterval(() => socket.write('a'), 100);
  socket.on('close', () => clearInterval(timer));
}
