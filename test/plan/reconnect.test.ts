import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reconnectDelayMs } from '../../src/plan/reconnect.js';
import type { ReconnectSpec } from '../../src/profile/profile.js';
import { Rng } from '../../src/stats/rng.js';

const backoff = (jitter: 'full' | 'none', baseMs = 100, capMs = 1000): ReconnectSpec => ({
  ...{ policy: 'backoff', baseMs, capMs, jitter },
});

test('without jitter: the base, doubled each time, up to the cap', () => {
  const waits = [0, 1, 2, 3, 4, 5, 5000].map((attempt) => reconnectDelayMs(backoff('none'), attempt, 0.3));
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000, 1000]);
});

test('with full jitter: anything from 0 to that, evenly', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.integer({ min: 1, max: 500 }), fc.nat(999), (n, baseMs, draw) => {
      const waitMs = reconnectDelayMs(backoff('full', baseMs), n, draw / 1000);
      assert.ok(waitMs >= 0 && waitMs < Math.min(1000, baseMs * 2 ** n));
    }),
  );
  const rng = new Rng(1);
  const quarters = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) quarters[Math.floor(reconnectDelayMs(backoff('full'), 1, rng.next()) / 50)]!++;
  for (const count of quarters) assert.ok(Math.abs(count - 1000) < 140, `${quarters}`);
});

test('immediate: at once, then after the base, which does not grow', () => {
  const spec: ReconnectSpec = { policy: 'immediate', baseMs: 100, capMs: 1000, jitter: 'full' };
  assert.deepEqual(
    [0, 1, 2, 9].map((attempt) => reconnectDelayMs(spec, attempt, 0.5)),
    [0, 100, 100, 100],
  );
});
