import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  HostLoad,
  type HostSample,
  hostLoadBetween,
  parseMachineTicks,
  parseThrottledMs,
  throttleFiles,
} from '../../src/machine/host-load.js';

describe('the load between two samples', () => {
  const before: HostSample = {
    atMs: 1000,
    bootMs: 70_000,
    cpuMs: 500,
    rssBytes: 1,
    throttledMs: 30,
    machineTicks: { total: 1000, idle: 800, stolen: 10 },
  };
  const after: HostSample = {
    atMs: 3000,
    bootMs: 72_010,
    cpuMs: 3500,
    rssBytes: 2,
    throttledMs: 130,
    machineTicks: { total: 1400, idle: 1000, stolen: 30 },
  };

  it('is CPU in percent of a core, shares of time, and the memory at its end', () => {
    assert.deepEqual(hostLoadBetween(before, after), {
      cpuPercent: 150,
      throttled: 0.05,
      steal: 0.05,
      suspendedMs: 0,
      rssBytes: 2,
    });
  });

  it('is unknown where one of the samples does not know', () => {
    const { throttled, steal } = hostLoadBetween({ ...before, throttledMs: null }, { ...after, machineTicks: null });
    assert.deepEqual([throttled, steal], [null, null]);
  });

  it('is a sleep where the time since boot ran ahead of the monotonic clock by more than its steps', () => {
    const slept = (bootMs: number | null) => hostLoadBetween(before, { ...after, bootMs }).suspendedMs;
    assert.equal(slept(72_099), 0);
    assert.equal(slept(72_100), 100);
    assert.equal(slept(102_000), 30_000);
    assert.equal(slept(71_000), 0);
    assert.equal(slept(null), null);
  });

  it('never passes the whole, however many cores were held back', () => {
    assert.equal(hostLoadBetween(before, { ...after, throttledMs: 9000 }).throttled, 1);
  });

  it('is nothing where no time passed', () => {
    assert.deepEqual(hostLoadBetween(before, before), {
      cpuPercent: 0,
      throttled: 0,
      steal: 0,
      suspendedMs: 0,
      rssBytes: 1,
    });
  });
});

it('throttled time is read from both versions of cpu.stat', () => {
  assert.equal(parseThrottledMs('usage_usec 9\nnr_periods 7\nnr_throttled 2\nthrottled_usec 1500\n'), 1.5);
  assert.equal(parseThrottledMs('nr_periods 7\nnr_throttled 2\nthrottled_time 2500000\n'), 2.5);
  assert.equal(parseThrottledMs('usage_usec 9\nuser_usec 8\n'), null);
  assert.equal(parseThrottledMs(''), null);
});

it('machine ticks are all that the cpu line counts, guests once, with the stolen ones', () => {
  assert.deepEqual(parseMachineTicks('cpu  10 20 30 40 50 60 70 80 5 5\ncpu0 1 2 3 4 5 6 7 8 0 0\n'), {
    total: 360,
    idle: 90,
    stolen: 80,
  });
  assert.equal(parseMachineTicks('intr 1 2 3\n'), null);
  assert.equal(parseMachineTicks('cpu  10 20 30\n'), null);
});

describe('the files that tell of throttling', () => {
  it('are those of the own cgroup and all above it in version 2', () => {
    const files = throttleFiles('0::/user.slice/app.scope\n');
    for (const level of ['', '/user.slice', '/user.slice/app.scope']) {
      assert.ok(files.includes(`/sys/fs/cgroup${level}/cpu.stat`), level);
    }
  });

  it('are those of the cpu hierarchy in version 1', () => {
    const files = throttleFiles('4:memory:/a\n3:cpu,cpuacct:/docker/x\n2:cpuset:/b\n');
    assert.deepEqual(files, [
      '/sys/fs/cgroup/cpu/cpu.stat',
      '/sys/fs/cgroup/cpu/docker/cpu.stat',
      '/sys/fs/cgroup/cpu/docker/x/cpu.stat',
    ]);
  });

  it('are none without cgroups', () => assert.deepEqual(throttleFiles(''), []));
});

it('this process is sampled', () => {
  const load = new HostLoad();
  const before = load.sample();
  const burnFrom = process.cpuUsage();
  for (let burntUs = 0; burntUs < 50_000; ) {
    const { user, system } = process.cpuUsage(burnFrom);
    burntUs = user + system;
  }
  const after = load.sample();
  assert.ok(after.cpuMs - before.cpuMs >= 50);
  assert.ok(hostLoadBetween(before, after).cpuPercent > 0);
  assert.ok(after.rssBytes > 10 * 1024 * 1024);
  if (process.platform === 'linux') assert.ok(after.machineTicks !== null && after.machineTicks.total > 0);
});
