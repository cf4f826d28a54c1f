import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleWatch } from '../../src/fleet/idle-watch.js';
import type { HostSample } from '../../src/machine/host-load.js';
import { ManualClock } from '../engine/manual-clock.js';

test('shares of the last 10 s without load: what waits, and what the hypervisor takes', async () => {
  const clock = new ManualClock(0);
  let [waitMs, stolen] = [0, 0];
  const sample = (): HostSample => {
    const atMs = clock.nowUs() / 1000;
    const machineTicks = { total: atMs, idle: 0, stolen };
    return { atMs, bootMs: null, cpuMs: 0, rssBytes: 0, throttledMs: null, machineTicks };
  };
  const watch = new IdleWatch(clock, { sample }, () => waitMs);
  watch.start();
  assert.deepEqual(watch.facts(), { runQueueWait: null, steal: null });
  // A bad minute, which is long over.
  [waitMs, stolen] = [30_000, 30_000];
  await clock.runUntil(60_000_000);
  assert.deepEqual(watch.facts(), { runQueueWait: 0, steal: 0 });
  [waitMs, stolen] = [31_000, 32_000];
  await clock.runUntil(70_000_000);
  assert.deepEqual(watch.facts(), { runQueueWait: 0.1, steal: 0.2 });
  watch.stop();
  assert.equal(clock.timers, 0);
  [waitMs, stolen] = [0, 0];
  await clock.runUntil(200_000_000);
  assert.deepEqual(watch.facts(), { runQueueWait: 0.1, steal: 0.2 }, 'nothing is looked at under load');
  watch.start();
  assert.deepEqual(watch.facts(), { runQueueWait: null, steal: null });
});

test('a kernel that does not tell: unknown', async () => {
  const clock = new ManualClock(0);
  const sample = () => ({ atMs: clock.nowUs() / 1000, bootMs: null, cpuMs: 0, rssBytes: 0 }) as HostSample;
  const none = () => ({ ...sample(), throttledMs: null, machineTicks: null });
  const watch = new IdleWatch(clock, { sample: none }, () => null);
  watch.start();
  await clock.runUntil(4_000_000);
  assert.deepEqual(watch.facts(), { runQueueWait: null, steal: null });
});
