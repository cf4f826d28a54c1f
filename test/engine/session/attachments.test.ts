import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, ruleWith, stepWith, wireWith } from '../../plan/wire-builder.js';
import { runEngine } from '../run-engine.js';

const REPLY = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 500 } as const;

test('where binary frames have a meaning of their own, none is taken for a reply, a duty or what a step waits for', async () => {
  const wire = wireWith({
    steps: [stepWith('hello', { expect: { has: ['hello'] } })],
    rules: [
      { name: 'attachment', means: 'trailer', match: { binary: true }, send: null },
      ruleWith('ping', 'duty', 'ping', 'pong'),
    ],
    requests: [requestWith('ask', '{"id":{{sequence}}}')],
    key: { kind: 'member', name: 'id' },
  });
  const cell = cellWith({ wire, reply: REPLY, warmupMs: 0, durationMs: 1000, connectTimeoutMs: 1000 });
  const { result, server } = await runEngine(
    cell,
    {
      // On connection 9 the session waits in vain: only its attachment says hello.
      greet: (connection) =>
        connection.later(1, () => {
          connection.deliver(Buffer.from('hello in an attachment'), true);
          if (connection.number !== 9) connection.deliver(Buffer.from('hello'));
        }),
      answer: () => [],
    },
    ({ clock, server: fake, t0Us }) => {
      clock.after((t0Us - clock.nowUs()) / 1000 + 400, () => {
        for (const { bytes, index } of fake.received) fake.connections[index]!.deliver(bytes, true);
        for (const connection of fake.connections) connection.deliver(Buffer.from('ping'), true);
      });
    },
  );
  assert.deepEqual(
    result.errors.map(({ phase, code, count }) => [phase, code, count]),
    [['session', 'session_timeout', 1]],
  );
  const { answered, timedOut, duties, trailers } = result.flows[0]!.messages;
  assert.deepEqual([answered, timedOut, duties], [0, 90, 0]);
  assert.ok(trailers > 9 + 9 * 3, `${trailers} attachments`);
  assert.ok(server.heard.every(({ text }) => text !== 'pong'));
  assert.deepEqual(result.laws, []);
});
