import assert from 'node:assert/strict';
import type { Scenario } from '../../src/check/check.js';
import type { Protocol } from '../../src/check/expectations.js';
import type { LocalServer } from '../e2e/local-server.js';
import { checkServer } from './check-server.js';

/** Runs these checks of a scenario; the ids of those that failed. */
export async function failures(
  server: Promise<LocalServer>,
  scenario: Scenario,
  ids: readonly string[],
  {
    protocol = 'echo',
    said = [],
    ...says
  }: { protocol?: Protocol; said?: string[]; check?: object; reply?: object; target?: object } = {},
): Promise<string[]> {
  const { url, stop } = await server;
  try {
    const checks = scenario.checks.filter(({ id }) => ids.includes(id));
    assert.equal(checks.length, ids.length);
    const result = await checkServer({ ...scenario, checks }, url, protocol, { reply: { timeout: '200ms' }, ...says });
    for (const check of result.checks) if (check.status === 'failed') said.push(check.reason);
    assert.ok(said.every((reason) => reason !== ''));
    return result.checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
  } finally {
    await stop();
  }
}
