import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';
import { runEngine } from '../run-engine.js';

const REPLY = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 1000 } as const;

test('a trailer counts where its message does, however late it comes', async () => {
  const wire = wireWith({
    rules: [{ name: 'done', means: 'trailer', match: { members: { done: null } }, send: null }],
    requests: [requestWith('even', '{"id":{{sequence}}}'), requestWith('odd', '{"id":{{sequence}},"odd":1}')],
    ...{ pick: 'in turn', key: { kind: 'member', name: 'id' } },
  });
  const cell = cellWith({ ...{ wire, warmupMs: 1000, durationMs: 1000 }, reply: REPLY });
  const { result } = await runEngine(cell, {
    answer: (_, bytes) => {
      const { id } = JSON.parse(bytes.toString()) as { id: number };
      // The reply of the last message comes late enough for its trailer to come before the connections close.
      return [{ afterMs: 20 }, { afterMs: 105, bytes: Buffer.from(`{"id":${id},"done":true}`) }];
    },
  });
  const { messages, warmup } = result.flows[0]!;
  assert.deepEqual([warmup.answered, warmup.trailers, messages.answered, messages.trailers], [100, 100, 100, 100]);
  const each = result.requests!.map(({ name, messages: { answered, trailers } }) => [name, answered, trailers]);
  assert.deepEqual(each, [
    ['even', 50, 50],
    ['odd', 50, 50],
  ]);
  assert.deepEqual(result.laws, []);
});

test('a trailer without the number of a message counts when it comes', async () => {
  const wire = wireWith({
    rules: [{ name: 'part', means: 'trailer', match: { has: ['part'] }, send: null }],
    requests: [requestWith('ask', '{"id":{{sequence}}}')],
    key: { kind: 'member', name: 'id' },
  });
  const cell = cellWith({ ...{ wire, warmupMs: 1000, durationMs: 1000 }, reply: REPLY });
  const { result } = await runEngine(cell, {
    answer: () => [{ afterMs: 1 }, { afterMs: 500, bytes: Buffer.from('part of 1000000007') }],
  });
  const { messages, warmup } = result.flows[0]!;
  // Half of those of the warm-up come in the measured time, half of those of the latter after its end.
  assert.deepEqual([warmup.trailers, messages.trailers], [50, 100]);
  assert.deepEqual(result.laws, []);
});
