import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCENARIOS } from '../../../src/check/scenarios.js';
import { checkSession, withStatus } from './check-session.js';
import { loginServer } from './login-server.js';

/** What an echo alone can show, whatever the profile promises. */
const OF_ECHOES = [
  ...['2.2', '2.3', '2.4', '2.5', '2.6', '3.1', '3.2', '3.3', '3.4', '3.5', '3.6', '4.4', '7.4', '7.7', '7.8', '8.10'],
];
const PASSED = [
  ...['1.1', '1.3', '1.4', '1.5', '1.8', '2.1', '2.7', '3.7', '4.1', '4.2', '4.3', '4.5', '5.1', '5.2', '5.3', '5.4'],
  ...['5.6', '5.7', '6.1', '6.2', '6.3', '6.5', '6.6', '6.7', '6.8', '7.1', '7.2', '7.3', '7.5'],
  ...['8.1', '8.2', '8.4', '8.5', '8.6', '8.8', '8.12'],
];

test('a server with a log-in, a greeting, pushes and heartbeats: all that makes sense for it is run, and passes', async (t) => {
  const server = await loginServer(t, { greets: true, ticksEveryMs: 20, pingsEveryMs: 200 });
  const { look, results, setAside } = await checkSession(server.url, SCENARIOS);
  assert.deepEqual(look.found.kind, {
    name: 'session',
    protocol: 'none',
    steps: 1,
    requests: ['order', 'quote'],
    answered: ['order', 'quote'],
  });
  assert.deepEqual(withStatus(results, 'failed'), []);
  // Whether this machine could keep a rate is not the server's doing.
  const unjudged = withStatus(results, 'error').map((text) => text.split(' ')[0]!);
  assert.deepEqual(
    unjudged.filter((id) => !/^(2\.7|4\.\d)$/.test(id)),
    [],
  );
  const passed = withStatus(results, 'passed').map((text) => text.split(' ')[0]!);
  assert.deepEqual(
    PASSED.filter((id) => !passed.includes(id) && !unjudged.includes(id)),
    [],
  );
  const skipped = withStatus(results, 'skipped');
  for (const id of OF_ECHOES) {
    const line = skipped.find((text) => text.startsWith(`${id} `));
    assert.match(line ?? '', /: the profile says by its requests what is sent: a .*message/, id);
  }
  assert.ok(setAside.count > 0, 'pushes are set aside');
  // The check of invalid messages alone sends what the profile does not say.
  assert.deepEqual(server.unknown, ['{', '[]', '{"type":"wsurge"}', '{"type":', 'null', '\u0000']);
});
