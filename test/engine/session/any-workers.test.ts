import assert from 'node:assert/strict';
import { test } from 'node:test';
import { C } from '../../../src/metrics/counters.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import type { FakeServerOptions } from '../fake-server.js';
import { Cluster } from '../run-engine.js';

const STEPS = [
  stepWith('login', { send: 'login', expect: { has: ['token'] }, captures: [{ name: 'token', path: ['token'] }] }),
];
const REQUESTS = [
  requestWith('say', '{"id":{{sequence}},"say":{{v0:session.token}},"room":{{v0:room}}}', { weight: 3 }),
  requestWith('list', '{"id":{{sequence}},"list":{{v0:connection}}}', { weight: 2 }),
  requestWith('idle', '{"id":{{sequence}}}', { weight: 0.5 }),
];
const SERVER: Omit<FakeServerOptions, 'clock'> = {
  hears: (connection) =>
    connection.later(5, () => connection.deliver(Buffer.from(`{"token":"t${connection.number}"}`))),
};

test('the same requests go out at the same instants, however many workers send them', async () => {
  for (const pick of ['weighted', 'in turn'] as const) {
    const cell = cellWith({
      wire: wireWith({
        steps: STEPS,
        requests: REQUESTS,
        pick,
        rooms: 3,
        senders: 7,
        key: { kind: 'member', name: 'id' },
      }),
      reply: { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 1000 },
      rate: { from: 300, to: 300 },
      arrival: 'poisson',
    });
    const sent = [];
    for (const workers of [1, 2, 3, 4]) {
      const cluster = new Cluster(cell, workers, SERVER);
      await cluster.connect();
      const t0Us = cluster.clock.nowUs() + 60_000;
      await cluster.run(t0Us);
      const { laws, requests, flows } = cluster.finish();
      assert.deepEqual(laws, []);
      assert.equal(flows[0]!.messages.answered, flows[0]!.messages.planned);
      const lines = cluster.intervals.flatMap(({ flow }) => flow);
      assert.ok(lines.every(({ request, counters }) => request !== undefined || counters[C.sent] === 0));
      sent.push({
        planned: requests!.map(({ messages }) => messages.planned),
        messages: cluster.server.received.map(({ index, bytes }) => `${index} ${bytes}`).sort(),
      });
    }
    assert.ok(sent[0]!.messages.length > 800 && sent[0]!.planned.every((planned) => planned > 20));
    for (const each of sent) assert.deepEqual(each, sent[0]);
  }
});
