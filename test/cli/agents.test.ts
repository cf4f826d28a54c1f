/** `wsurge agents`: who is there, as a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentsTable } from '../../src/cli/agents.js';
import { agentWith } from '../fleet/agent-builder.js';

test('says of a busy agent since when, who has it, and for which run; of an idle one whether it starves', () => {
  const busy = { kind: 'busy', by: 'smoke from box', run: '5f2c1a' } as const;
  const lines = agentsTable([
    agentWith({ name: 'a', state: { ...busy, since: '2026-11-24T10:15:30.123Z' } }),
    agentWith({ name: 'b', state: busy }),
    agentWith({ name: 'c', idle: { runQueueWait: 0.12, steal: null } }),
    agentWith({ name: 'd', idle: { runQueueWait: 0, steal: 0.05 } }),
    agentWith({ name: 'e', idle: { runQueueWait: 0.049, steal: null }, labels: { region: 'eu' } }),
  ]).split('\n');
  const states = lines.slice(1, -1).map((line) => line.split(/ {2,}/)[1]);
  assert.deepEqual(states, [
    'busy since 2026-11-24T10:15:30Z: smoke from box, run 5f2c1a',
    'busy: smoke from box, run 5f2c1a',
    'idle, starved: waits for a processor 12 % of the time',
    'idle, starved: waits for a processor 5 % of the time',
    'idle',
  ]);
  assert.match(lines[5]!, /region=eu$/);
});

test('what an agent says of itself cannot write to the terminal', () => {
  const state = { kind: 'busy', by: '\u001b[2Jx', run: 'r', since: '\u001b[2J' } as const;
  assert.ok(!agentsTable([agentWith({ state })]).includes('\u001b'));
});
