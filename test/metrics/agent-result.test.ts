import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AgentResult, leftAgent } from '../../src/metrics/agent-result.js';

const agentWith = (changes: Partial<AgentResult>): AgentResult => ({
  ...{ agent: 'one', workers: [0, 1], status: 'done', error: null },
  ...{ clock: { errorUs: 1, driftUs: 0 }, address: null, bus: { reconnects: 0, sent: 10, repeated: 0 }, host: null },
  ...changes,
});

test('who did not stay to the end is told in words, with the cause if it is known', () => {
  const two = (changes: Partial<AgentResult>) => leftAgent([agentWith({}), agentWith({ agent: 'two', ...changes })]);
  assert.equal(leftAgent(undefined), null, 'one machine');
  assert.equal(two({}), null);
  assert.equal(two({ status: 'stopped' }), 'agent two was told to leave');
  assert.equal(two({ status: 'lost' }), 'agent two is gone');
  assert.equal(
    two({ status: 'lost', error: 'agent two did not take the start in time' }),
    'agent two did not take the start in time',
  );
  assert.equal(two({ status: 'lost', error: 'out of memory' }), 'agent two: out of memory', 'of one of its workers');
});
