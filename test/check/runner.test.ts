import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Check, failed, NotPromised, type Outcome, passed, skipped } from '../../src/check/check.js';
import { expectationsOf } from '../../src/check/expectations.js';
import { type CheckRun, runChecks } from '../../src/check/runner.js';
import { parseProfile } from '../../src/profile/parse.js';

const { profile } = parseProfile(
  { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }] } },
  { env: {}, readText: () => '' },
);

function run(checks: readonly (Check['run'] | Check)[], signal = new AbortController().signal): Promise<CheckRun> {
  const all = checks.map((check, index): Check => {
    return typeof check === 'function' ? { id: `1.${index}`, title: 't', run: check } : check;
  });
  const { headers, subprotocols, tls } = profile.target;
  return runChecks({
    scenarios: [{ number: 1, name: 'one', title: 'One', checks: all }],
    skip: new Set(),
    context: {
      endpoint: () => ({ url: 'ws://127.0.0.1:1/', address: null, headers, subprotocols, tls, userAgent: '' }),
      ...{ env: {}, data: [], process: null, quick: true, seed: 1 },
      expects: expectationsOf(profile.check, 'echo', null),
    },
    signal,
    onScenario: () => undefined,
    onCheck: () => undefined,
  });
}

const gives = (outcome: Outcome) => () => Promise.resolve(outcome);
const statuses = ({ scenarios }: CheckRun) => scenarios[0]!.checks.map(({ status }) => status);

describe('the runner of checks', () => {
  it('makes a failure of what is thrown and a skip of what is not promised', async () => {
    const result = await run([
      () => Promise.reject(new Error('broken')),
      () => Promise.reject(new NotPromised('not promised: x')),
      () => {
        throw new TypeError('at once');
      },
    ]);
    assert.deepEqual(statuses(result), ['failed', 'skipped', 'failed']);
    const [first] = result.scenarios[0]!.checks;
    assert.equal(first!.status === 'failed' && first!.reason, 'broken');
  });

  it('counts a scenario as passed only where something passed and nothing failed', async () => {
    const status = async (...outcomes: Outcome[]) => (await run(outcomes.map(gives))).scenarios[0]!.status;
    assert.equal(await status(skipped('a'), skipped('b')), 'skipped');
    assert.equal(await status(skipped('a'), passed({})), 'passed');
    assert.equal(await status(passed({}), failed('x')), 'failed');
  });

  it('ends a check that never ends, and goes on', async () => {
    const endless: Check = { id: '1.1', title: 't', limitMs: () => 5, run: () => new Promise(() => undefined) };
    assert.deepEqual(statuses(await run([endless, gives(passed({}))])), ['failed', 'passed']);
  });

  it('stops where it is interrupted, with what there is', async () => {
    const interrupt = new AbortController();
    const result = await run(
      [
        gives(passed({})),
        () => {
          interrupt.abort();
          return new Promise(() => undefined);
        },
        gives(passed({})),
      ],
      interrupt.signal,
    );
    assert.equal(result.interrupted, true);
    assert.deepEqual(statuses(result), ['passed', 'skipped']);
  });
});
