import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { BROKEN_SERVERS } from './broken/all.js';
import type { BrokenServer } from './broken/broken-server.js';
import { checkServer } from './check-server.js';

const CHECKS = SCENARIOS.flatMap(({ checks }) => checks);

/** How the checks that are named of this server end, and why those failed that did. */
async function ends({ fails, passes = [], says = {}, process, start }: BrokenServer) {
  const { protocol = 'echo', ...said } = says;
  const checks = CHECKS.filter(({ id }) => fails.includes(id) || passes.includes(id));
  assert.equal(checks.length, fails.length + passes.length);
  const server = await start();
  try {
    const scenario = { ...SCENARIOS[0]!, checks };
    const seen = process?.(server) ?? null;
    const result = await checkServer(scenario, server.url, protocol, { ...said, process: seen });
    const reasons = result.checks.flatMap((check) =>
      check.status === 'failed' ? [`${check.id}: ${check.reason}`] : [],
    );
    return { statuses: result.checks.map(({ id, status }) => `${id} ${status}`), reasons };
  } finally {
    await server.stop();
  }
}

// Most of a check is waiting: several servers are checked at the same time.
describe('a server that', { concurrency: 8 }, () => {
  for (const server of BROKEN_SERVERS) {
    const { what, fails, because } = server;
    it(`${what} fails ${fails.join(', ')}`, async () => {
      const { statuses, reasons } = await ends(server);
      if (server.isTimed === true && statuses.every((status) => / error$/.test(status))) return;
      const wanted = CHECKS.flatMap(({ id }) => {
        if (fails.includes(id)) return [`${id} failed`];
        return server.passes?.includes(id) ? [`${id} passed`] : [];
      });
      assert.deepEqual(statuses, wanted, reasons.join('\n'));
      for (const reason of reasons) assert.match(reason.replace(/^[\dS.]+: /, ''), because);
    });
  }
});

it('every check has a broken server that fails it', () => {
  const failed = new Set(BROKEN_SERVERS.flatMap(({ fails }) => fails));
  const without = CHECKS.map(({ id }) => id).filter((id) => !failed.has(id));
  assert.deepEqual(without, [], 'add a server to test/check/broken that fails these and nothing else');
});
