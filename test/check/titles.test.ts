import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { titleOf } from '../../src/check/check.js';
import { expectationsOf } from '../../src/check/expectations.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { parseProfile } from '../../src/profile/parse.js';

const { profile } = parseProfile(
  { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }] } },
  { env: {}, readText: () => '' },
);
const CHECKS = SCENARIOS.flatMap(({ checks }) => checks);

const titles = (protocol: 'bot' | 'echo', quick: boolean) => {
  const expects = expectationsOf(profile.check, protocol, protocol === 'bot' ? { pingIntervalMs: 15_000 } : null);
  return new Map(CHECKS.map((check) => [check.id, titleOf(check, { quick, expects, process: null })]));
};

describe('the title of a check', () => {
  it('is of its own, one line, without a hole', () => {
    for (const protocol of ['bot', 'echo'] as const) {
      for (const quick of [true, false]) {
        const all = [...titles(protocol, quick).values()];
        assert.equal(new Set(all).size, all.length);
        for (const title of all) assert.doesNotMatch(title, /undefined|null\b|NaN|\n|^$/);
      }
    }
  });

  it('says how long was really waited', () => {
    const [quick, full] = [titles('bot', true), titles('bot', false)];
    assert.equal(quick.get('6.3'), 'a new connection works 500 ms after a close');
    assert.equal(full.get('6.3'), 'a new connection works 10 s after a close');
    assert.match(quick.get('8.8')!, /^3 s of silence/);
    assert.match(full.get('8.8')!, /^35 s of silence/);
    assert.match(quick.get('4.2')!, /^500 messages a second each way for 1 s, no stall above 500 ms$/);
    assert.match(full.get('8.3')!, /within 45.5 s$/);
  });

  it('says what is promised', () => {
    const [bot, echo] = [titles('bot', true), titles('echo', true)];
    assert.equal(bot.get('8.9'), '10,000,000 bytes are refused with "too_large"');
    assert.equal(echo.get('8.9'), '10,000,000 bytes are refused clearly');
    assert.equal(bot.get('2.4'), 'an empty content comes back');
    assert.equal(echo.get('2.4'), 'an empty message comes back');
    assert.match(echo.get('4.2')!, /and their replies for 1 s/);
  });
});
