/** The shipped profile for fan-out, and its words where connections come while it runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { further } from '../share.js';
import { assertExit, COUNTED_RUN, runCli } from './run-cli.js';

const RAMP = `
target: { embedded: auto }
rooms: 4
session: [{ send: { type: join, room: 'r{{room}}' }, expect: { type: joined } }]
deliver: { timeout: 60s }
load:
  - name: ramp
    connections: { from: 4, to: 24 }
    rate: 50/s
    duration: 2s
    requests:
      - { name: say, send: { type: broadcast, room: 'r{{room}}', sequence: '{{sequence}}' }, reaches: room, reply: none }
`;

describe('fan-out on the reference server', () => {
  it('the shipped profile: every message reaches the ten of its room', async () => {
    const run = await runCli([...COUNTED_RUN, 'fanout', '-d', '2s']);
    assert.ok(run.result !== null, run.stderr);
    const { fanout, requests, laws, subscribers } = run.result.cells[0]!;
    assert.deepEqual(laws, []);
    const { sent } = requests![0]!.messages;
    const { expected, delivered, missed } = fanout![0]!.deliveries;
    assert.deepEqual([fanout![0]!.name, expected, delivered, missed], ['say', 10 * sent, 10 * sent, 0]);
    assert.equal(subscribers!.count, 100);
    assertExit(run, 0);
  });

  it('a ramp of connections: who is not there yet is owed nothing', further, async () => {
    const run = await runCli([...COUNTED_RUN, 'ramp.yaml', '-w', '2'], { files: { 'ramp.yaml': RAMP } });
    assert.ok(run.result !== null, run.stderr);
    const { fanout, laws } = run.result.cells[0]!;
    assert.deepEqual(laws, []);
    const { messages, deliveries } = fanout![0]!;
    assert.deepEqual([deliveries.delivered, messages.reachedAll], [deliveries.expected, messages.sent]);
    // Rooms have one connection at first and six at the end.
    assert.ok(
      deliveries.expected >= messages.sent && deliveries.expected < 6 * messages.sent,
      `${deliveries.expected}`,
    );
    const { stdout } = await runCli(['run', 'ramp.yaml', '--dry-run'], { files: { 'ramp.yaml': RAMP } });
    assert.match(stdout, /owed +at most 600 deliveries, and 300 in the warm-up: 6 a message/);
  });
});
