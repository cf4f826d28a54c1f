import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAgentInfo } from '../../src/fleet/agent-info.js';
import { Fixture, LEASE } from './agent-fixture.js';

test('what an agent answers to who is taken, idle or busy; anything else is not', async () => {
  const f = new Fixture();
  const info = await f.info();
  assert.ok(isAgentInfo(info));
  await f.order(LEASE);
  assert.ok(isAgentInfo(await f.info()));
  assert.ok(isAgentInfo({ ...info, more: 'of a later version' }));
  const others = [null, 'a1', [], {}, ...Object.keys(info).map((key) => ({ ...info, [key]: undefined }))];
  for (const other of others) assert.ok(!isAgentInfo(other), JSON.stringify(other));
  assert.ok(!isAgentInfo({ ...info, state: { kind: 'busy' } }));
});
