import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import type { CheckResult } from '../../src/check/runner.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { skipWithout } from '../needs.js';
import { mayVary } from '../peers/findings.js';
import { checkServer } from './check-server.js';

/** Of the checks that take a second each, one of a kind. */
const SLOW: ReadonlySet<string> = new Set(['3.9', '3.10', '4.1', '4.2', '4.4', '4.5']);
/** Those as well, where another server has passed them. */
const SLOWER: ReadonlySet<string> = new Set([...SLOW, '2.7', '3.11']);
/** The scenarios that are tested here: getting in, sending, receiving, both at once. */
const FIRST = SCENARIOS.slice(0, 4);

/** A machine that stands still may leave a check unjudged. */
const varies = (check: CheckResult) => check.status === 'error' && mayVary(check.id, check.status, check.reason);

for (const engine of ['ws', 'uws'] as const) {
  describe(`the reference server on ${engine}`, { skip: engine === 'uws' && (await skipWithout('uws')) }, () => {
    const slow = engine === 'ws' ? SLOW : SLOWER;
    let server: RunningServer;
    before(async () => {
      server = await startServer({ engine, path: '/' });
    });
    after(() => server.close());

    for (const scenario of FIRST) {
      it(`passes scenario ${scenario.number}`, async () => {
        const result = await checkServer(scenario, server.url, 'bot', {
          check: { wrongPath: { path: '/no-such-path', status: 404 } },
          skip: slow,
        });
        const open = result.checks.filter(
          (check) => check.status !== 'passed' && !slow.has(check.id) && !varies(check),
        );
        // Neither is promised by a server without TLS and CORS.
        assert.deepEqual(
          open.map(({ id, status }) => `${id} ${status}`),
          scenario.number === 1 ? ['1.6 skipped', '1.9 skipped'] : [],
        );
      });
    }
  });
}

describe('a plain echo server', () => {
  it('passes what it promises; the rest is skipped and says which key is missing', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (ws) => {
      ws.on('message', (data, binary) => ws.send(data, { binary }));
      ws.on('error', () => ws.terminate());
    });
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      for (const scenario of FIRST) {
        const { checks, status } = await checkServer(scenario, url, 'echo', { skip: SLOWER });
        assert.deepEqual(
          checks.filter((check) => check.status === 'failed'),
          [],
        );
        // What is left out of 2 and 4 here is required there.
        const whole = scenario.number === 2 || scenario.number === 4 ? 'partly' : 'passed';
        assert.equal(status, checks.some(varies) ? 'error' : whole);
        assert.ok(checks.some((check) => check.status === 'passed' || varies(check)));
        for (const check of checks) if (check.status === 'skipped') assert.match(check.reason, /profile|wss|--skip/);
      }
    } finally {
      server.close();
      await once(server, 'close');
    }
  });
});
