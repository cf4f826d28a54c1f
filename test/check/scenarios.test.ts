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

describe('the marks of the checks', () => {
  const marked = (mark: 'isRequired' | 'isRough' | 'onlyWaits') =>
    SCENARIOS.flatMap(({ checks }) => checks.filter((check) => check[mark] === true).map(({ id }) => id)).join(' ');

  it('say which sends what no correct client sends', () => {
    assert.equal(marked('isRough'), '2.8 2.9 2.10 2.11 5.6 5.7 5.8 8.6 8.9 8.10 8.11 8.12 S.3 S.4 S.8 S.9');
  });

  it('say without which the scenario has not passed', () => {
    const wanted = [
      '1.1 1.5 1.8 2.1 2.2 2.5 2.6 2.7 3.1 3.5 3.6 3.7 4.1 4.2 4.3 4.4 4.5 5.1 5.2 5.3 5.4 5.6 5.7',
      '6.1 6.2 6.3 6.5 6.6 6.7 6.8 7.1 7.3 7.4 7.5 7.7 7.8 8.1 8.2 8.4 8.5 8.6 8.8 8.10 8.12 S.1 S.2 S.5',
    ];
    assert.equal(marked('isRequired'), wanted.join(' '));
  });

  it('say which only waits, beside the scenarios that allow it', () => {
    assert.equal(marked('onlyWaits'), '6.3 8.8');
    const allowing = SCENARIOS.filter(({ allowsOthers }) => allowsOthers === true).map(({ number }) => number);
    assert.deepEqual(allowing, [1, 2, 3, 4, 7]);
  });
});
