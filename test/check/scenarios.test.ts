import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { closeScenario } from '../../src/check/scenarios/close.js';
import { orderScenario } from '../../src/check/scenarios/order.js';
import { reconnectScenario } from '../../src/check/scenarios/reconnect.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { checkServer } from './check-server.js';

/** Those that are quick; all of them run by `npm run check:peers`. */
describe('the reference server', () => {
  let server: RunningServer;
  before(async () => {
    server = await startServer({ engine: 'ws' });
  });
  after(() => server.close());

  for (const scenario of [closeScenario, reconnectScenario, orderScenario]) {
    it(`passes scenario ${scenario.number}`, async () => {
      const result = await checkServer(scenario, server.url, 'bot');
      assert.deepEqual(
        result.checks.filter(({ status }) => status === 'failed'),
        [],
      );
      assert.equal(result.status, 'passed');
    });
  }
});

it('every check has an id of its own, after its scenario', () => {
  const ids = SCENARIOS.flatMap(({ number, checks }) => checks.map(({ id }) => [number, id] as const));
  assert.equal(new Set(ids.map(([, id]) => id)).size, ids.length);
  for (const [number, id] of ids) assert.ok(id.startsWith(number === 'security' ? 'S.' : `${number}.`), id);
});
