import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HealthMonitor, wasPaused } from '../../src/engine/health.js';
import type { WorkerHealth } from '../../src/metrics/interval.js';
import type { Order } from './health-child.js';

const CHILD = fileURLToPath(new URL('./health-child.js', import.meta.url));
const LIMIT = { timeout: 120_000 };
/** How long a process of ours is stopped, or spins: long beside what it may have to wait for the processor. */
const STRETCH_MS = 1500;

test('a stretch without a tick is a stop only where the thread neither ran nor waited for half of it', () => {
  assert.equal(wasPaused(600, { cpuMs: 20, waitMs: 30 }), true);
  assert.equal(wasPaused(600, { cpuMs: 299, waitMs: 0 }), true);
  assert.equal(wasPaused(600, { cpuMs: 300, waitMs: 0 }), false, 'it blocked its loop');
  assert.equal(wasPaused(600, { cpuMs: 5, waitMs: 580 }), false, 'it was starved');
  assert.equal(wasPaused(600, { cpuMs: 200, waitMs: 200 }), false, 'both');
  assert.equal(wasPaused(250, { cpuMs: 0, waitMs: 0 }), true);
  assert.equal(wasPaused(249, { cpuMs: 0, waitMs: 0 }), false, 'too short to be told from others');
});

async function startChild(t: TestContext): Promise<ChildProcess> {
  const child = fork(CHILD, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  await sample(child);
  return child;
}

async function sample(child: ChildProcess): Promise<WorkerHealth> {
  const answer = once(child, 'message');
  child.send({ type: 'sample' } satisfies Order);
  return ((await answer) as [WorkerHealth])[0];
}

/** Resolves when the kernel says that the process is stopped. */
async function stopped({ pid }: ChildProcess): Promise<void> {
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await after(1);
}

test('SIGSTOP is a pause and no blocked loop; a spinning loop is blocked and no pause', LIMIT, async (t) => {
  if (process.platform !== 'linux') return t.skip('the kernel does not say what a thread did');
  const child = await startChild(t);
  child.kill('SIGSTOP');
  await stopped(child);
  await after(STRETCH_MS);
  child.kill('SIGCONT');
  const afterStop = await sample(child);
  assert.ok(afterStop.pausedMs >= STRETCH_MS - 10, `paused for ${afterStop.pausedMs} ms`);
  assert.ok(afterStop.blockedMs < afterStop.pausedMs, `blocked for ${afterStop.blockedMs} ms`);

  child.send({ type: 'spin', ms: STRETCH_MS } satisfies Order);
  const afterSpin = await sample(child);
  assert.ok(afterSpin.blockedMs >= STRETCH_MS - 10, `blocked for ${afterSpin.blockedMs} ms`);
  assert.ok(afterSpin.pausedMs < afterSpin.blockedMs, 'neither the spinning nor the stop before it once more');
});

test('a collection of more than 5 ms is counted with its length, shorter ones are not', LIMIT, async () => {
  const health = new HealthMonitor();
  try {
    let kept: object[] = [];
    let found = health.sample();
    // Objects that live make collections long; how many it takes depends on the machine. The test's time limit ends it.
    while (found.gcLongPauses === 0) {
      for (let i = 0; i < 100_000; i++) kept.push({ i });
      if (kept.length > 5_000_000) kept = [];
      await after(0);
      found = health.sample();
    }
    assert.ok(found.gcLongPauseMs > 5 * found.gcLongPauses);
    assert.ok(found.gcLongPauseMs <= found.gcPauseMsMax * found.gcLongPauses);
  } finally {
    health.stop();
  }
});
