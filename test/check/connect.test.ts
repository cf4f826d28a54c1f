import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connectScenario } from '../../src/check/scenarios/connect.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { checkServer } from './check-server.js';

describe('scenario 1', () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer({ engine: 'ws', path: '/' });
  });
  after(() => server.close());

  it('passes on the reference server', async () => {
    const result = await checkServer(connectScenario, server.url, 'bot');
    const bad = result.checks.filter(({ status }) => status === 'failed');
    assert.deepEqual(bad, []);
    assert.equal(result.status, 'passed');
  });
});
