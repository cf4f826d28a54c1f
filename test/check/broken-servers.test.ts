import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { skipWithout } from '../needs.js';
import { checkServer } from './check-server.js';
import { BROKEN_CASES } from './server-cases.js';

const skips = new Map<string | null, string | false>([
  [null, false],
  ['fastapi', await skipWithout('fastapi')],
  ['websockets', await skipWithout('websockets')],
]);

/** Each check that is to fail, alone. That every other scenario passes is shown by `npm run check:peers`. */
describe('a broken server', () => {
  for (const { name, peer, protocol, says, fails, start } of BROKEN_CASES) {
    const { scenario: number, check } = fails!;
    it(`${name}: fails ${check}`, { skip: skips.get(peer)! }, async () => {
      const scenario = SCENARIOS.find((each) => each.number === number)!;
      const checks = scenario.checks.filter(({ id }) => id === check);
      const server = await start();
      try {
        const result = await checkServer({ ...scenario, checks }, server.url, protocol, says);
        assert.deepEqual(
          result.checks.map(({ id, status }) => [id, status]),
          [[check, 'failed']],
        );
      } finally {
        await server.stop();
      }
    });
  }

  it('is there for each of the eight scenarios', () => {
    const scenarios = new Set(BROKEN_CASES.map(({ fails }) => fails!.scenario));
    assert.deepEqual([...scenarios].sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
