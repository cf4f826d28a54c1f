import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RenewedProbe, serverProbe } from '../../src/campaign/server-probe.js';
import type { RunningTarget } from '../../src/target/running-target.js';
import { embeddedTarget, urlTarget } from '../target/target-fixture.js';

function running(pid: number | null): RunningTarget {
  const stop = () => Promise.resolve();
  return {
    url: 'ws://127.0.0.1:9/',
    engine: 'ws',
    hint: null,
    pid,
    exited: () => null,
    lastLines: () => '',
    output: null,
    wasKilled: () => false,
    stop,
  };
}

test('a server of ours is watched by its pid', () => {
  const probe = serverProbe(embeddedTarget(), running(process.pid), '127.0.0.1');
  assert.deepEqual([probe.pid, probe.engine, probe.unavailable], [process.pid, 'ws', null]);
  const sample = probe.sample()!;
  assert.ok(sample.rssBytes > 1_000_000 && sample.cpuMs > 0);
});

test('a server on another machine cannot be watched, and the reason is given', () => {
  const probe = serverProbe(urlTarget('ws://192.0.2.1:9/'), running(null), '192.0.2.1');
  assert.equal(probe.pid, null);
  assert.ok(probe.unavailable !== null && probe.unavailable.length > 5);
  assert.equal(probe.sample(), null);
});

test('a server that may be restarted is looked at as cheaply as any other: open files are counted only when asked for', () => {
  const probe = new RenewedProbe(() => serverProbe(embeddedTarget(), running(process.pid), '127.0.0.1'));
  assert.equal(probe.sample({ openFds: false })!.openFds, null);
  assert.ok(probe.sample()!.openFds! > 0);
});
